"""One photo from its choice to its cutout, with every error on the way."""

import re
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from cutout import errors, installation
from cutout.picture import KINDS
from tests.conftest import encoded, opened
from tests.frontend.conftest import choose, file, saved
from tests.template.templates import SITE
from tools.serve import FRONTEND
from tools.time_limits import limit_s


def done(page):
    return page.get_by_role("button", name=re.compile("^Download"))


def retry_without(page, trouble):
    """Retry the same photo after its requests are no longer blocked."""
    page.unroute(trouble)
    page.get_by_role("button", name="Try again").click()
    expect(done(page)).to_be_visible()


def test_a_photo_becomes_a_cutout_that_can_be_downloaded(page, photo):
    choose(page, file("disc.png", photo))

    expect(page.get_by_alt_text("disc.png, cutout")).to_be_visible()
    name, cutout = saved(page)
    assert name == "disc-cutout.png"
    assert cutout.mode == "RGBA"
    assert np.asarray(cutout)[0, 0, 3] == 0
    assert cutout.getpixel((60, 45)) == (250, 10, 10, 255)


def test_a_file_that_is_no_photo_is_reported_and_another_can_follow(page, photo):
    choose(page, file("notes.png", b"words"))

    expect(page.get_by_role("alert")).to_contain_text("not a supported photo")
    expect(done(page)).to_be_hidden()

    choose(page, file("disc.png", photo))

    expect(done(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


SIXTY_MEGAPIXELS = encoded(Image.new("L", (10_000, 6_000)), "PNG")


def heic():
    drawn = Image.new("RGB", (120, 90), (0, 0, 200))
    drawn.paste((250, 10, 10), (40, 20, 80, 70))
    buffer = BytesIO()
    pillow_heif.from_pillow(drawn).save(buffer, format="HEIF", quality=95)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "media_type", "words"),
    [
        ("notes.txt", b"words", "text/plain", "not a supported photo"),
        ("renamed.jpg", b"%PDF-1.7 and so on", "image/jpeg", "not a supported photo"),
        ("empty.png", b"", "image/png", "damaged or incomplete"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0", "image/png", "damaged or incomplete"),
        ("wide.png", SIXTY_MEGAPIXELS, "image/png", "more than 50 megapixels"),
    ],
)
def test_unsupported_files_are_refused_before_any_upload(page, name, data, media_type, words):
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    choose(page, file(name, data, media_type))

    expect(page.get_by_role("alert")).to_contain_text(words)
    assert [url for url in asked if "/v1.0/" in url] == []


def test_a_heic_photo_that_this_browser_cannot_show_becomes_a_cutout(page):
    choose(page, file("phone.heic", heic(), "image/heic"))

    expect(done(page)).to_be_visible()
    _, cutout = saved(page)
    assert cutout.size == (120, 90)
    assert cutout.getpixel((60, 45))[3] == 255 and cutout.getpixel((0, 0))[3] == 0


def test_heic_is_named_where_the_service_cannot_read_it(page, provoked, monkeypatch):
    provoked.append("/v1.0/removebg")
    monkeypatch.setitem(installation.EXTRAS, "heic", ("no_such_module",))

    choose(page, file("phone.heic", heic(), ""))

    expect(page.get_by_role("alert")).to_contain_text("HEIC files are not supported")


def test_an_avif_whose_first_brand_is_of_all_heif_is_no_heic(page, photo):
    data = bytearray(encoded(opened(photo), "AVIF"))
    assert data[8:12] == b"avif" and b"avif" in data[16:32]
    data[8:12] = b"mif1"

    choose(page, file("disc.avif", bytes(data), "image/avif"))

    expect(done(page)).to_be_visible()


def test_a_file_of_30_mb_is_refused_before_any_upload(page, tmp_path):
    heavy = tmp_path / "heavy.jpg"
    heavy.write_bytes(b"\xff\xd8\xff" + bytes(30_000_000))

    page.get_by_label("Choose photos").set_input_files(heavy)

    expect(page.get_by_role("alert")).to_contain_text("larger than 22 MB")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            429,
            '{"errors": [{"title": "t", "code": "allowance_used_up", "detail": "d"}]}',
            "daily limit",
        ),
        (418, '{"errors": [{"title": "Tea", "code": "teapot", "detail": "hot"}]}', "Tea: hot."),
        (502, "<html>Bad gateway</html>", "not available at the moment"),
        (200, "<html>Some proxy</html>", "not available at the moment"),
    ],
)
def test_every_error_response_is_shown_as_a_sentence(page, photo, provoked, status, body, words):
    provoked.append("/v1.0/uploads")
    page.route("**/v1.0/uploads", lambda route: route.fulfill(status=status, body=body))

    choose(page, file("disc.png", photo))

    expect(page.get_by_role("alert")).to_contain_text(words)


def test_every_error_code_with_a_message_is_a_code_of_the_api():
    words = (FRONTEND / "messages/en.js").read_text()
    codes = set(re.findall(r"^  ([a-z]+(?:_[a-z]+)+|timeout|unavailable|heic): \"", words, re.M))
    known = {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}

    own = {"bad_picture", "copy_failed", "cut_off", "heic", "share_failed", "ticket_expired"}
    assert codes - known == own


def test_the_page_takes_the_kinds_of_file_that_the_service_reads():
    known = re.findall(r'"(image/[a-z]+)"', (FRONTEND / "files.js").read_text())
    accepted = re.search(r'multiple accept="([^"]+)"', (FRONTEND / "index.html").read_text())[1]

    read = {kind.media_type for kind in KINDS}
    assert set(known) == read
    assert {name for name in accepted.split(",") if name.startswith("image/")} == read


@pytest.mark.parametrize("path", ["/v1.0/uploads", "/v1.0/removebg"])
def test_a_lost_connection_is_reported_and_the_photo_can_be_retried(page, photo, provoked, path):
    provoked.append(path)
    address = f"**{path}"
    page.route(address, lambda route: route.abort())
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")

    retry_without(page, address)


def test_a_lost_connection_during_the_upload_is_reported(page, site, photo, provoked):
    provoked.append("")
    page.route(f"{site.aws}/**", lambda route: route.abort())

    choose(page, file("disc.png", photo))

    expect(page.get_by_role("alert")).to_contain_text("was interrupted")
    retry_without(page, f"{site.aws}/**")


def test_a_lost_connection_before_the_result_is_reported_and_can_be_retried(
    page, site, photo, provoked
):
    provoked.append("")
    results = re.compile(f"{site.aws}/.*/results/")
    page.route(results, lambda route: route.abort())

    choose(page, file("disc.png", photo))

    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    retry_without(page, results)


def test_an_expired_upload_ticket_is_reported_and_replaced(page, site, photo, provoked):
    provoked.append("")
    refuse = {"status": 403, "headers": {"Access-Control-Allow-Origin": "*"}, "body": ""}
    page.route(f"{site.aws}/**", lambda route: route.fulfill(**refuse))

    choose(page, file("disc.png", photo))

    expect(page.get_by_role("alert")).to_contain_text("took too long, or was refused")
    retry_without(page, f"{site.aws}/**")


def test_a_photo_deleted_from_the_bucket_is_uploaded_again(page, site, photo, provoked):
    provoked.append("/v1.0/removebg")
    choose(page, file("disc.png", photo))
    expect(done(page)).to_be_visible()
    (upload,) = {one.name.split("/")[1] for one in site.bucket.files("uploads/")}
    requests.delete(f"{site.url}/v1.0/uploads/{upload}").raise_for_status()

    page.locator("summary", has_text="Another try").click()
    page.get_by_role("button", name="Run again").click()

    expect(page.get_by_role("status")).to_have_text("Done.")
    expect(done(page)).to_be_visible()
    (another,) = {one.name.split("/")[1] for one in site.bucket.files("uploads/")}
    assert another != upload


def test_deleting_a_photo_removes_all_its_files_from_the_bucket(page, site, photo):
    choose(page, file("disc.png", photo))
    page.get_by_role("button", name="Delete now").click()

    expect(page.get_by_role("status")).to_have_text("Photo and cutout are deleted.")
    expect(done(page)).to_be_hidden()
    expect(page.get_by_label("Choose photos")).to_be_focused()
    assert list(site.bucket.files("")) == []


def test_a_failed_deletion_keeps_the_photo_and_is_reported(page, photo, provoked):
    choose(page, file("disc.png", photo))
    expect(done(page)).to_be_visible()
    provoked.append("")
    page.route("**/v1.0/uploads/*", lambda route: route.abort())

    page.get_by_role("button", name="Delete now").click()

    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/v1.0/uploads/*")
    page.get_by_role("button", name="Remove this photo").click()
    expect(page.get_by_role("status")).to_have_text("Photo and cutout are deleted.")


def test_a_slow_request_can_be_cancelled_and_leaves_nothing(page, site, photo, provoked):
    provoked.append("/v1.0/removebg")
    page.route("**/v1.0/removebg", lambda route: None)  # which never answers
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("status")).to_have_text("Cancelled. The uploaded photo is deleted.")
    expect(page.get_by_label("Choose photos")).to_be_focused()
    assert list(site.bucket.files("")) == []
    page.unroute("**/v1.0/removebg")
    choose(page, file("disc.png", photo))
    expect(done(page)).to_be_visible()


def test_an_upload_can_be_cancelled_halfway(page, site, photo, provoked):
    provoked.append("")
    page.route(f"{site.aws}/**", lambda route: None)
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Uploading")

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("status")).to_have_text("Cancelled. The uploaded photo is deleted.")
    assert list(site.bucket.files("")) == []


def texts_during_a_slow_upload(page, selector):
    """Cut out a photo that takes most of a second to upload, and return the element's texts."""
    texts = page.evaluate_handle(
        """(selector) => {
          const texts = [];
          const element = document.querySelector(selector);
          const watch = () => texts.push(element.textContent);
          new MutationObserver(watch).observe(element, { childList: true });
          return texts;
        }""",
        selector,
    )
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    noise = np.random.default_rng(1).integers(0, 256, (700, 700, 3), np.uint8)
    noise[200:500, 200:500] = (250, 10, 10)
    choose(page, file("noise.png", encoded(Image.fromarray(noise), "PNG", compress_level=0)))
    expect(done(page)).to_be_visible()
    return texts.json_value()


def test_an_upload_shows_its_progress(page, red_disc):
    seen = texts_during_a_slow_upload(page, ".percent")

    shares = [int(text[:-1]) for text in seen if text]
    assert shares[0] == 0
    assert 100 in shares
    assert len(set(shares)) > 3


def test_a_wait_for_a_cold_start_is_explained(page, photo):
    held = []
    page.route("**/v1.0/removebg", lambda route: held.append(route))
    page.clock.install()
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")

    page.clock.fast_forward(5_000)

    expect(page.get_by_role("status")).to_contain_text("is starting")
    held[0].continue_()
    expect(done(page)).to_be_visible()


def test_only_the_first_photo_is_said_to_wait_for_the_start_of_the_service(page, photo):
    page.clock.install()
    choose(page, file("first.png", photo))
    expect(page.get_by_alt_text("first.png, cutout")).to_be_visible()
    held = []
    page.route("**/v1.0/removebg", lambda route: held.append(route))
    choose(page, file("second.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")

    page.clock.fast_forward(5_000)

    expect(page.get_by_role("status")).to_contain_text("Finding the subject")
    held[0].continue_()
    expect(page.get_by_alt_text("second.png, cutout")).to_be_visible()


def test_after_a_sample_the_focus_is_on_the_picture(page):
    page.get_by_role("link", name="A cat").focus()

    page.keyboard.press("Enter")

    expect(done(page)).to_be_visible()
    expect(page.get_by_role("group", name="Picture.")).to_be_focused()


def test_the_status_says_each_change_once_however_often_progress_is_made(page):
    texts = texts_during_a_slow_upload(page, "[role=status]")

    assert texts[-1] == "Done."
    assert "Uploading the photo…" in texts
    assert len(texts) == len(set(texts)) <= 7


def test_an_inline_script_is_blocked(page, provoked):
    provoked.append("")
    refused = []
    page.on("console", lambda message: refused.append(message.text))

    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'injected'";
      document.body.append(script);
    }""")

    assert page.title() != "injected"
    assert any("Content Security Policy" in text for text in refused)


def test_the_page_has_the_headers_of_the_cloudfront_policy(page, site):
    headers = requests.get(site.url).headers

    site_yaml = SITE.resources_of_type("AWS::CloudFront::ResponseHeadersPolicy")["PageHeaders"]
    policy = site_yaml["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"][
        "ContentSecurityPolicy"
    ]["ContentSecurityPolicy"]["Fn::Sub"]
    assert headers["Content-Security-Policy"] == policy.replace("https://${PictureHost}", site.aws)
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    docs = requests.get(f"{site.url}/docs").headers
    assert docs["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")


def test_all_requests_go_to_this_server_and_its_bucket(page, site, photo):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, file("disc.png", photo))
    expect(done(page)).to_be_visible()

    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")

    hosts = {
        "/".join(name.split("/")[:3]) for name in names + asked if not name.startswith("blob:")
    }
    assert hosts == {site.url, site.aws}


def test_the_empty_page_loads_100_kb_at_most(page):
    entries = page.evaluate(
        """["navigation", "resource"]
        .flatMap((kind) => performance.getEntriesByType(kind))
        .map(({ name, decodedBodySize }) => [name, decodedBodySize])"""
    )

    assert sum(size for _, size in entries) <= 100_000
    assert len(entries) > 10


def test_the_photo_is_shown_before_its_cutout_and_after_a_failure(page, plain, provoked):
    provoked.append("/v1.0/removebg")
    held = []
    page.route("**/v1.0/removebg", lambda route: held.append(route))
    choose(page, file("plain.png", plain))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")
    photo = page.get_by_alt_text("plain.png, original")
    assert photo.bounding_box()["width"] > 100

    held[0].continue_()

    expect(page.get_by_role("alert")).to_contain_text("Draw a box")
    assert photo.bounding_box()["width"] > 100


def test_removing_a_photo_hides_its_error(page):
    choose(page, file("notes.png", b"words"))
    expect(page.get_by_role("alert")).to_be_visible()

    page.get_by_role("button", name="Remove this photo").click()

    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("Photo and cutout are deleted.")


def test_a_half_sent_cancelled_upload_is_deleted(page, site, photo, provoked):
    provoked.append("")
    page.route(f"{site.aws}/**", lambda route: None)
    with page.expect_request(lambda request: request.url.startswith(site.aws)):
        choose(page, file("disc.png", photo))

    with page.expect_request(lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Cancel").click()


def test_the_page_works_without_browser_storage(page, photo, provoked):
    page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, name, {
            get() { throw new DOMException("not let", "SecurityError"); },
          });
        }"""
    )
    provoked.append("icon.svg")  # which is still on its way when the page is loaded anew
    page.reload()
    choose(page, file("disc.png", photo))

    expect(done(page)).to_be_visible()


def test_a_photo_deleted_while_its_file_is_made_is_not_uploaded_again(page, site, photo, provoked):
    provoked.append("")
    large = Image.new("RGB", (4100, 4100), (0, 0, 200))
    large.paste((250, 10, 10), (1000, 1000, 3000, 3000))
    choose(page, file("large.png", encoded(large, "PNG", compress_level=1)))
    expect(page.locator(".editor")).not_to_have_attribute("inert", "", timeout=1000 * limit_s(30))
    held = []
    page.route("**/v1.0/removebg", lambda route: held.append(route))
    done(page).click()
    expect(page.get_by_role("status")).to_contain_text("Making the file")

    page.get_by_role("button", name="Delete now").click()

    expect(page.get_by_role("status")).to_have_text("Photo and cutout are deleted.")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, file("disc.png", photo))
    expect(page.get_by_role("status")).to_contain_text("Finding the subject")
    assert len([url for url in asked if url.endswith("/v1.0/uploads")]) == 1
