"""The image as Lambda runs it: read-only, unprivileged, with no network and 1,769 MB."""

import json
from io import BytesIO
from math import ceil

import numpy as np
import pytest
from PIL import Image

from cutout import engines
from cutout.config import Settings
from cutout.options.record import Options
from tests.conftest import encoded
from tools.answer import body
from tools.container.sandbox import PLACEHOLDERS, docker, function, limits
from tools.gateway import event, upload
from tools.speed import starts
from tools.time_limits import limit_s

pytestmark = pytest.mark.container


@pytest.fixture(scope="module")
def engine():
    return engines.engine(Settings.from_env({}))


@pytest.fixture(scope="module")
def photo():
    from skimage import data

    return encoded(Image.fromarray(data.astronaut()), "JPEG")


def error_of(response):
    (error,) = json.loads(body(response.payload))["errors"]
    return response.payload["statusCode"], error["code"]


@pytest.mark.parametrize("model", ["u2net", "u2netp"])
def test_the_png_equals_that_of_this_python_byte_for_byte(started, engine, photo, model):
    response = started.invoke(upload(photo, model=model))

    here = engine.remove_background(photo, Options(model=model)).data
    assert body(response.payload) == here


@pytest.mark.parametrize("accept", ["*/*", "image/png", "text/html,image/avif,*/*;q=0.8", None])
def test_every_accept_header_gets_bytes(started, photo, accept):
    request = upload(photo)
    del request["headers"]["Accept"]
    if accept:
        request["headers"]["Accept"] = accept

    payload = started.invoke(request).payload

    assert body(payload).startswith(b"\x89PNG")


def test_only_the_first_call_is_cold(image):
    with function(image, CUTOUT_MODEL="u2netp") as new:
        new.invoke(event("GET", "/healthz"))
        new.invoke(event("GET", "/healthz"))

        log = new.log()

    assert log.count('"ColdStart":[1.0]') == 1


def test_without_a_network_an_image_url_gives_an_error_response(started):
    response = started.invoke(
        event("GET", "/api/remove", query={"url": "http://example.com/a.jpg"})
    )

    assert error_of(response) == (400, "invalid_image_url")


def test_too_many_pixels_are_refused_from_the_header(started):
    bomb = encoded(Image.new("L", (8000, 7500)), "PNG")  # 60 MP in 60 kB

    assert error_of(started.invoke(upload(bomb))) == (413, "resolution_too_high")


@pytest.fixture(scope="module")
def noisy():
    """A JPEG of 1.3 MB whose cutout has 7.5 MB: PNG cannot compress its subject, noise."""
    scene = np.full((2000, 2000, 3), 235, np.uint8)
    disc = np.hypot(*np.mgrid[-1000:1000, -1000:1000]) < 850
    noise = np.random.default_rng(0).integers(0, 90, (2000, 2000, 3), np.uint8)
    scene[disc] = noise[disc]
    return encoded(Image.fromarray(scene), "JPEG", quality=80)


@pytest.mark.parametrize(
    ("has_bucket", "error"), [(True, (503, "unavailable")), (False, (413, "result_too_large"))]
)
def test_in_one_piece_a_result_over_six_mb_needs_a_bucket_that_can_be_reached(
    image, noisy, has_bucket, error
):
    """The sandbox has no network."""
    names = [] if has_bucket else [name for name in PLACEHOLDERS if name.startswith("CUTOUT_")]
    pieces = {"CUTOUT_MODEL": "u2netp", "CUTOUT_STREAM_RESPONSES": "false"}
    with function(image, **pieces, **dict.fromkeys(names, "")) as alone:
        assert error_of(alone.invoke(upload(noisy))) == error


def test_after_a_response_that_lambda_refuses_the_next_call_works(started, noisy):
    """Lambda streams 200 MB; the emulator takes no response over 6 MB, streamed or not."""
    response = started.invoke(upload(noisy))

    assert b"payload size exceeded" in response.data
    assert "Lambda refused the response" in started.log()
    assert started.invoke(event("GET", "/healthz")).payload["statusCode"] == 200


def test_after_a_request_over_lambdas_limit_the_next_call_works(started):
    """Lambda refuses a request over its limit; the emulator truncates it."""
    response = started.invoke(upload(bytes(5_000_000)))

    assert b"Runtime.ExitError" in response.data
    assert started.invoke(event("GET", "/healthz")).payload["statusCode"] == 200


def test_a_call_past_its_deadline_ends_with_a_504_before_lambda_ends_it(image, photo):
    with function(image, CUTOUT_MODEL="u2netp", CUTOUT_DEADLINE_S="1") as slow:
        large = encoded(Image.open(BytesIO(photo)).resize((6000, 6000)), "JPEG", quality=60)
        docker("update", "--cpus", "0.3", slow.name)

        response = slow.invoke(upload(large))

        assert error_of(response) == (504, "timeout")
        docker("update", "--cpus", "1", slow.name)
        assert slow.invoke(event("GET", "/healthz")).payload["statusCode"] == 200


def test_after_lambdas_own_time_out_the_next_call_works(image, photo):
    timeout_s = ceil(limit_s(3))
    with function(image, timeout_s=timeout_s, CUTOUT_MODEL="u2netp") as slow:
        slow.invoke(event("GET", "/healthz"))
        docker("update", "--cpus", "0.01", slow.name)
        response = slow.invoke(upload(photo))
        docker("update", "--cpus", "1", slow.name)

        assert f"Task timed out after {timeout_s}.00 seconds".encode() in response.data
        assert slow.invoke(upload(photo)).payload["statusCode"] == 200


def test_after_a_function_ran_out_of_memory_the_next_call_works(image, photo):
    large = encoded(Image.open(BytesIO(photo)).resize((7000, 7000)), "JPEG", quality=60)
    with function(image, memory_mb=400, CUTOUT_MODEL="u2netp") as small:
        response = small.invoke(upload(large))

        assert response.status != 200 or b"errorType" in response.data
        assert small.invoke(upload(photo, model="u2netp")).payload["statusCode"] == 200


def test_any_user_id_can_run_the_image(image):
    printed = docker(
        "run", "--rm", "--network", "none", *limits(), "--user", "12345:12345",
        "-e", "AWS_LAMBDA_FUNCTION_NAME=api", "--entrypoint", "python3", image,
        "-c", "import os, cutout.lambdas.api as api; print(os.getuid(), api.engine.is_ready())",
    )  # fmt: skip

    assert printed.splitlines()[-1] == "12345 True"


def test_each_function_of_the_template_starts_in_the_image(image):
    load = "".join(f"import {module}; " for module in starts.modules().values())
    use = "from cutout import bootstrap as b; b.bucket('a'); b.table('b'); b.json_service('sqs')"
    settings = [word for name, it in PLACEHOLDERS.items() for word in ("-e", f"{name}={it}")]

    printed = docker(
        "run", "--rm", "--network", "none", *limits(), *settings, "--entrypoint", "python3", image,
        "-c", f"{load}{use}; print('started')",
    )  # fmt: skip

    assert printed.splitlines()[-1] == "started"


def test_only_tmp_is_writable(image):
    printed = docker(
        "run", "--rm", "--network", "none", *limits(), "--entrypoint", "sh", image,
        "-c", "touch /tmp/a && echo written; touch /var/task/a || true",
    )  # fmt: skip

    assert "written" in printed
    assert "Read-only file system" in printed
