import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from cutout.core import placement

PHOTO = (0, 0, 200, 100)
SUBJECT = (20, 10, 60, 90)  # 40 x 80


def drawn(size=(200, 100), box=SUBJECT, colour=(200, 100, 50, 255)):
    picture = Image.new("RGBA", size)
    picture.paste(colour, box)
    return picture


def box_of(picture):
    return picture.getbbox()


def test_a_margin_extends_the_box_on_its_own_side():
    assert placement.crop_box(SUBJECT, (1, 2, 3, 4)) == (16, 9, 62, 93)


def test_a_margin_beyond_the_photo_is_transparent():
    frame = placement.crop_box(SUBJECT, (30, 0, 0, 0))

    cropped = placement.move(drawn(), placement.place(SUBJECT, frame))

    assert cropped.size == (40, 110)
    assert box_of(cropped) == (0, 30, 40, 110)


@pytest.mark.parametrize(
    ("subject", "margin", "grown"),
    [
        ((0, 0, 40, 80), 1000, (-20, -40, 60, 120)),  # half of its sides
        ((0, 0, 4000, 2000), 3000, (-500, -500, 4500, 2500)),
        ((0, 0, 40, 80), -5, (0, 0, 40, 80)),
    ],
)
def test_a_margin_is_bounded_by_half_the_subject_and_by_500_px(subject, margin, grown):
    assert placement.crop_box(subject, (margin,) * 4) == grown


def test_without_placement_options_the_picture_itself_is_returned():
    picture = drawn()

    assert placement.move(picture, placement.place(SUBJECT, PHOTO)) is picture


def test_a_crop_keeps_every_pixel():
    rng = np.random.default_rng(3)
    picture = Image.fromarray(rng.integers(0, 256, (100, 200, 4), np.uint8))

    cropped = placement.move(picture, placement.place(SUBJECT, SUBJECT))

    assert (np.asarray(cropped) == np.asarray(picture)[10:90, 20:60]).all()


@pytest.mark.parametrize(
    ("scale", "canvas", "size"),
    [
        (0.5, (400, 400), (100, 200)),  # taller than wide: the height is half
        (1.0, (100, 400), (100, 200)),  # the width is what does not fit
        (0.85, (2000, 2000), (850, 1700)),  # enlarged
        (0.5, None, (25, 50)),  # of the photo
    ],
)
def test_scale_is_the_subjects_share_of_the_canvas(scale, canvas, size):
    placed = placement.place(SUBJECT, PHOTO, canvas=canvas, scale=scale)

    left, top, right, bottom = box_of(placement.move(drawn(), placed))

    width, height = canvas or (200, 100)
    assert abs(right - left - size[0]) <= 1
    assert abs(bottom - top - size[1]) <= 1
    assert abs(left + right - width) <= 2  # centred
    assert abs(top + bottom - height) <= 2


@pytest.mark.parametrize(
    ("position", "corner"),
    [((0, 0), (0, 0)), ((1, 1), (160, 20)), ((0.5, 0.5), (80, 10)), ((0.25, 1), (40, 20))],
)
def test_a_position_is_a_share_of_the_free_space(position, corner):
    placed = placement.place(SUBJECT, PHOTO, position=position)

    moved = placement.move(drawn(), placed)

    assert box_of(moved) == (*corner, corner[0] + 40, corner[1] + 80)
    assert placed(SUBJECT) == box_of(moved)


def test_on_a_canvas_without_a_scale_the_subject_keeps_its_size():
    moved = placement.move(drawn(), placement.place(SUBJECT, PHOTO, canvas=(300, 300)))

    assert box_of(moved) == (130, 110, 170, 190)


def test_on_a_smaller_canvas_the_subject_is_shrunk():
    moved = placement.move(drawn(), placement.place(SUBJECT, PHOTO, canvas=(40, 40)))

    assert box_of(moved) == (10, 0, 30, 40)


def test_a_crop_keeps_its_margins_on_a_canvas():
    frame = placement.crop_box(SUBJECT, (0, 0, 40, 0))  # 40 x 120

    placed = placement.place(SUBJECT, frame, is_crop=True, canvas=(60, 60))

    assert placed(SUBJECT) == (20, 0, 40, 40)


def test_with_crop_the_scale_applies_to_the_cropped_and_centred_subject():
    frame = placement.crop_box(SUBJECT, (0, 0, 20, 20))  # 60 x 100

    placed = placement.place(SUBJECT, frame, is_crop=True, scale=0.5)

    assert placed.canvas == (60, 100)
    assert placed(SUBJECT) == (18, 25, 43, 75)


@pytest.mark.parametrize("side", [50, 133, 700])
def test_resizing_adds_no_rim_along_the_edge(side):
    alpha = Image.new("L", (400, 400))
    ImageDraw.Draw(alpha).ellipse((50, 50, 350, 350), fill=255)
    picture = Image.new("RGBA", alpha.size, (200, 100, 50, 255))
    picture.putalpha(alpha.filter(ImageFilter.GaussianBlur(1)))
    box = box_of(picture)
    placed = placement.place(box, (0, 0, 400, 400), canvas=(side, side), scale=1)

    moved = np.asarray(placement.move(picture, placed)).astype(int)

    assert np.abs(moved[moved[..., 3] >= 128][:, :3] - (200, 100, 50)).max() <= 4
    assert (moved[moved[..., 3] == 0] == 0).all()


def test_invisible_colours_do_not_affect_resizing():
    picture = Image.new("RGBA", (200, 100), (0, 255, 0, 0))
    picture.paste((200, 100, 50, 255), SUBJECT)
    placed = placement.place(SUBJECT, PHOTO, canvas=(50, 50), scale=0.9)

    moved = np.asarray(placement.move(picture, placed)).astype(int)

    assert np.abs(moved[moved[..., 3] > 30][:, :3] - (200, 100, 50)).max() <= 4


def test_parts_beyond_the_canvas_are_cut_off():
    haze = drawn(colour=(200, 100, 50, 10))  # around the box of what counts as the subject
    haze.paste((200, 100, 50, 255), (30, 30, 50, 50))
    placed = placement.place((30, 30, 50, 50), PHOTO, canvas=(30, 30), scale=1)

    moved = placement.move(haze, placed)

    assert moved.size == (30, 30)
    assert np.asarray(moved)[..., 3].min() == 255


def test_a_backdrop_is_placed_with_the_photo():
    photo = Image.new("RGB", (200, 100), "white")
    photo.paste((255, 0, 0), SUBJECT)
    placed = placement.place(SUBJECT, PHOTO, canvas=(60, 60), scale=1)

    moved = np.asarray(placement.move(photo, placed))

    assert placed.lies_within((200, 100))
    assert (moved[:, 17:43] == (255, 0, 0)).all()
    assert (moved[2:, :13] == 255).all()


@pytest.mark.parametrize(
    ("asked", "is_within"),
    [
        ({}, True),
        ({"canvas": (300, 100)}, False),
        ({"scale": 0.3}, False),
        ({"canvas": (30, 60), "scale": 1.0}, True),
    ],
)
def test_a_canvas_may_extend_beyond_the_photo(asked, is_within):
    assert placement.place(SUBJECT, PHOTO, **asked).lies_within((200, 100)) is is_within


def test_a_downscaled_photo_is_placed_alike():
    picture = drawn((800, 400), (80, 40, 240, 360))
    placed = placement.place((80, 40, 240, 360), (0, 0, 800, 400), canvas=(400, 400), scale=0.5)

    small = placement.move(picture.reduce(4), placed.at(1 / 4))

    assert small.size == (100, 100)
    whole = placed((80, 40, 240, 360))
    assert all(abs(4 * a - b) <= 4 for a, b in zip(box_of(small), whole, strict=True))


sides = st.integers(1, 60)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_subject_fits_every_canvas(data):
    width, height = data.draw(sides), data.draw(sides)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right = data.draw(st.integers(left + 1, width))
    bottom = data.draw(st.integers(top + 1, height))
    subject = (left, top, right, bottom)
    frame, is_crop = (0, 0, width, height), data.draw(st.booleans())
    if is_crop:
        frame = placement.crop_box(subject, [data.draw(st.floats(0, 90)) for _ in range(4)])
    placed = placement.place(
        subject,
        frame,
        is_crop=is_crop,
        canvas=data.draw(st.none() | st.tuples(sides, sides)),
        scale=data.draw(st.none() | st.floats(0.1, 1)),
        position=data.draw(st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1))),
    )

    moved = placement.move(drawn((width, height), subject), placed)

    assert moved.size == placed.canvas
    box = placed(subject)
    assert 0 <= box[0] < box[2] <= moved.width
    assert 0 <= box[1] < box[3] <= moved.height
