"""Photos and masks for tuning."""

import numpy as np
import pytest
from PIL import Image

from cutout.errors import InvalidPairs
from cutout.models import pairs

SIZE = 60, 40


@pytest.fixture
def folders(tmp_path):
    """Folders of 20 photos and their masks: the left half is the subject."""
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    masks.mkdir()
    for number in range(20):
        Image.new("RGB", SIZE, (number, 0, 0)).save(photos / f"{number:02}.png")
        half_mask(SIZE).save(masks / f"{number:02}.png")
    return photos, masks


def half_mask(size):
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask


def read(folders):
    """Return the photos and the masks, reduced to 16 px."""
    found = pairs.find(*folders)
    squares = np.zeros((len(found), 16, 16, 3), np.uint8)
    masks = np.zeros((len(found), 16, 16), np.uint8)
    pairs.read(found, 16, squares, masks)
    return squares, masks


def as_palette(mask):
    palette = mask.point(lambda level: level // 255).convert("P")
    palette.putpalette([0, 0, 0, 128, 0, 0])  # dark red, as labelled pictures have it
    return palette


def as_alpha(mask):
    rgba = Image.new("RGBA", mask.size, "white")
    rgba.putalpha(mask)
    return rgba


@pytest.mark.parametrize(
    "convert",
    [
        lambda mask: mask,
        lambda mask: mask.convert("1"),
        lambda mask: Image.fromarray(np.asarray(mask).astype(np.uint16) * 257),
        as_palette,
        as_alpha,
        lambda mask: mask.resize((30, 20)),
        lambda mask: mask.resize((31, 20)),  # rounded up
    ],
    ids=["grey", "two levels", "16 bits", "palette", "alpha", "smaller", "smaller, rounded"],
)
def test_masks_of_each_kind_are_read_alike(folders, convert):
    convert(half_mask(SIZE)).save(folders[1] / "03.png")

    _, masks = read(folders)

    assert (masks[3][:, :7] == 255).all()
    assert (masks[3][:, 9:] == 0).all()


def resize(photos, masks):
    half_mask((40, 60)).save(masks / "03.png")
    return f"{masks / '03.png'} has 40 x 60 px, and 03.png, upright, 60 x 40 px"


def turn(photos, masks):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", SIZE).save(photos / "03.png", exif=exif)
    return f"{masks / '03.png'} has 60 x 40 px, and 03.png, upright, 40 x 60 px"


def blacken(photos, masks):
    Image.new("L", SIZE).save(masks / "03.png")
    return "03.png has no subject with a background: it is all black"


def whiten(photos, masks):
    Image.new("L", SIZE, 255).save(masks / "03.png")
    return "03.png has no subject with a background: it is all white"


def repeat(photos, masks):
    (photos / "03.png").write_bytes((photos / "01.png").read_bytes())
    return f"{photos / '03.png'} is the same photo as 01.png"


def double(photos, masks):
    Image.new("RGB", SIZE).save(photos / "03.jpg")
    return f"{photos / '03.jpg'} and 03.png would have one mask"


def lose(photos, masks):
    (masks / "03.png").unlink()
    (masks / "04.png").unlink()
    return f"there is no {masks / '03.png'} for 03.png, nor for 1 other photos"


def thin_out(photos, masks):
    (photos / "03.png").unlink()
    return f"{photos} has 19 photos; tuning needs 20, and better 100"


def damage_photo(photos, masks):
    (photos / "03.png").write_bytes(b"junk")
    return f"{photos / '03.png'} cannot be read"


def damage_mask(photos, masks):
    (masks / "03.png").write_bytes((masks / "03.png").read_bytes()[:60])
    return f"{masks / '03.png'} cannot be read as a PNG"


def lose_folder(photos, masks):
    masks.rename(masks.parent / "elsewhere")
    return f"there is no folder {masks}"


def draw_in_ones(photos, masks):
    half_mask(SIZE).point(lambda level: level // 255).save(masks / "03.png")
    return "03.png has no subject with a background: its brightest px is 1 of 255"


def shrink(photos, masks):
    mask = Image.new("L", (600, 400))
    mask.paste(255, (5, 5, 7, 7))
    mask.save(masks / "03.png")
    return "03.png has no subject with a background: one of both is too small"


FAULTS = (
    resize, turn, blacken, whiten, repeat, double, lose, thin_out, damage_photo, damage_mask,
    lose_folder, draw_in_ones, shrink,
)  # fmt: skip


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_a_pair_that_cannot_be_used_is_named(folders, spoil):
    sentence = spoil(*folders)

    with pytest.raises(InvalidPairs) as caught:
        read(folders)

    assert sentence in str(caught.value)


def test_photos_and_masks_are_in_two_folders(folders):
    with pytest.raises(InvalidPairs, match="is the folder of the photos and of the masks; use two"):
        pairs.find(folders[0], folders[0])


def test_a_fifth_each_is_to_stop_by_and_to_judge_by():
    names = [f"{number}.jpg" for number in range(103)]

    parts = pairs.split(names)

    assert [len(part) for part in (parts.fitted, parts.watched, parts.held_out)] == [63, 20, 20]
    assert sorted([*parts.fitted, *parts.watched, *parts.held_out]) == list(range(103))


def test_one_more_photo_moves_few_from_one_part_to_another():
    names = [f"{number}.jpg" for number in range(100)]
    before, after = (pairs.split(those) for those in (names, [*names, "new.jpg", "newer.jpg"]))

    assert len({*before.held_out} - {*after.held_out}) <= 1
    assert not {*before.held_out} & {*after.fitted}
