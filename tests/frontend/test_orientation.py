"""Photos held in any way: the page shows them as the service turns them."""

import base64

import numpy as np
import pytest
from playwright.sync_api import expect

from cutout import codec
from tests.codec.orientations import CONTAINERS, UPRIGHT, corners_of, exif, expected, png, stored
from tests.conftest import encoded
from tests.frontend.conftest import choose, colour_at, file, saved, tool

NO_LIMIT = 10**9
SHOWN = {name: kind for name, kind in CONTAINERS.items() if "TIFF" not in name}
INSPECT = """async ([encoded, type]) => {
  const { inspect } = await import("/files.js");
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const { size, view } = await inspect(new File([bytes], "photo", { type }));
  const image = new Image();
  image.src = URL.createObjectURL(view);
  await image.decode();
  const context = new OffscreenCanvas(size.width, size.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, size.width, size.height);
  return { width: image.naturalWidth, height: image.naturalHeight, size, pixels: [...data] };
}"""


def viewed(page, data, media_type):
    """Return what the page shows of a file, and check that it knows its size."""
    shown = page.evaluate(INSPECT, [base64.b64encode(data).decode(), media_type])
    assert shown["size"] == {"width": shown["width"], "height": shown["height"]}
    return np.reshape(shown["pixels"], (shown["height"], shown["width"], 4))


def test_page_and_service_turn_every_kind_of_file_alike(page):
    for name, (media_type, write) in SHOWN.items():
        for orientation in UPRIGHT:
            data = write(orientation)
            service, _ = codec.decode(data, NO_LIMIT, NO_LIMIT)

            turned = corners_of(viewed(page, data, media_type))

            assert (name, turned) == (name, corners_of(service))
            assert turned == expected(orientation)


WRONG = {
    "cut short": exif(6)[:12],
    "a list outside": b"MM\0*\xff\xff\xff\xff",
    "tags without end": exif(6)[:8] + b"\xff\xff" + bytes(12),
    "nothing": b"",
}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata before it gives up
def test_photos_with_damaged_exif_are_shown_as_they_are(page):
    files = {name: ("image/png", png((b"eXIf", block))) for name, block in WRONG.items()}
    files["text"] = "image/png", png((b"zTXt", b"Raw profile type exif\0\0no zlib stream"))
    files["no digits"] = "image/png", png((b"tEXt", b"Raw profile type exif\0\nexif\n 20\nzz\n"))
    files["WebP"] = "image/webp", encoded(stored(), "WEBP", exif=exif(6)[:12])
    for name, (media_type, data) in files.items():
        assert (name, corners_of(viewed(page, data, media_type))) == (name, expected(1))


def test_a_webp_held_sideways_is_shown_upright_before_and_after(page):
    choose(page, file("held.webp", CONTAINERS["WebP"][1](6), "image/webp"))
    expect(page.get_by_alt_text("held.webp, cutout")).to_be_visible()

    photo, cutout = (page.get_by_alt_text(f"held.webp, {name}") for name in ("original", "cutout"))
    for image in photo, cutout:
        assert image.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [32, 48]
    page.get_by_role("slider", name="How much of the photo is shown").fill("100")
    assert "".join(corner(page, x, y) for y in (0.2, 0.8) for x in (0.2, 0.8)) == UPRIGHT[6]


def corner(page, x, y):
    return corners_of(np.full((9, 9, 3), colour_at(page, x, y)))[1][0]


def test_a_background_picture_is_turned_too(page, photo):
    choose(page, file("disc.png", photo))
    tool(page, "Background")
    page.get_by_label("Which picture").set_input_files(
        [file("held.webp", CONTAINERS["WebP"][1](6), "image/webp")]
    )
    expect(page.locator("body")).to_have_attribute("data-view", "edited")

    assert corners_of(saved(page)[1])[1] == UPRIGHT[6]
