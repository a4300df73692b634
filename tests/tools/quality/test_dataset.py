"""Valid and invalid data sets of photos with ground truth."""

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.tools.quality.folders import BLACK, HALF, index, picture, write
from tools.quality.dataset import DataError, load, read_truth


def test_photos_in_im_are_paired_with_truths_of_the_same_name_in_gt(tmp_path):
    write(tmp_path / "im" / "a.jpg", picture())
    write(tmp_path / "im" / "b.jpg", picture())
    write(tmp_path / "gt" / "a.png", HALF)
    write(tmp_path / "gt" / "b.png", HALF)
    (tmp_path / "im" / "notes.txt").write_text("no photo")

    data = load(tmp_path)

    assert data.name == tmp_path.name
    assert [one.name for one in data.pictures] == ["a.jpg", "b.jpg"]
    assert [one.truth.name for one in data.pictures] == ["a.png", "b.png"]


def test_an_index_sets_categories_and_excludes_calibration_photos(tmp_path):
    write(tmp_path / "one.png", picture())
    write(tmp_path / "one-gt.png", HALF)
    index(tmp_path, split=["dev", "calib"], category=["object", "calib"],
          image=["one.png", "two.png"], gt=["one-gt.png", ""], kind=["binary", ""])  # fmt: skip

    data = load(tmp_path)

    assert data.name == f"{tmp_path.name}-dev"
    assert [(one.name, one.category, one.kind) for one in data.pictures] == [
        ("one.png", "product", "mask")
    ]


def test_the_error_for_an_index_without_its_columns_names_them(tmp_path):
    index(tmp_path, image=["one.png"], category=["object"])

    with pytest.raises(DataError, match="no column gt"):
        load(tmp_path)


def test_index_rows_without_cells_are_reported_as_missing_files(tmp_path):
    (tmp_path / "INDEX.tsv").write_text("image\tcategory\tgt\none.png\n")

    (one,) = load(tmp_path).pictures

    with pytest.raises(DataError, match="there is no photo"):
        read_truth(one)


def test_an_index_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "INDEX.tsv").write_text("category\timage\tgt\n", encoding="utf-8-sig")

    assert load(tmp_path).pictures == []


def test_an_index_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "INDEX.tsv").write_bytes("category\timage\tgt\nKüche".encode("latin-1"))

    with pytest.raises(DataError, match="UTF-8"):
        load(tmp_path)


def test_only_picture_files_are_ground_truths(tmp_path):
    one = only(tmp_path, picture(), HALF)
    (tmp_path / "gt" / "a.txt").write_text("a note")

    assert load(tmp_path).pictures == [one]


def test_a_folder_without_ground_truth_is_refused(tmp_path):
    write(tmp_path / "im" / "a.png", picture())

    with pytest.raises(DataError, match="no ground truth"):
        load(tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        load(tmp_path / "nowhere")


def only(folder, photo, truth, suffix=".png"):
    write(folder / "im" / "a.png", photo)
    write(folder / "gt" / f"a{suffix}", truth)
    return load(folder).pictures[0]


def test_a_photo_without_truth_is_reported_by_name(tmp_path):
    write(tmp_path / "im" / "a.png", picture())
    (tmp_path / "gt").mkdir()

    with pytest.raises(DataError, match=r"no ground truth a\.png"):
        read_truth(load(tmp_path).pictures[0])


def test_a_picture_of_a_few_pixels_is_refused(tmp_path):
    one = Image.new("L", (1, 1), 255)

    with pytest.raises(DataError, match="1 x 1, too small"):
        read_truth(only(tmp_path, picture().crop((0, 0, 1, 1)), one))


def test_a_key_is_a_valid_file_name_in_any_language(tmp_path):
    write(tmp_path / "im" / f"{'€' * 83}.png", picture())
    write(tmp_path / "gt" / f"{'€' * 83}.png", HALF)

    (one,) = load(tmp_path).pictures

    assert len(os.fsencode(one.key)) < 130


def test_a_pair_of_unequal_size_is_reported_with_both_sizes(tmp_path):
    with pytest.raises(DataError, match="40 x 30 and its ground truth 20 x 30"):
        read_truth(only(tmp_path, picture(), HALF.crop((0, 0, 20, 30))))


def test_an_all_black_truth_is_refused(tmp_path):
    with pytest.raises(DataError, match="all black"):
        read_truth(only(tmp_path, picture(), BLACK))


@pytest.mark.parametrize("broken", ["im", "gt"])
def test_an_unreadable_file_is_refused(tmp_path, broken):
    one = only(tmp_path, picture(), HALF)
    (tmp_path / broken / "a.png").write_bytes(b"no picture")

    with pytest.raises(DataError, match=r"a\.png cannot be read"):
        read_truth(one)


def test_the_exif_orientation_of_a_photo_is_applied(tmp_path):
    one = only(tmp_path, picture(), HALF.resize((30, 40)))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture().save(tmp_path / "im" / "a.png", exif=exif)

    assert read_truth(one).alpha.shape == (40, 30)


def test_a_mask_of_zeros_and_ones_is_black_and_white(tmp_path):
    mask = HALF.point([0] * 128 + [1] * 128)

    truth = read_truth(only(tmp_path, picture(), mask))

    assert truth.kind == "mask"
    assert set(np.unique(truth.alpha)) == {0, 255}


def test_a_palette_of_two_colours_is_black_and_white(tmp_path):
    mask = HALF.point([0] * 128 + [1] * 128)
    mask.putpalette([0, 0, 0, 128, 0, 0])

    assert read_truth(only(tmp_path, picture(), mask)).alpha.max() == 255


def test_a_palette_counts_by_its_colours_and_not_by_its_indices(tmp_path):
    mask = HALF.point([1] * 128 + [0] * 128)
    mask.putpalette([255, 255, 255, 0, 0, 0])

    assert (read_truth(only(tmp_path, picture(), mask)).alpha == np.asarray(HALF)).all()


def test_a_palette_of_more_colours_is_refused(tmp_path):
    labels = Image.fromarray((np.arange(1200).reshape(30, 40) % 5).astype(np.uint8))
    labels.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 9, 9, 9])

    with pytest.raises(DataError, match="palette"):
        read_truth(only(tmp_path, picture(), labels))


def ramp():
    return Image.fromarray(np.linspace(0, 255, 1200).reshape(30, 40).astype(np.uint8))


def test_a_soft_grey_truth_is_an_alpha_without_colours(tmp_path):
    truth = read_truth(only(tmp_path, picture(), ramp()))

    assert truth.kind == "alpha"
    assert truth.needs_colours


def test_compression_noise_does_not_turn_a_mask_into_an_alpha(tmp_path):
    assert read_truth(only(tmp_path, picture(), ramp(), ".jpg")).kind == "mask"


def test_an_rgba_truth_has_colours(tmp_path):
    cutout = picture((9, 90, 200)).convert("RGBA")
    cutout.putalpha(ramp())

    truth = read_truth(only(tmp_path, picture(), cutout))

    assert truth.has_colours
    assert not truth.needs_colours
    assert truth.pixels[29, 39].tolist() == [9, 90, 200, 255]


def test_a_mask_saved_as_opaque_rgba_is_a_mask(tmp_path):
    truth = read_truth(only(tmp_path, picture(), HALF.convert("RGBA")))

    assert not truth.has_colours
    assert (truth.alpha == np.asarray(HALF)).all()


def test_the_box_is_a_tenth_larger_than_the_subject_within_the_border(tmp_path):
    small, large = np.zeros((2, 30, 40), np.uint8)
    small[10:20, 10:30] = 255
    large[:, 5:] = 255

    boxes = [
        read_truth(only(tmp_path / name, picture(), Image.fromarray(mask))).box(0.1)
        for name, mask in (("small", small), ("large", large))
    ]

    assert boxes == [(9, 10, 22, 10), (3, 1, 36, 28)]  # halves are rounded to even


def test_estimating_colours_keeps_the_alpha(tmp_path):
    one = only(tmp_path, picture(), ramp())
    write(tmp_path / "colours.png", picture((9, 90, 200)))

    truth = read_truth(replace(one, colours=tmp_path / "colours.png"))

    assert truth.has_colours
    assert (truth.alpha == np.asarray(ramp())).all()
    assert truth.pixels[5, 5, :3].tolist() == [9, 90, 200]


def test_a_subject_at_the_border_has_a_box(tmp_path):
    mask = np.zeros((30, 40), np.uint8)
    mask[10:20, 0] = 255

    left, _, width, _ = read_truth(only(tmp_path, picture(), Image.fromarray(mask))).box(0.1)

    assert (left, width) == (1, 1)


def test_the_key_changes_with_the_photo_and_with_the_truth(tmp_path):
    keys = {
        only(tmp_path / name, photo, truth).key
        for name, photo, truth in (
            ("1", picture(), HALF),
            ("2", picture((1, 2, 3)), HALF),
            ("3", picture(), HALF.rotate(180)),
        )
    }

    assert len(keys) == 3
