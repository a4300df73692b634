import numpy as np
import pytest
from PIL import Image

from tools.quality import contact_sheet
from tools.quality.dataset import DataError, load


def one_picture(folder, name):
    y, x = np.mgrid[:64, :64]
    disc = np.hypot(x - 32, y - 32) < 20
    for part, pixels in (("im", np.dstack([disc * np.uint8(200)] * 3)), ("gt", disc)):
        (folder / part).mkdir(parents=True)
        Image.fromarray(pixels).save(folder / part / name)
    return folder


@pytest.fixture
def folder(tmp_path):
    return one_picture(tmp_path / "data", "disc.png")


@pytest.fixture(autouse=True)
def scene(tmp_path, monkeypatch):
    """A scene in place of the 31 drawn ones, which take 17 s to draw."""
    drawn = load(one_picture(tmp_path / "drawn", "glass.png"))
    monkeypatch.setattr(contact_sheet.scenes, "drawn", lambda folder: drawn)


def test_pictures_are_found_by_a_part_of_their_name_in_the_order_asked(folder):
    found = contact_sheet._named(["glass", "disc"], folder)

    assert [one.name for one in found] == ["glass.png", "disc.png"]


def test_a_name_without_a_picture_is_named(folder):
    with pytest.raises(DataError, match="no picture is named unicorn"):
        contact_sheet._named(["disc", "unicorn"], folder)


def test_a_row_shows_the_photo_and_then_each_tool_on_three_grounds(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(contact_sheet, "CACHE", tmp_path)
    monkeypatch.setattr(contact_sheet.originals, "prepare", lambda: tmp_path)
    pictures = contact_sheet._named(["disc"], folder)

    image = contact_sheet.sheet(pictures, [contact_sheet.find("null")])

    cell = contact_sheet.CELL
    assert image.size == (4 * cell, cell)
    corners = [image.getpixel((column * cell + 2, 2)) for column in range(4)]
    assert corners == [(0, 0, 0)] * 4  # the null tool keeps everything
