import struct
import subprocess
import sys
import zlib
from itertools import groupby

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

from cutout.codec import png_filters, png_writer
from cutout.core import composite
from tests.conftest import encoded, opened

RNG = np.random.default_rng(5)
NOISE = Image.fromarray(RNG.integers(0, 256, (150, 31, 4), np.uint8))


def drawing(seed=0):
    """Return 80 lines of text and as many circles, of many colours, anti-aliased."""
    random = np.random.default_rng(seed)
    picture = Image.new("RGBA", (1800, 1400))
    draw = ImageDraw.Draw(picture)
    for row in range(80):
        x, y, diameter = random.integers(0, (1700, 1300, 200))
        colour = (*random.integers(0, 256, 3).tolist(), 255)
        draw.ellipse((x, y, x + diameter, y + diameter), fill=colour)
        draw.text((y, x), f"The {row}th line is one of many lines", fill=colour)
    return picture.reduce(2)


def cutout():
    """Return a photograph with a soft, round alpha."""
    photo = Image.fromarray(data.astronaut())
    disc = Image.new("L", photo.size)
    ImageDraw.Draw(disc).ellipse((50, 50, 450, 450), fill=255)
    photo.putalpha(disc.filter(ImageFilter.GaussianBlur(3)))
    return composite.clear(photo)


def gradient():
    """Return a soft disc whose colours change evenly across it."""
    y, x = np.mgrid[:800, :1000]
    across = (x / 1000 + y / 800)[..., None] / 2
    colours = np.array([20, 90, 200]) + across * np.array([220, 30, -170])
    picture = Image.fromarray(colours.round().astype(np.uint8))
    disc = Image.new("L", picture.size)
    ImageDraw.Draw(disc).ellipse((100, 80, 900, 720), fill=255)
    picture.putalpha(disc.filter(ImageFilter.GaussianBlur(2)))
    return composite.clear(picture)


DRAWING = drawing()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (31, 1), (1, 150), (31, 64), (31, 65), (31, 150)])
@pytest.mark.parametrize("strip_bytes", [1, 1000, 1 << 19])
def test_a_written_png_decodes_to_the_same_pixels(monkeypatch, mode, size, strip_bytes):
    monkeypatch.setattr(png_writer, "STRIP_BYTES", strip_bytes)
    image = NOISE.convert(mode).crop((0, 0, *size))

    again = opened(png_writer.encode(image, None, 1))

    assert (again.mode, again.size) == (mode, size)
    assert np.array_equal(again, image)


def test_strips_of_noise_of_a_drawing_and_of_nothing_make_one_picture():
    mixed = Image.new("RGBA", (900, 3500))
    mixed.paste(NOISE.resize((900, 900)), (0, 0))
    mixed.paste(DRAWING, (0, 2000))

    written = png_writer.encode(mixed, None, 2)

    assert np.array_equal(opened(written), mixed)
    assert written == png_writer.encode(mixed, None, 1)


def test_the_checksum_behind_the_pixels_is_that_of_all_strips():
    written = png_writer.encode(DRAWING, None, 1)

    bodies = [body for kind, body in chunks(written) if kind == "IDAT"]
    assert len(bodies) > 2
    assert len(zlib.decompress(b"".join(bodies))) == 700 * (1 + 4 * 900)


def test_the_number_of_threads_changes_no_byte():
    large = NOISE.resize((620, 3000), Image.Resampling.NEAREST)

    assert png_writer.encode(large, b"profile", 3) == png_writer.encode(large, b"profile", 1)


def test_the_paeth_predictor_follows_the_standard_for_all_neighbours():
    steps = np.arange(0, 256, 5, np.uint8)
    left, above, corner = (
        axis.reshape(len(steps), -1) for axis in np.meshgrid(steps, steps, steps)
    )
    minus_guess = np.empty_like(left)

    png_filters.subtract_paeth(
        np.zeros_like(left), left, above, corner, np.empty((5, *left.shape), np.uint8), minus_guess
    )

    a, b, c = (values.astype(int) for values in (left, above, corner))
    from_a, from_b, from_c = (np.abs(a + b - c - values) for values in (a, b, c))
    second = np.where(from_b <= from_c, b, c)
    guess = np.where((from_a <= from_b) & (from_a <= from_c), a, second)
    assert np.array_equal(-minus_guess, guess)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("picture", [cutout, drawing, gradient])
def test_a_png_has_at_most_a_tenth_more_bytes_than_pillows(mode, picture):
    image = picture()
    image = image.getchannel("A") if mode == "L" else image.convert(mode)

    assert len(png_writer.encode(image, None, 1)) < 1.1 * len(encoded(image, "PNG"))


def test_without_isal_the_pixels_are_the_same(tmp_path):
    cutout().save(tmp_path / "photo.png")
    program = (
        "import sys; sys.modules['isal'] = None\n"
        "from PIL import Image; from cutout.codec import png_writer\n"
        f"image = Image.open({str(tmp_path / 'photo.png')!r})\n"
        "sys.stdout.buffer.write(png_writer.encode(image, None, 1))"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert np.array_equal(opened(run.stdout), cutout())
    assert run.stdout != png_writer.encode(cutout(), None, 1)


def chunks(png):
    """Yield the type and the body of each chunk of a PNG."""
    at = 8
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        yield kind.decode(), png[at + 8 : at + 8 + size]
        at += 12 + size


@pytest.mark.parametrize(
    ("profile", "is_srgb", "colours"),
    [(None, False, []), (None, True, ["sRGB"]), (b"profile", True, ["iCCP"])],
)
def test_profile_and_resolution_chunks_precede_the_pixels(profile, is_srgb, colours):
    written = png_writer.encode(NOISE, profile, 1, (300, 72), is_srgb)

    kinds = [kind for kind, _ in groupby(kind for kind, _ in chunks(written))]
    assert kinds == ["IHDR", *colours, "pHYs", "IDAT", "IEND"]
    assert opened(written).info["dpi"] == pytest.approx((300, 72), abs=0.01)
