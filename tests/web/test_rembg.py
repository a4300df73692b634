import asyncio
import inspect
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cutout import bootstrap, engines, errors
from cutout.deadline import NEVER
from cutout.options import text as grammar
from cutout.options.record import Options
from cutout.options.values import Thresholds
from cutout.web import problems
from cutout.web.app import create_app
from cutout.web.concurrency import Slots
from tests.conftest import encoded, opened
from tests.web_ports import ports


@pytest.fixture
def results():
    return []


@pytest.fixture
def app(settings, engine, results):
    return bootstrap.app(settings, engine, results.append)


@pytest.fixture
def client(app):
    return TestClient(app)


@pytest.fixture
def fetching(engine, photo):
    """A client of a service for which the photo is at every URL."""
    return TestClient(create_app(ports(engine, fetch=lambda url, deadline: photo)))


def post(client, photo, query=None, **form):
    return client.post("/api/remove", files={"file": photo}, data=form, params=query)


def send(client, photo, method, parameters):
    """Send parameters as rembg's server reads them: in a form, or in the query of a GET."""
    if method == "POST":
        return post(client, photo, **parameters)
    address = {"url": "http://photos.example/a.jpg"}
    return client.get("/api/remove", params=address | parameters)


def problem(response):
    """The status and code of an error, after its shape is checked."""
    (error,) = response.json()["errors"]
    assert set(error) == {"title", "code", "detail"}
    assert all(error.values())
    return response.status_code, error["code"]


def test_a_photo_goes_in_and_a_png_with_alpha_comes_out(client, engine, photo):
    response = post(client, photo)

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.content == engine.remove_background(photo, Options()).data
    assert opened(response.content).mode == "RGBA"


def test_the_headers_tell_size_box_model_confidence_and_times(client, photo):
    headers = post(client, photo).headers

    assert (headers["x-width"], headers["x-height"]) == ("120", "90")
    assert abs(int(headers["x-foreground-left"]) - 30) <= 3
    assert abs(int(headers["x-foreground-height"]) - 60) <= 6
    assert (headers["x-cutout-model"], headers["x-cutout-model-version"]) == ("red", "3")
    assert 0 < float(headers["x-cutout-confidence"]) <= 1
    assert [part.split(";")[0] for part in headers["server-timing"].split(", ")] == [
        "decode", "predict", "alpha", "foreground", "compose", "encode"
    ]  # fmt: skip


def test_a_client_sees_how_many_subjects_were_found_whichever_it_chose(client, red_disc):
    disc = red_disc[0]
    two = Image.new("RGB", (240, 90), disc.getpixel((0, 0)))
    two.paste(disc)
    two.paste(disc.resize((60, 45)), (160, 20))

    headers = [
        post(client, encoded(two, "PNG"), subject=choice).headers
        for choice in ("all", "largest", "1")
    ]

    assert [one["x-cutout-subjects"] for one in headers] == ["2", "2", "2"]
    assert int(headers[1]["x-foreground-width"]) < 80 < int(headers[0]["x-foreground-width"])


def test_each_cutout_is_recorded_once(client, photo, results):
    post(client, photo)
    post(client, b"no picture")

    assert len(results) == 1


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_parameters_are_read_from_the_form_or_from_the_query_of_a_get(fetching, photo, method):
    fields = {"om": "true", "model": "red", "ppm": "1", "af": "200", "ab": "", "a": "false"}

    response = send(fetching, photo, method, fields)

    mask = opened(response.content)
    assert mask.mode == "L"
    assert set(np.unique(mask)) == {0, 255}


@pytest.mark.parametrize("colour", ["0,255,0,255", "0, 255, 0", "#0f0", "lime"])
@pytest.mark.parametrize("where", ["form", "query"])
def test_the_background_colour_as_rembg_and_as_css_write_it(client, photo, colour, where):
    """rembg's server reads it from the query of a POST."""
    fields = {"bgc": colour}

    response = post(client, photo, **fields) if where == "form" else post(client, photo, fields)

    assert opened(response.content).getpixel((2, 2)) == (0, 255, 0, 255)


def test_a_url_is_fetched_by_get_and_by_post(settings, engine, photo):
    urls = []

    def fetch(url, deadline):
        urls.append(url)
        return photo

    client = TestClient(create_app(ports(engine, fetch=fetch)))
    responses = [
        client.get("/api/remove", params={"url": "http://photos.example/a.jpg", "om": "true"}),
        client.post("/api/remove", data={"url": "http://photos.example/b.jpg", "om": "true"}),
    ]

    assert urls == ["http://photos.example/a.jpg", "http://photos.example/b.jpg"]
    assert [opened(response.content).mode for response in responses] == ["L", "L"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"model": "xxredxx"}, (422, "invalid_model")),
        ({"model": "u2netp "}, (422, "invalid_model")),
        ({"af": "300"}, (422, "invalid_parameter")),
        ({"ae": "-1"}, (422, "invalid_parameter")),
        ({"om": "perhaps"}, (422, "invalid_parameter")),
        ({"bgc": "1,2,3,256"}, (422, "invalid_bg_color")),
        ({"bgc": "1,2"}, (422, "invalid_bg_color")),
        ({"bgc": "mauvish"}, (422, "invalid_bg_color")),
        ({"bgc": "1" * 5000 + ",1,1"}, (422, "invalid_bg_color")),
        ({"bgc": "rgb(99999999999999999999,0,0)"}, (422, "invalid_bg_color")),
        ({"vm": "true"}, (400, "unsupported_option")),
        ({"extras": '{"putalpha": true}'}, (400, "unsupported_option")),
        ({"extras": "{"}, (422, "invalid_parameter")),
        ({"extras": "{}", "roi": "0 0 9 9"}, (422, "invalid_parameter")),
        ({"a": "true", "edges": "off"}, (422, "invalid_parameter")),
        ({"a": "true", "af": "9", "ab": "200"}, (422, "invalid_parameter")),
        ({"edges": "finest"}, (422, "invalid_parameter")),
        ({"quality": "fine"}, (422, "invalid_parameter")),
        ({"roi": "0 0 9"}, (422, "invalid_roi")),
        ({"roi": "0 0 101% 9"}, (422, "roi_exceeds_bounds")),
        ({"roi": "9 0 9 9"}, (422, "roi_region_empty")),
        ({"points": "1"}, (422, "invalid_points")),
        ({"subject": "smallest"}, (422, "invalid_subject")),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_invalid_value_is_refused_and_not_ignored(fetching, photo, form, expected, method):
    assert problem(send(fetching, photo, method, form)) == expected


def test_a_file_and_a_url_are_refused_together(client, photo):
    response = post(client, photo, url="http://photos.example/a.jpg")

    assert problem(response) == (400, "multiple_sources")


IN_FORM_ALONE = {"model": "birefnet-general", "a": "true", "om": "true", "ppm": "true", "af": "300"}


def test_the_query_of_a_post_is_not_read_as_at_rembg_and_the_answer_says_so(client, photo):
    response = post(client, photo, IN_FORM_ALONE | {"zoom": "5"})

    assert response.content == post(client, photo).content
    assert response.headers["x-cutout-notice"] == (
        "a, af, model, om, ppm: not read from the query of a POST"
    )
    assert problem(client.post("/api/remove", params={"url": "http://a.example/"}))[0] == 422


def test_a_strict_post_with_such_a_query_is_refused(client, photo):
    strict = {"X-Cutout-Strict": "true"}

    response = client.post(
        "/api/remove", files={"file": photo}, params={"om": "true"}, headers=strict
    )

    assert problem(response) == (400, "unsupported_option")


# --- models ---


@pytest.mark.parametrize("model", ["birefnet-general", "isnet-anime", "bria-rmbg", "sam"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_default_stands_in_for_a_model_of_rembg_and_is_named(fetching, photo, model, method):
    response = send(fetching, photo, method, {"model": model})

    assert response.content == post(fetching, photo).content
    assert response.headers["x-cutout-model"] == "red"
    assert response.headers["x-cutout-notice"] == f"model={model} is not here and red is used"


def test_the_model_of_the_quality_stands_in_where_it_has_one(engine, photo):
    class Lenient:
        def check(self, options):
            engine.check(replace(options, quality="standard"))

        def remove_background(self, data, options, deadline):
            return engine.remove_background(data, replace(options, quality="standard"), deadline)

    client = TestClient(create_app(ports(Lenient())))

    notice = post(client, photo, model="sam", quality="fast").headers["x-cutout-notice"]

    assert notice == "model=sam is not here and u2netp is used"


def test_for_clothes_the_notice_says_what_differs(client, photo):
    notice = post(client, photo, model="u2net_cloth_seg").headers["x-cutout-notice"]

    assert notice.endswith("red is used, which cuts out the whole subject and not its clothes")


def test_several_notices_are_one_header(client, photo):
    response = post(client, photo, {"om": "true"}, model="silueta")

    first, second = response.headers["x-cutout-notice"].split("; ")
    assert first.startswith("om:") and second.startswith("model=silueta")


def test_a_model_that_is_here_is_not_replaced(engine, photo):
    here = {"model_names": lambda: ["red", "silueta"]}
    client = TestClient(create_app(ports(engine, **here)))

    assert problem(post(client, photo, model="silueta")) == (422, "invalid_model")  # by the engine
    assert "x-cutout-notice" not in post(client, photo, model="red").headers


@pytest.mark.parametrize("model", ["u2net_custom", "birefnet", "birefnet-general ", "gpt"])
def test_a_name_that_is_no_model_of_rembg_is_refused(client, photo, model):
    assert problem(post(client, photo, model=model)) == (422, "invalid_model")


def test_no_model_is_replaced_for_a_strict_request_or_where_the_setting_is_off(
    settings, engine, client, photo
):
    off = TestClient(
        bootstrap.app(replace(settings, substitute_models=False), engine, lambda result: None)
    )
    strict = client.post(
        "/api/remove",
        files={"file": photo},
        data={"model": "silueta"},
        headers={"X-Cutout-Strict": "true"},
    )

    assert problem(strict) == (422, "invalid_model")
    assert problem(post(off, photo, model="silueta")) == (422, "invalid_model")
    assert "silueta" not in off.get("/api/models").json()


def test_the_models_are_those_here_and_those_of_rembg_with_a_substitute(client, photo):
    models = client.get("/api/models").json()

    assert models[0] == "red"
    assert {"bria-rmbg", "isnet-general-use", "u2net_human_seg", "u2net_cloth_seg"} <= {*models}
    assert len(models) == len({*models})
    assert all(post(client, photo, model=model).status_code == 200 for model in models[:3])


def test_the_root_of_the_api_answers_a_health_check(client):
    response = client.get("/api")

    assert response.status_code == 200
    assert "POST /api/remove" in response.json()["endpoints"]
    assert client.get(response.json()["docs"]).status_code == 200


@pytest.fixture
def arrived():
    return []


@pytest.fixture
def listener(settings, engine, arrived):
    """A client of an engine that records the options and makes no cutout."""

    def listen(data, options, deadline):
        arrived.append(options)
        raise errors.UnknownForeground("heard enough")

    return TestClient(create_app(ports(engine, remove_background=listen)))


PROMPT = (
    '{"sam_prompt": [{"type": "rectangle", "data": [1, 2, 3, 4]},'
    ' {"type": "point", "data": [5, 6], "label": 0}]}'
)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, Options()),
        ({"a": "false", "af": "200", "dc": "false", "vm": "false"}, Options()),
        ({"a": "true"}, Options(edges="fine")),
        ({"a": "true", "af": "200"}, Options(edges="fine", thresholds=Thresholds(200, 10, 10))),
        ({"a": "true", "af": "240", "ab": "10", "ae": "10"},
         Options(edges="fine", thresholds=Thresholds())),
        ({"a": "true", "af": "", "ab": "", "ae": ""}, Options(edges="fine")),
        ({"a": "true", "dc": "true", "om": "true"}, Options(edges="fine", channels="alpha")),
        ({"dc": "true"}, Options()),
        ({"ppm": "true"}, Options(binary=True)),
        ({"bgc": "255,0,0,128"}, Options(background="#ff000080")),
        ({"extras": PROMPT}, Options(roi=grammar.region("1 2 3 4"),
                                     points=grammar.points("5,6,0"))),
        ({"edges": "off"}, Options(edges="off")),
        ({"roi": "1 2 50% 4"}, Options(roi=grammar.region("1 2 50% 4"))),
        ({"points": "1,2 3%,4,0"}, Options(points=grammar.points("1,2 3%,4,0"))),
        ({"subject": "1"}, Options(subject=1)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_each_parameter_does_what_it_says(listener, arrived, photo, sent, expected, method):
    send(listener, photo, method, sent)

    assert arrived == [expected]


def test_a_get_has_the_same_parameters(listener, arrived):
    sent = {"url": "http://photos.example/a.jpg", "a": "1", "af": "200", "points": "1,2"}

    listener.get("/api/remove", params=sent)

    thresholds, points = Thresholds(foreground=200), grammar.points("1,2")
    assert arrived == [Options(edges="fine", thresholds=thresholds, points=points)]


@pytest.mark.parametrize("name", ["mask", "alpha"])
def test_a_mask_or_an_alpha_is_sent_as_a_file(listener, arrived, photo, name):
    listener.post("/api/remove", files=[("file", photo), (name, b"a picture")])

    assert arrived == [Options(**{name: b"a picture"})]


def test_a_mask_and_an_alpha_contradict_each_other(listener, photo):
    files = [("file", photo), ("mask", b"a mask"), ("alpha", b"an alpha")]

    assert problem(listener.post("/api/remove", files=files)) == (422, "invalid_parameter")


def test_empty_files_of_a_browsers_form_are_ignored(listener, arrived, photo):
    parts = [("file", "a.png", photo), ("mask", "", b""), ("alpha", "", b"")]
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%s\r\n"
        % (name.encode(), file.encode(), data)
        for name, file, data in parts
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    listener.post("/api/remove", content=body + b"--x--\r\n", headers=headers)

    assert arrived == [Options()]


@pytest.mark.parametrize("name", ["mask", "alpha"])
def test_a_hint_that_is_no_file_or_empty_or_repeated_is_refused(client, photo, name):
    response = post(client, photo, **{name: "words"})
    assert problem(response) == (422, "invalid_parameter")
    assert f"{name} has to be a file of a form" in response.text
    for files, expected in (
        ([(name, b"")], (400, "failed_to_read_image")),
        ([(name, photo), (name, photo)], (400, "multiple_sources")),
    ):
        response = client.post("/api/remove", files=[("file", photo), *files])
        assert problem(response) == expected
        assert name in response.text


def test_hints_count_to_the_limit_of_the_body(settings, engine, photo, results):
    settings = replace(settings, max_bytes=100_000)
    client = TestClient(bootstrap.app(settings, engine, results.append))

    response = client.post("/api/remove", files=[("file", photo), ("mask", b"." * 200_000)])

    assert problem(response) == (413, "file_too_large")


def test_one_parameter_with_two_values_is_refused(client, photo):
    assert problem(post(client, photo, {"bgc": "red"}, bgc="lime")) == (422, "invalid_parameter")
    assert post(client, photo, {"bgc": "red"}, bgc="red").status_code == 200


@pytest.mark.parametrize(
    "request_parts",
    [{"data": {"bgc": ["red", "lime"]}}, {"params": {"bgc": ["red", "lime"]}}],
    ids=["form", "query"],
)
def test_a_repeated_parameter_is_refused(client, photo, request_parts):
    response = client.post("/api/remove", files={"file": photo}, **request_parts)

    assert problem(response) == (422, "invalid_parameter")
    assert "'bgc' was sent more than once" in response.text


def test_unknown_names_are_ignored_as_in_rembg(listener, arrived, photo):
    listener.post(
        "/api/remove",
        files={"file": photo, "picture": photo},
        data={"colour": "red"},
        params={"quality": "5"},
    )

    assert arrived == [Options()]


def test_a_text_parameter_that_comes_as_a_file_is_refused(client, photo):
    response = client.post("/api/remove", files={"file": photo, "om": b"true"})

    assert problem(response) == (400, "unsupported_option")


def test_a_body_may_be_json(listener, arrived):
    listener.post("/api/remove", json={"url": "http://photos.example/a.jpg", "om": True})

    assert arrived == [Options(channels="alpha")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", (400, "failed_to_read_image")),
        (b"words in a file named .jpg", (400, "invalid_file_type")),
        (b"<svg/>", (400, "invalid_file_type")),
        (encoded(Image.new("RGB", (64, 48), "red"), "JPEG")[:-50], (400, "failed_to_read_image")),
        (encoded(Image.new("RGB", (64, 48), "blue"), "PNG"), (422, "unknown_foreground")),
    ],
)
def test_each_kind_of_bad_picture_has_its_code(client, data, expected):
    assert problem(post(client, data)) == expected


def test_too_many_pixels_are_413(settings, photo, results):
    small = engines.engine(replace(settings, max_pixels=1000))
    client = TestClient(bootstrap.app(settings, small, results.append))

    assert problem(post(client, photo)) == (413, "resolution_too_high")


def test_a_picture_of_too_many_bytes_is_413(settings, photo, results):
    settings = replace(settings, max_bytes=len(photo) - 1)
    client = TestClient(bootstrap.app(settings, engines.engine(settings), results.append))

    assert problem(post(client, photo)) == (413, "file_too_large")


@pytest.mark.parametrize(("declared", "most"), [(b"10000000", 0), (b"9" * 5000, 0), (b"", 200_000)])
def test_a_body_beyond_the_limit_is_not_read_to_its_end(settings, engine, declared, most):
    app = bootstrap.app(replace(settings, max_bytes=100_000), engine, lambda result: None)
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    headers += [(b"content-length", declared)] if declared else []
    scope = {"type": "http", "method": "POST", "path": "/api/remove", "headers": headers,
             "query_string": b"", "raw_path": b"/api/remove", "root_path": ""}  # fmt: skip
    read, sent = [], []

    async def receive():
        read.append(b"." * 10_000 if read else start)
        return {"type": "http.request", "body": read[-1], "more_body": len(read) < 1000}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["errors"][0]["code"] == "file_too_large"
    assert sum(map(len, read)) <= most


def test_no_more_pictures_are_in_work_than_there_are_slots(settings, engine, photo):
    inside, most, lock = 0, 0, threading.Lock()

    def slowly(data, options, deadline):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        result = engine.remove_background(data, options)
        with lock:
            inside -= 1
        return result

    fields = ports(engine, remove_background=slowly, slots=Slots(2))
    client = TestClient(create_app(fields))
    with client, ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: post(client, photo).status_code, range(24)))

    assert responses == [200] * 24
    assert most <= 2


def test_without_a_deadline_the_engine_has_none(settings, engine, photo):
    deadlines = []

    def remove(data, options, deadline):
        deadlines.append(deadline)
        return engine.remove_background(data, options)

    client = TestClient(create_app(ports(engine, remove_background=remove)))

    assert post(client, photo).status_code == 200
    assert deadlines == [NEVER]


def test_a_picture_that_takes_too_long_is_504_with_a_way_out(settings, engine, photo):
    def too_late(data, options, deadline):
        return engine.remove_background(data, options, replace(deadline, at=0))

    fields = ports(engine, remove_background=too_late, deadline_s=24)
    response = post(TestClient(create_app(fields)), photo)

    assert problem(response) == (504, "timeout")
    assert 'longer than the 24 s allowed; send a smaller one"' in response.text


def test_a_download_and_the_picture_share_one_deadline(settings, engine, photo):
    deadlines = []

    def fetch(url, deadline):
        deadlines.append(deadline)
        return photo

    def remove(data, options, deadline):
        deadlines.append(deadline)
        return engine.remove_background(data, options, deadline)

    fields = ports(engine, fetch=fetch, remove_background=remove, deadline_s=20)
    TestClient(create_app(fields)).get("/api/remove", params={"url": "http://photos.example/a.jpg"})

    assert len(deadlines) == 2
    assert deadlines[0] is deadlines[1]
    assert 10 < deadlines[0].left() <= 20


def test_a_result_that_is_too_large_is_413_with_both_numbers(settings, engine, photo):
    client = TestClient(create_app(ports(engine, max_result_bytes=100)))

    response = post(client, photo)

    assert problem(response) == (413, "result_too_large")
    assert "100 at most" in response.json()["errors"][0]["detail"]


def test_no_picture_and_two_pictures_are_refused(client, photo):
    assert problem(client.post("/api/remove")) == (422, "missing_source")
    assert problem(client.post("/api/remove", data={"file": "a"})) == (422, "invalid_parameter")
    two = [("file", photo), ("file", photo)]
    assert problem(client.post("/api/remove", files=two)) == (400, "multiple_sources")
    assert problem(client.get("/api/remove")) == (422, "missing_source")


def test_private_urls_are_refused(client):
    for url in ("http://127.0.0.1:1/", "http://169.254.169.254/", "ftp://a.example/", "nonsense"):
        response = client.get("/api/remove", params={"url": url})
        assert problem(response) == (400, "invalid_image_url")


def test_a_broken_form_is_400(client):
    response = client.post(
        "/api/remove", content=b"--y", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert response.status_code in {400, 422}
    assert problem(response)


def test_unknown_routes_and_methods_have_errors_of_the_same_shape(client):
    assert problem(client.get("/nope")) == (404, "not_found")
    response = client.put("/api/remove")
    assert problem(response) == (405, "method_not_allowed")
    assert response.headers["allow"]


def test_a_bug_of_ours_shows_no_trace(settings, engine, photo):
    def broken(data, options, deadline):
        raise ZeroDivisionError("secret of the house")

    app = create_app(ports(engine, remove_background=broken))
    response = post(TestClient(app, raise_server_exceptions=False), photo)

    assert problem(response) == (500, "internal_error")
    assert "secret" not in response.text


def test_every_error_but_a_bug_has_a_status_of_4xx_or_503_or_504(client):
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.CutoutError)
    ]
    for kind in kinds:
        if kind not in (errors.CutoutError, errors.InternalError):
            waits = issubclass(kind, errors.TooManyRequests)
            more = (1, 500, 0, 0) if kind is errors.RateLimited else (1,) if waits else ()
            status = problems.explain(kind("why", *more), "/api/remove").status_code
            assert 400 <= status < 500 or status in {503, 504}


def test_health_and_readiness(settings, engine, client):
    assert client.get("/healthz").json()["status"] == "ok"
    assert problem(client.get("/readyz")) == (503, "loading")

    engine.prepare(Options())

    assert client.get("/readyz").json() == {"status": "ready"}


def test_any_site_may_read_the_response(client, photo):
    response = client.post(
        "/api/remove", files={"file": photo}, headers={"Origin": "https://shop.example"}
    )

    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


def test_a_preflight_request_of_any_site_is_allowed(client):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}

    response = client.options("/api/remove", headers={"Origin": "https://shop.example"} | asked)

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"


def test_the_schema_shows_a_file_and_every_parameter(client):
    schema = client.get("/openapi.json").json()

    of_get, operation = (schema["paths"]["/api/remove"][method] for method in ("get", "post"))
    names = {"a", "af", "bgc", "edges", "model", "roi", "url"}
    assert {each["name"] for each in of_get["parameters"] if each["in"] == "query"} >= names
    in_query = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
    assert in_query == {"bgc", "extras"}
    form = schema["components"]["schemas"]["RemoveBackgroundRembgForm"]
    assert form["properties"].keys() >= {"file"} | names
    assert "image/png" in operation["responses"]["200"]["content"]
    assert client.get("/docs").status_code == 200
