"""remove.bg's endpoint: what its clients send, and what they read from responses."""

import asyncio
import json
from base64 import b64decode, b64encode, encodebytes, urlsafe_b64encode
from dataclasses import replace
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cutout import bootstrap, engines, errors
from cutout.options.record import Options
from cutout.options.values import Length, Region
from cutout.web.app import create_app
from tests.conftest import encoded, opened
from tests.web_ports import ports

ROUTE = "/v1.0/removebg"


@pytest.fixture
def client(settings, engine):
    return TestClient(bootstrap.app(settings, engine, lambda result: None))


@pytest.fixture(scope="module")
def pages(photo):
    """The pictures at the URLs that the service may fetch."""
    pages = {
        "http://photos.example/a.png": photo,
        "http://photos.example/wall.png": encoded(Image.new("RGB", (60, 45), (0, 90, 0)), "PNG"),
    }
    for width, height in ((1200, 900), (8000, 5000)):
        large = Image.new("RGB", (width, height), (0, 0, 200))
        large.paste((250, 10, 10), (300, 200, 800, 700))
        pages[f"http://photos.example/{width}x{height}"] = encoded(large, "PNG", compress_level=1)
    return pages


@pytest.fixture
def fetched(engine, pages):
    """A client of a service that fetches the pages, and the URLs that it has fetched."""
    asked = []

    def fetch(url, deadline):
        asked.append(url)
        if not url.startswith("http://photos.example/"):
            raise errors.InvalidImageUrl("not a public host")
        if url not in pages:
            raise errors.ImageDownloadFailed("photos.example answered 404", 404)
        return pages[url]

    return TestClient(create_app(ports(engine, fetch=fetch))), asked


def code(response):
    """The code of a response with 400. Its shape is checked, since the Ruby gem reads the title."""
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert set(error) == {"title", "code", "detail"} and all(error.values())
    return error["code"]


# --- three kinds of body, three kinds of source ---


def test_a_file_in_base64_by_address_and_in_json_is_the_same_picture(fetched, photo):
    client, _ = fetched
    b64 = b64encode(photo).decode()
    responses = [
        client.post(ROUTE, files={"image_file": ("a.png", photo)}, data={"size": "auto"}),
        client.post(ROUTE, data={"image_file_b64": b64, "size": "auto"}),
        client.post(ROUTE, files={"image_file_b64": (None, b64), "size": (None, "auto")}),
        client.post(ROUTE, json={"image_file_b64": b64, "size": "auto"}),
        client.post(ROUTE, json={"image_file_b64": f"data:image/png;base64,{b64}", "size": "4k"}),
        client.post(ROUTE, data={"image_url": "http://photos.example/a.png", "size": "auto"}),
        client.post(ROUTE, json={"image_url": "http://photos.example/a.png", "size": "full"}),
    ]

    assert [response.status_code for response in responses] == [200] * len(responses)
    assert len({response.content for response in responses}) == 1


@pytest.mark.parametrize(
    "code", [encodebytes, urlsafe_b64encode, lambda data: b64encode(data).rstrip(b"=")]
)
def test_base64_may_be_in_lines_for_addresses_and_without_padding(client, photo, code):
    text = code(photo + b"\xff\xfe\xfd\xfc").decode()  # with signs of either alphabet

    assert client.post(ROUTE, data={"image_file_b64": text}).status_code == 200


def test_the_result_is_that_of_the_engine_and_of_rembgs_endpoint(client, engine, photo):
    ours = client.post(ROUTE, files={"image_file": photo}, data={"size": "auto"})

    assert ours.content == engine.remove_background(photo, Options()).data
    assert ours.content == client.post("/api/remove", files={"file": photo}).content


def test_empty_texts_and_empty_files_are_ignored(client, photo):
    """The Node command line sends empty texts for what it leaves out."""
    names = ("image_url", "image_file_b64", "size", "type", "type_level", "roi", "crop",
             "crop_margin", "scale", "position", "channels", "add_shadow", "semitransparency",
             "bg_color", "bg_image_url", "format")  # fmt: skip
    empty = dict.fromkeys(names, "")

    response = client.post(ROUTE, files={"image_file": ("a.png", photo)}, data=empty)
    files = {"image_file": ("a.png", photo), "bg_image_file": ("", b"")}

    assert response.status_code == 200
    assert client.post(ROUTE, files=files).content == response.content


def test_an_empty_text_is_no_repetition(client, photo):
    """A form of HTML sends a hidden field for a box that is not ticked."""
    parts = [("image_file", ("a.png", photo)), ("crop", (None, "")), ("crop", (None, "true")),
             ("bg_image_file", ("", b""))]  # fmt: skip

    response = client.post(ROUTE, files=parts)

    assert response.status_code == 200
    assert int(response.headers["x-width"]) < 90


def test_json_may_have_null_booleans_and_numbers(client, photo):
    body = {"image_file_b64": b64encode(photo).decode(), "roi": None, "crop": True,
            "crop_margin": 5, "semitransparency": True, "type_level": 1}  # fmt: skip

    response = client.post(ROUTE, json=body)

    assert response.status_code == 200
    width, height = (int(response.headers[name]) for name in ("x-width", "x-height"))
    assert abs(width - 70) <= 3 and abs(height - 70) <= 3


# --- responses ---


def test_the_headers_are_those_of_the_contract(client, photo):
    headers = client.post(ROUTE, files={"image_file": photo}, data={"type": "product"}).headers

    assert headers["content-type"] == "image/png"
    assert [headers[f"x-{name}"] for name in ("width", "height", "max-width", "max-height")] == [
        "120", "90", "120", "90"
    ]  # fmt: skip
    assert (headers["x-type"], headers["x-credits-charged"]) == ("product", "0")
    assert abs(int(headers["x-foreground-left"]) - 30) <= 3
    assert 0 < float(headers["x-cutout-confidence"]) <= 1
    assert headers["x-request-id"]


def test_x_type_is_absent_with_type_level_none(client, photo):
    response = client.post(ROUTE, files={"image_file": photo}, data={"type_level": "none"})

    assert "x-type" not in response.headers


@pytest.mark.parametrize("asked", [{}, {"Origin": "https://shop.example"}])
def test_any_site_may_read_the_response(client, photo, asked):
    response = client.post(ROUTE, files={"image_file": photo}, headers=asked)

    assert response.headers.get_list("access-control-allow-origin") == ["*"]


@pytest.mark.parametrize(
    ("source", "size", "largest"),
    [
        ((1200, 900), "preview", ("1200", "900")),
        ((8000, 5000), "auto", ("6324", "3952")),
        ((8000, 5000), "50MP", ("8000", "5000")),
    ],
)
def test_headers_have_the_largest_size_of_a_result(fetched, source, size, largest):
    client, _ = fetched
    data = {"image_url": f"http://photos.example/{source[0]}x{source[1]}", "size": size}

    headers = client.post(ROUTE, data=data | {"format": "jpg"}).headers

    assert (headers["x-max-width"], headers["x-max-height"]) == largest


def test_a_preview_is_small(client):
    large = Image.new("RGB", (1200, 900), (0, 0, 200))
    large.paste((250, 10, 10), (300, 200, 800, 700))

    headers = client.post(ROUTE, files={"image_file": encoded(large, "PNG")}).headers

    assert 240_000 < int(headers["x-width"]) * int(headers["x-height"]) <= 250_000


def test_json_has_the_same_bytes_and_the_box(client, photo):
    sent = {"files": {"image_file": photo}, "data": {"size": "auto"}}

    plain = client.post(ROUTE, **sent)
    reported = client.post(ROUTE, **sent, headers={"Accept": "application/json"})

    data = reported.json()["data"]
    assert b64decode(data.pop("result_b64")) == plain.content
    assert data == {
        f"foreground_{side}": int(plain.headers[f"x-foreground-{side}"])
        for side in ("top", "left", "width", "height")
    }


AXIOS = "application/json, text/plain, */*"


@pytest.mark.parametrize("accept", ["*/*", "image/*", "image/png, application/json", "", AXIOS])
def test_clients_that_accept_pictures_get_one(client, photo, accept):
    response = client.post(ROUTE, files={"image_file": photo}, headers={"Accept": accept})

    assert response.headers["content-type"] == "image/png"


def test_a_zip_is_stored_with_the_alpha_of_the_png_in_grey(client, photo):
    """The Go client panics unless alpha.png is grey of 8 bits."""
    png, archive = (
        client.post(ROUTE, files={"image_file": photo}, data={"size": "auto", "format": format})
        for format in ("png", "zip")
    )

    assert archive.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(archive.content)) as opened_zip:
        assert [one.filename for one in opened_zip.infolist()] == ["color.jpg", "alpha.png"]
        assert {one.compress_type for one in opened_zip.infolist()} == {ZIP_STORED}
        colour, alpha = (opened(opened_zip.read(one)) for one in opened_zip.namelist())
    assert (colour.format, colour.mode, alpha.mode) == ("JPEG", "RGB", "L")
    pixels = np.asarray(opened(png.content))
    assert np.array_equal(alpha, pixels[..., 3])
    assert not pixels[pixels[..., 3] == 0].any()


def test_a_backdrop_comes_as_a_file_or_by_address(fetched, photo):
    client, _ = fetched
    wall = encoded(Image.new("RGB", (60, 45), (0, 90, 0)), "PNG")
    by_file = {"image_file": photo, "bg_image_file": ("wall.png", wall)}

    responses = [
        client.post(ROUTE, files=by_file, data={"format": "png"}),
        client.post(ROUTE, files={"image_file": photo},
                    data={"format": "png", "bg_image_url": "http://photos.example/wall.png"}),
    ]  # fmt: skip

    assert responses[0].content == responses[1].content
    assert opened(responses[0].content).getpixel((2, 2)) == (0, 90, 0, 255)


def test_a_colour_behind_makes_a_jpeg_unless_png_is_asked_for(client, photo):
    parameters = {"files": {"image_file": photo}}

    jpeg = client.post(ROUTE, **parameters, data={"bg_color": "81d4fa"})
    png = client.post(ROUTE, **parameters, data={"bg_color": "81d4fa", "format": "png"})

    assert jpeg.headers["content-type"] == "image/jpeg"
    assert opened(png.content).getpixel((2, 2)) == (0x81, 0xD4, 0xFA, 255)


def test_a_model_can_be_pinned_to_its_version(client, photo):
    def ask(version, **parameters):
        headers = {"X-Cutout-Model-Version": version}
        data = {"model": "red"} | parameters
        return client.post(ROUTE, files={"image_file": photo}, data=data, headers=headers)

    assert ask("3").headers["x-cutout-model-version"] == "3"
    assert code(ask("2")) == "invalid_model"
    assert code(ask("3", model_version="2")) == "invalid_parameter"


@pytest.mark.parametrize(
    "parameters", [{}, {"crop": "true"}, {"scale": "50%", "position": "100% 0%"}]
)
def test_the_box_is_that_of_the_result(client, photo, parameters):
    response = client.post(ROUTE, files={"image_file": photo}, data={"size": "auto"} | parameters)

    left, top, width, height = (
        int(response.headers[f"x-foreground-{side}"]) for side in ("left", "top", "width", "height")
    )
    seen = (
        opened(response.content).getchannel("A").point(lambda value: 255 * (value > 25)).getbbox()
    )
    existing = (left, top, left + width, top + height)
    assert max(abs(a - b) for a, b in zip(existing, seen, strict=True)) <= 1


# --- what is ours ---


def test_an_alpha_file_goes_with_a_photo_of_any_source(fetched, photo):
    client, _ = fetched
    alpha = Image.linear_gradient("L").resize((120, 90))
    parameters = {"alpha_file": ("alpha.png", encoded(alpha, "PNG"))}
    b64 = b64encode(photo).decode()

    responses = [
        client.post(ROUTE, files=parameters | {"image_file": ("a.png", photo)}),
        client.post(ROUTE, files=parameters, data={"image_file_b64": b64}),
        client.post(ROUTE, files=parameters, data={"image_url": "http://photos.example/a.png"}),
    ]

    assert [response.status_code for response in responses] == [200] * 3
    assert len({response.content for response in responses}) == 1
    assert np.array_equal(opened(responses[0].content).getchannel("A"), alpha)
    assert "x-cutout-model" not in responses[0].headers


def test_a_frame_edges_and_a_blur_reach_the_engine(client, engine, photo):
    frame = Region(Length(-10), Length(0), Length(100), Length(100, "%"))
    data = {"frame": "-10 0 100 100%", "edges": "off", "bg_blur": "5%", "format": "png"}

    response = client.post(ROUTE, files={"image_file": photo}, data=data)

    expected = Options(max_pixels=250_000, frame=frame, edges="off", blur=0.05)
    assert response.content == engine.remove_background(photo, expected).data
    assert (response.headers["x-width"], response.headers["x-height"]) == ("110", "90")


# --- what is done otherwise than by remove.bg ---

NOT_AS_THERE = [
    ({"add_shadow": "true"}, "add_shadow: no shadow is added"),
    ({"add_shadow": "true", "type": "car"}, "shadow_type=car: a drop shadow is made"),
    ({"shadow_type": "3D"}, "shadow_type=3D: a drop shadow is made"),
    ({"shadow_type[person]": "3D"}, "shadow_type[...] and shadow_opacity[...] go by the type"),
    ({"semitransparency": "false"}, "semitransparency=false: all that is see-through inside"),
]


@pytest.mark.parametrize(("parameters", "notice"), NOT_AS_THERE)
@pytest.mark.parametrize("accept", ["image/*", "application/json"])
def test_no_client_fails_over_a_parameter_of_remove_bg(client, photo, parameters, notice, accept):
    response = client.post(
        ROUTE, files={"image_file": photo}, data=parameters, headers={"Accept": accept}
    )

    assert response.status_code == 200
    assert response.headers["x-cutout-notice"].startswith(notice)
    if accept == "application/json":
        assert "notice" not in response.text


@pytest.mark.parametrize(("parameters", "notice"), NOT_AS_THERE)
def test_a_strict_request_is_refused_instead(client, photo, parameters, notice):
    def send(strict):
        headers = {"X-Cutout-Strict": strict}
        return client.post(ROUTE, files={"image_file": photo}, data=parameters, headers=headers)

    assert code(send("true")) == code(send("1")) == "unsupported_option"
    assert notice in send("true").text
    assert send("false").status_code == 200
    assert code(send("maybe")) == "invalid_parameter"


def test_an_ordinary_request_has_no_notice_and_passes_a_strict_check(client, photo):
    data = {"add_shadow": "true", "type": "person", "shadow_method": "latest"}
    strict = {"X-Cutout-Strict": "true"}

    response = client.post(ROUTE, files={"image_file": photo}, data=data, headers=strict)

    assert response.status_code == 200
    assert "x-cutout-notice" not in response.headers


def test_add_shadow_adds_one_to_cars_alone(client, photo):
    def send(**data):
        return client.post(ROUTE, files={"image_file": photo}, data=data).content

    plain = send()
    assert send(add_shadow="true") == send(add_shadow="true", type="person") == plain
    assert send(add_shadow="true", type="car") == send(shadow_type="drop") != plain


# --- what is wrong ---

EMPTY = encoded(Image.new("RGB", (60, 45), (0, 0, 200)), "PNG")
TALL = encoded(Image.new("L", (45, 60)), "PNG")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"image_file": None}, "missing_source"),
        ({"image_url": "http://photos.example/a.png"}, "multiple_sources"),
        ({"image_file": None, "image_file_b64": "%%%"}, "failed_to_read_image"),
        ({"image_file": None, "image_file_b64": "aGVsbG8="}, "invalid_file_type"),
        ({"image_file": b"no picture"}, "invalid_file_type"),
        ({"image_file": b""}, "failed_to_read_image"),
        ({"bg_image_file": b""}, "failed_to_read_image"),
        ({"bg_image_file": b"no picture"}, "invalid_file_type"),
        ({"image_file": EMPTY[:90]}, "failed_to_read_image"),
        ({"image_file": EMPTY}, "unknown_foreground"),
        ({"image_file": None, "image_url": "http://10.0.0.1/a.png"}, "invalid_image_url"),
        ({"image_file": None, "image_url": "http://photos.example/b"}, "failed_image_download"),
        ({"bg_image_url": "http://10.0.0.1/a.png"}, "invalid_bg_image_url"),
        ({"bg_image_url": "http://photos.example/b"}, "failed_bg_download"),
        ({"bg_image_url": "http://photos.example/a.png", "bg_color": "fff"}, "multiple_bg_sources"),
        ({"bg_color": "mauvish"}, "invalid_bg_color"),
        ({"bg_color": "12345"}, "invalid_bg_color"),
        ({"channels": "rgb"}, "invalid_channels"),
        ({"crop_margin": "60%"}, "invalid_crop_margin"),
        ({"format": "tiff"}, "invalid_format"),
        ({"position": "up"}, "invalid_position"),
        ({"roi": "1 2"}, "invalid_roi"),
        ({"roi": "0 0 121 90"}, "roi_exceeds_bounds"),
        ({"roi": "9 9 9 9"}, "roi_region_empty"),
        ({"scale": "1%"}, "invalid_scale"),
        ({"semitransparency": "2"}, "invalid_semitransparency"),
        ({"size": "8k"}, "invalid_size"),
        ({"shadow_type": "long"}, "invalid_shadow"),
        ({"model": "isnet"}, "invalid_model"),
        ({"upload_id": "abc"}, "multiple_sources"),
        ({"api_key": "abc"}, "unsupported_option"),
        ({"crop": "perhaps"}, "invalid_parameter"),
        ({"edges": "best"}, "invalid_parameter"),
        ({"quality": "fine"}, "invalid_parameter"),
        ({"bg_blur": "5"}, "invalid_blur"),
        ({"bg_blur": "5%", "bg_color": "fff"}, "multiple_bg_sources"),
        ({"frame": "0 0 9"}, "invalid_frame"),
        ({"frame": "0 0 1201 90"}, "invalid_frame"),
        ({"frame": "120 0 130 90"}, "invalid_frame"),
        ({"frame": "0 0 9 9", "crop": "true"}, "invalid_frame"),
        ({"frame": "0 0 9 9", "position": "center"}, "invalid_frame"),
        ({"alpha_file": "a.png"}, "invalid_parameter"),
        ({"alpha_file": b""}, "failed_to_read_image"),
        ({"alpha_file": b"no picture"}, "invalid_file_type"),
        ({"alpha_file": EMPTY, "roi": "0 0 9 9"}, "invalid_parameter"),
        ({"alpha_file": TALL}, "invalid_dimensions"),
    ],
)
def test_every_mistake_has_the_code_of_the_contract(fetched, photo, parameters, expected):
    client, _ = fetched
    data = {name: value for name, value in parameters.items() if isinstance(value, str)}
    files = {
        name: ("a.png", value)
        for name, value in ({"image_file": photo} | parameters).items()
        if isinstance(value, bytes)
    }

    response = client.post(ROUTE, data=data, files=files)

    assert code(response) == expected


@pytest.mark.parametrize(
    ("parameters", "title"),
    [
        (
            {"image_url": "http://photos.example/b"},
            "Failed to download image from given image_url: HTTP Status 404",
        ),
        (
            {"image_url": "http://photos.example/a.png", "bg_image_url": "http://photos.example/b"},
            "Failed to download background image from given image_url: HTTP Status 404",
        ),
        ({"image_url": "http://10.0.0.1/"}, "Invalid image_url: Please provide a valid URL."),
        ({}, "No image given"),
        (
            {"image_file_b64": b64encode(EMPTY).decode()},
            "Could not identify foreground in image.",
        ),
    ],
)
def test_titles_are_those_that_clients_compare(fetched, parameters, title):
    """The Ruby gem's own tests expect "Failed to download"."""
    client, _ = fetched

    (error,) = client.post(ROUTE, data=parameters).json()["errors"]

    assert error["title"] == title
    assert error["detail"] != title


@pytest.mark.parametrize(
    ("limit", "expected"),
    [({"max_pixels": 1000}, "resolution_too_high"), ({"max_bytes": 100}, "file_too_large")],
)
def test_a_photo_with_too_many_pixels_or_bytes_is_refused(settings, photo, limit, expected):
    small = replace(settings, **limit)
    client = TestClient(bootstrap.app(small, engines.engine(small), lambda result: None))

    assert code(client.post(ROUTE, files={"image_file": photo})) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "invalid_parameter"),
        (b"[1]", "invalid_parameter"),
        (b"[" * 1_000_000, "invalid_parameter"),
        (b'{"size": "auto", "size": "hd"}', "invalid_parameter"),
        (b'{"image_url": "a", "image_url": "b"}', "multiple_sources"),
        (b'{"size": ["auto"]}', "invalid_parameter"),
        (b'{"image_file": "a.png"}', "invalid_parameter"),
        (b"\xff\xfe", "invalid_parameter"),
        (b"9" * 5000, "invalid_parameter"),
        (b'{"a": [' + b"[]," * 500_000 + b"[]]}", "invalid_parameter"),
        (b"{" + b",".join(b'"%d":1' % n for n in range(1000)) + b"}", "invalid_parameter"),
        (json.dumps({"image_url": "http://" + "a" * 1_000_000}).encode(), "invalid_image_url"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_invalid_json_is_refused(fetched, body, expected):
    client, _ = fetched

    response = client.post(ROUTE, content=body, headers={"Content-Type": "application/json"})

    assert code(response) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("size", (None, "hd")), ("size", (None, "hd"))], "invalid_parameter"),
        ([("image_file", ("b.png", b"x"))], "multiple_sources"),
        ([("bg_image_file", ("b.png", b"x")), ("bg_image_file", ("c.png", b"x"))],
         "multiple_bg_sources"),
        ([("photo", ("b.png", b"x"))], "unsupported_option"),
    ],
)  # fmt: skip
def test_repeated_parameters_and_unknown_files_are_refused(client, photo, parts, expected):
    response = client.post(ROUTE, files=[("image_file", ("a.png", photo)), *parts])

    assert code(response) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"image_file_b64=" + b"%zz" * 500_000,
        b"size=" + b"%C3%A9" * 200_000,
        b"image_file_b64=" + b"%" * 100_000,
        b"&".join(b"a%d=1" % n for n in range(1000)),
        b"size=%ff",
    ],
    ids=lambda body: body[:20].decode(),
)
def test_a_form_that_would_be_slow_to_decode_is_refused(client, body):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert code(client.post(ROUTE, content=body, headers=kind)) == "invalid_parameter"


@pytest.mark.parametrize("kind", ["text/plain", "image/jpeg", ""])
def test_a_body_of_another_content_type_is_refused(client, photo, kind):
    response = client.post(ROUTE, content=photo, headers={"Content-Type": kind})

    assert code(response) == "invalid_parameter"
    assert "multipart/form-data" in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
def test_a_client_that_disconnects_causes_no_error(settings, engine, kind):
    app = bootstrap.app(settings, engine, lambda result: None)
    headers = [(b"content-type", kind.encode()), (b"content-length", b"1000")]
    scope = {"type": "http", "method": "POST", "path": ROUTE, "raw_path": ROUTE.encode(),
             "query_string": b"", "headers": headers, "http_version": "1.1"}  # fmt: skip
    said = iter([{"type": "http.request", "body": b"--x", "more_body": True},
                 {"type": "http.disconnect"}])  # fmt: skip
    sent = []

    async def receive():
        return next(said)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert sent[0]["status"] == 400


def test_parameters_in_the_query_are_refused_and_not_ignored(client, photo):
    response = client.post(f"{ROUTE}?size=full", files={"image_file": photo})

    assert code(response) == "unsupported_option"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"size": "8k"}, "invalid_size"),
        ({"model": "isnet"}, "invalid_model"),
        ({"bg_color": "mauvish"}, "invalid_bg_color"),
        ({"format": "zip", "channels": "alpha"}, "invalid_format"),
        ({"bg_color": "fff", "bg_image_url": "http://photos.example/a.png"}, "multiple_bg_sources"),
    ],
)
def test_options_are_validated_before_anything_is_fetched(fetched, parameters, expected):
    client, asked = fetched

    response = client.post(ROUTE, data={"image_url": "http://photos.example/a.png"} | parameters)

    assert code(response) == expected
    assert asked == []


@pytest.mark.parametrize("route", [ROUTE, "/api/remove"])
@pytest.mark.parametrize("charset", ["punycode", "undefined", "utf-16", "no-such"])
def test_a_form_in_a_rare_charset_is_refused(client, route, charset):
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    body = b'--x\r\nContent-Disposition: form-data; name="size"\r\n\r\nauto\r\n--x--\r\n'

    response = client.post(route, content=body, headers={"Content-Type": kind})

    assert response.status_code in (400, 422)
    assert response.json()["errors"][0]["code"] == "invalid_parameter"


def test_a_file_name_may_be_anything(client, photo):
    name = b'a"; X-Injected: 1\xff\\.png'
    head = b'--x\r\nContent-Disposition: form-data; name="image_file"; filename="' + name + b'"'
    body = head + b"\r\nContent-Type: image/png\r\n\r\n" + photo + b"\r\n--x--\r\n"

    response = client.post(
        ROUTE, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert response.status_code in (200, 400)
    assert "x-injected" not in response.headers


def test_a_body_that_is_too_large_is_a_400_of_the_contract(fetched):
    client, _ = fetched
    body = json.dumps({"image_file_b64": "A" * 2_200_000}).encode()

    response = client.post(ROUTE, content=body, headers={"Content-Type": "application/json"})

    assert code(response) == "file_too_large"


@pytest.mark.parametrize("kind", ["json", "urlencoded", "lines", "data URL"])
def test_a_picture_of_the_most_bytes_may_come_in_base64(settings, engine, kind):
    photo = Image.effect_noise((500, 500), 90).convert("RGB")
    photo.paste((250, 10, 10), (100, 100, 400, 400))
    data = encoded(photo, "PNG")
    exact = replace(settings, max_bytes=len(data))
    client = TestClient(bootstrap.app(exact, engine, lambda result: None))
    text = (encodebytes if kind == "lines" else b64encode)(data).decode()
    head = "data:image/png;base64," if kind == "data URL" else ""
    body = {"image_file_b64": head + text}

    response = client.post(ROUTE, json=body) if kind == "json" else client.post(ROUTE, data=body)

    assert response.status_code == 200


def test_json_may_be_as_large_as_text_may_on_lambda(settings, engine, photo):
    size = len(engine.remove_background(photo, Options(max_pixels=250_000)).data)
    tight = replace(settings, max_result_bytes=size + 300)
    client = TestClient(bootstrap.app(tight, engine, lambda result: None))

    response = client.post(
        ROUTE, files={"image_file": photo}, headers={"Accept": "application/json"}
    )

    assert response.status_code == 200


def test_a_result_that_is_too_large_for_the_response_is_refused(settings, engine, photo):
    tight = replace(settings, max_result_bytes=100)
    client = TestClient(bootstrap.app(tight, engine, lambda result: None))

    assert code(client.post(ROUTE, files={"image_file": photo})) == "result_too_large"


def test_the_improvement_program_is_a_404_that_says_why(client, photo):
    response = client.post("/v1.0/improve", files={"image_file": photo}, data={"tag": "a"})

    (error,) = response.json()["errors"]
    assert (response.status_code, error["code"]) == (404, "not_found")
    assert "no picture is kept" in error["detail"]


def test_every_response_has_an_id_of_its_own_even_after_a_bug(engine, fetched):
    def bug(url, deadline):
        raise ZeroDivisionError

    client, _ = fetched
    broken = TestClient(create_app(ports(engine, fetch=bug)), raise_server_exceptions=False)
    responses = [client.get("/healthz"), client.post(ROUTE), client.get("/nowhere"),
               broken.post(ROUTE, data={"image_url": "http://photos.example/a.png"})]  # fmt: skip

    assert [response.status_code for response in responses] == [200, 400, 404, 500]
    assert len({response.headers["x-request-id"] for response in responses}) == 4
    assert responses[3].headers["access-control-allow-origin"] == "*"
