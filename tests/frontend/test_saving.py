"""Saving, copying and sharing a cutout."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cutout.options.record import Options
from tests.conftest import encoded, opened
from tests.frontend.conftest import choose, file, saved, tool
from tools.time_limits import limit_s

RED = (250, 10, 10)


def ready(page):
    expect(page.locator(".editor")).not_to_have_attribute("inert", "", timeout=1000 * limit_s(60))


@pytest.fixture
def cut(page, photo):
    choose(page, file("disc.png", photo))
    ready(page)
    return page


@pytest.mark.parametrize(
    ("label", "name", "form", "mode"),
    [
        ("PNG", "disc-cutout.png", "PNG", "RGBA"),
        ("WebP", "disc-cutout.webp", "WEBP", "RGBA"),
        ("JPEG", "disc-cutout.jpg", "JPEG", "RGB"),
        ("Alpha alone (PNG)", "disc-alpha.png", "PNG", None),
    ],
)
def test_each_format_is_saved_with_its_name_and_the_photos_size(cut, label, name, form, mode):
    tool(cut, "Format")
    cut.get_by_role("radio", name=re.compile(f"^{re.escape(label)}")).check()

    file_name, picture = saved(cut)

    assert (file_name, picture.format, picture.size) == (name, form, (120, 90))
    assert mode in (None, picture.mode)


SOFT_PX = 12  # the width of the edge of `soft`


@pytest.fixture(scope="module")
def soft():
    """A photo whose every pixel has another colour, with an alpha of its own that is soft."""
    y, x = np.mgrid[:150, :200]
    distance = np.hypot(x - 100, y - 75)
    alpha = np.clip(255 * (50 - distance) / SOFT_PX, 0, 255).astype(np.uint8)
    grain = np.random.default_rng(0).integers(0, 60, (150, 200, 3), np.uint8)
    colours = np.where((distance < 50)[..., None], (180, 20, 20), (0, 0, 180)) + grain
    return encoded(Image.fromarray(np.dstack([colours.astype(np.uint8), alpha])), "PNG")


def served(page, data, name="soft.png", media_type="image/png"):
    """Choose a photo and return the response with its cutout."""
    with page.expect_response(lambda it: "X-Amz-Signature" in it.url) as response:
        choose(page, file(name, data, media_type))
    ready(page)
    return response.value


def test_the_cutout_comes_as_webp_and_is_saved_as_it_came(page, photo):
    response = served(page, photo)
    tool(page, "Format")
    page.get_by_role("radio", name="WebP").check()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download WebP").click()

    assert response.headers["content-type"] == "image/webp"
    assert download.value.path().read_bytes() == response.body()


def test_a_saved_png_has_the_services_alpha_and_where_opaque_the_photos_own_colours(
    page, soft, engine
):
    assert served(page, soft).headers["content-type"] == "image/webp"

    own = np.asarray(saved(page)[1]).astype(int)

    exact = np.asarray(opened(engine.remove_background(soft, Options()).data)).astype(int)
    alpha, opaque = exact[..., 3], exact[..., 3] == 255
    assert opaque.sum() > 1000 and ((alpha > 0) & (alpha < 255)).sum() > 500
    assert np.array_equal(own[..., 3], alpha)
    assert np.array_equal(own[opaque], np.asarray(opened(soft)).astype(int)[opaque])
    # Before any background the soft edge differs by its colours times its alpha.
    shown = np.abs(own - exact)[..., :3] * alpha[..., None] / 255
    assert shown[~opaque & (alpha > 0)].mean() < 8  # of a grain of 60, which WebP smooths


@pytest.mark.parametrize(
    ("size", "kind", "media_type"),
    [((16_500, 40), "PNG", "image/png"), ((200, 150), "TIFF", "image/tiff")],
    ids=["longer than a WebP", "not shown by this browser"],
)
def test_a_photo_whose_colours_a_webp_would_lose_comes_as_png(page, size, kind, media_type):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[size[1] // 4 : -size[1] // 4, size[0] // 4 : -size[0] // 4] = RED

    response = served(
        page, encoded(Image.fromarray(pixels), kind), f"photo.{kind.lower()}", media_type
    )

    assert response.headers["content-type"] == "image/png"


def test_a_jpeg_is_on_white_by_default(cut):
    tool(cut, "Format")
    cut.get_by_role("radio", name="JPEG").check()

    picture = saved(cut)[1]

    assert min(picture.getpixel((2, 2))) > 250
    assert np.abs(np.array(picture.getpixel((60, 45))) - RED).max() < 12


def test_the_saved_alpha_is_that_of_the_cutout(cut, red_disc):
    own = np.asarray(saved(cut)[1])[..., 3]
    tool(cut, "Format")
    cut.get_by_role("radio", name="Alpha alone").check()

    alpha = np.asarray(saved(cut)[1].convert("L"))

    assert np.array_equal(alpha, own)


def test_the_shown_size_of_a_format_is_that_of_the_file(cut):
    tool(cut, "Format")
    labels = cut.locator(".formats label")
    expect(labels.locator(".bytes", has_text=re.compile("kB$"))).to_have_count(4)

    shown = labels.filter(has_text="PNG").first.locator(".bytes").text_content()

    with cut.expect_download() as download:
        cut.get_by_role("button", name="Download PNG").click()
    size = download.value.path().stat().st_size
    assert float(shown.removesuffix(" kB")) == pytest.approx(size / 1000, rel=0.06)


def test_the_cutout_is_copied_as_a_png(cut):
    cut.context.grant_permissions(["clipboard-read", "clipboard-write"])

    cut.get_by_role("button", name="Copy").click()

    expect(cut.get_by_role("status")).to_have_text("Copied.")
    data = cut.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          return [...new Uint8Array(await (await item.getType("image/png")).arrayBuffer())];
        }"""
    )
    assert opened(bytes(data)).getpixel((60, 45)) == (*RED, 255)


def test_a_refused_copy_is_reported(cut):
    cut.evaluate(
        """() => {
          navigator.clipboard.write = () => Promise.reject(new DOMException("no"));
        }"""
    )

    cut.get_by_role("button", name="Copy").click()

    expect(cut.get_by_role("alert")).to_contain_text("Download the file instead")


def test_the_cutout_is_shared_under_its_file_name(page, photo):
    page.evaluate(
        """() => {
          navigator.canShare = () => true;
          navigator.share = async ({ files: [file] }) => {
            document.title = `${file.name} ${file.type}`;
          };
        }"""
    )
    choose(page, file("disc.png", photo))
    ready(page)

    page.get_by_role("button", name="Share").click()

    expect(page).to_have_title("disc-cutout.png image/png")


def test_without_file_sharing_the_share_button_is_hidden(cut):
    assert cut.evaluate("navigator.canShare") is None
    expect(cut.get_by_role("button", name="Share")).to_be_hidden()


def test_only_the_last_suffix_of_a_file_name_is_replaced(page, photo):
    choose(page, file("my.holiday.photo.png", photo))
    ready(page)

    assert saved(page)[0] == "my.holiday.photo-cutout.png"


@dataclass(frozen=True)
class Large:
    """A photo so large that the page shows and edits a copy of 16 megapixels."""

    path: Path
    width: int
    height: int


@pytest.fixture(scope="module")
def large(by_night, tmp_path_factory):
    """A photo of 50 megapixels in nightly runs, otherwise of 18."""
    width, height = (8660, 5773) if by_night else (5196, 3464)
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 2] = 200
    x = np.arange(width * 3 // 13, width * 9 // 13) // 16 % 8
    rows = slice(height // 4, height * 3 // 4)
    pixels[rows, width * 3 // 13 : width * 9 // 13] = np.stack([250 - x, 10 + x, 10 + 0 * x], -1)
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    Image.fromarray(pixels).save(path, quality=90)
    return Large(path, width, height)


def at_full_size(page):
    with page.expect_download(timeout=1000 * limit_s(120)) as download:
        page.get_by_role("button", name="Download PNG").click()
    return np.asarray(Image.open(download.value.path()))


def test_the_page_says_that_it_shows_a_copy_of_a_large_photo(page, large):
    page.get_by_label("Choose photos").set_input_files(large.path)
    ready(page)

    expect(page.get_by_role("status")).to_contain_text(f"{large.width} × {large.height}")
    width, height = page.get_by_alt_text(", cutout").evaluate(
        "(image) => [image.naturalWidth, image.naturalHeight]"
    )
    assert 15_900_000 < width * height <= 16_000_000


def test_a_large_photo_is_saved_at_full_size_with_its_edits_and_own_pixels(page, large):
    page.get_by_label("Choose photos").set_input_files(large.path)
    ready(page)
    before = at_full_size(page)
    tool(page, "Brush")
    layer = page.get_by_role("application", name="Brush.")
    expect(layer).to_be_visible(timeout=1000 * limit_s(30))
    box = layer.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.up()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled(timeout=1000 * limit_s(30))

    after = at_full_size(page)

    assert after.shape == before.shape == (large.height, large.width, 4)
    brushed = large.height // 2, slice(large.width * 2 // 5, large.width // 2), 3
    assert before[brushed].min() == 255
    assert after[brushed].max() == 0
    opaque = after[..., 3] == 255
    assert opaque.mean() > 0.1  # enough for the comparison that follows
    assert np.array_equal(after[opaque][:, :3], np.asarray(Image.open(large.path))[opaque])
    # Elsewhere the alpha is what it was, but for what its edge has lost by the copy.
    far = np.ones(opaque.shape, bool)
    near = slice(large.width * 9 // 26, large.width * 5 // 9)
    far[large.height * 5 // 12 : large.height * 7 // 12, near] = False
    assert np.abs(after[far][:, 3].astype(int) - before[far][:, 3]).mean() < 0.2


def test_the_service_applies_frame_and_background_to_the_full_size(page):
    pixels = np.zeros((4100, 4100, 3), np.uint8)
    pixels[..., 2] = 200
    pixels[1000:3000, 1500:2500] = RED
    choose(page, file("large.png", encoded(Image.fromarray(pixels), "PNG", compress_level=1)))
    ready(page)
    tool(page, "Crop")
    page.get_by_label("Margin").fill("10")
    page.get_by_label("Shape").select_option("1:1")
    tool(page, "Background")
    page.get_by_label("White").check()
    expect(page.get_by_role("img", name="The subject as you have edited it")).to_be_visible()

    with page.expect_download(timeout=1000 * limit_s(60)) as download:
        page.get_by_role("button", name="Download PNG").click()

    picture = Image.open(download.value.path()).convert("RGBA")
    assert picture.size == pytest.approx((2400, 2400), abs=12)
    assert picture.getpixel((5, 5)) == (255, 255, 255, 255)
    assert picture.getpixel((1200, 1200)) == (*RED, 255)
