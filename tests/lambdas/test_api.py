"""ApiFunction as Lambda starts it and as API Gateway's REST API calls it."""

import base64
import importlib
import json
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cutout.engine.pipeline import Engine
from cutout.options.record import Options
from tests import gateway

pytestmark = pytest.mark.slow

CONTEXT = SimpleNamespace(
    function_name="api", memory_limit_in_mb=1769, invoked_function_arn="arn", aws_request_id="1"
)


@pytest.fixture
def start(monkeypatch, red_folder):
    """Return a function that imports the module with some settings, as a cold start does."""

    def start(**settings):
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "api")
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
        values = {"model": "red", "models": red_folder, "ask_for_keys": "false"} | settings
        for name, value in values.items():
            monkeypatch.setenv(f"CUTOUT_{name.upper()}", str(value))
        for module in ("cutout.lambdas.api", "cutout.telemetry"):
            sys.modules.pop(module, None)
        return importlib.import_module("cutout.lambdas.api")

    return start


def test_the_default_model_is_loaded_before_the_first_request(start):
    assert start().engine.is_ready()


@pytest.mark.parametrize("accept", ["*/*", "image/png", "text/html,image/avif,*/*;q=0.8", None])
def test_a_multipart_upload_comes_back_as_the_bytes_of_a_png(start, engine, photo, accept):
    event = gateway.upload(photo)
    event["headers"]["Accept"] = accept
    event["headers"] = {name: text for name, text in event["headers"].items() if text}

    answer = start().handler(event, CONTEXT)

    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is True
    png = base64.b64decode(answer["body"])
    assert png == engine.remove_background(photo, Options()).data


@pytest.mark.parametrize(
    ("path", "status"),
    [("/visitors/healthz", 200), ("/visitors", 404), ("/visitors/", 404), ("/visitorsx", 404)],
)
def test_the_path_that_cloudfront_puts_before_those_of_visitors_is_removed(start, path, status):
    answer = start().handler(gateway.event("GET", path), CONTEXT)

    assert answer["statusCode"] == status


def test_a_second_call_uses_the_same_session(start, photo):
    function = start()
    session = function.engine.prepare(Options())

    for _ in range(2):
        assert function.handler(gateway.upload(photo), CONTEXT)["statusCode"] == 200

    assert function.engine.prepare(Options()) is session


FRESH = """
import json, sys
from types import SimpleNamespace
from cutout.lambdas.api import handler
context = SimpleNamespace(**json.loads(sys.argv[1]))
for event in json.load(sys.stdin):
    handler(event, context)
"""


@pytest.fixture
def fresh(red_folder):
    """Return a function that runs code in a new process with Lambda's environment."""
    environment = os.environ | {
        "CUTOUT_MODEL": "red",
        "CUTOUT_MODELS": str(red_folder),
        "CUTOUT_ASK_FOR_KEYS": "false",
        "AWS_LAMBDA_FUNCTION_NAME": "api",
    }

    def fresh(code, *arguments, values=""):
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, input=values, env=environment, capture_output=True, text=True, check=True
        )

    return fresh


@pytest.fixture
def printed(fresh):
    """Return the log and metrics that a new process prints for events."""
    return lambda *events: fresh(FRESH, json.dumps(vars(CONTEXT)), values=json.dumps(events)).stdout


def test_the_init_phase_prints_nothing_and_loads_no_server(fresh):
    run = fresh("import sys, cutout.lambdas.api; print(*sys.modules, file=sys.stderr)")

    assert run.stdout == ""
    assert "cutout.lambdas.api" in run.stderr.split()
    assert {"uvicorn", "cutout.server", "cutout.serving", "cutout.models"}.isdisjoint(
        run.stderr.split()
    )


def test_metrics_tell_the_cold_start_the_stages_and_the_pixels(printed, photo):
    lines = map(json.loads, printed(gateway.upload(photo), gateway.upload(photo)).splitlines())

    cold, first, second = (line for line in lines if "_aws" in line)
    assert cold["ColdStart"] == [1.0]
    for line in (first, second):
        stages = ("Decode", "Predict", "Alpha", "Foreground", "Compose", "Encode")
        assert {f"{stage}Time" for stage in stages} <= set(line)
        assert line["Cutouts"] == [1.0]
        assert line["Pixels"] == [120.0 * 90]
        assert "ColdStart" not in line


def counted(log):
    """Return the metrics of requests without those of the cold start."""
    lines = [json.loads(line) for line in log.splitlines() if "_aws" in line]
    names = {"Requests", "Cutouts", "Failures", "Rejections"}
    counts = [{name: line[name] for name in names & line.keys()} for line in lines]
    return [count for count in counts if count]


@pytest.fixture
def broken_model(red_folder):
    path = red_folder / "broken.onnx"
    path.write_bytes(b"no network")
    yield
    path.unlink()


def test_metrics_count_requests_rejections_and_failures(printed, photo):
    log = printed(
        gateway.upload(photo),
        gateway.upload(b"words"),
        gateway.event("GET", "/nope"),
        gateway.event("GET", "/healthz"),
    )

    assert counted(log) == [
        {"Requests": [1.0], "Cutouts": [1.0]},
        {"Requests": [1.0], "Rejections": [1.0]},
        {"Requests": [1.0], "Rejections": [1.0]},
        {"Requests": [1.0]},
    ]


def test_a_server_error_is_counted_and_logged(printed, photo, broken_model):
    log = printed(gateway.upload(photo, model="broken"))

    assert counted(log) == [{"Requests": [1.0], "Failures": [1.0]}]
    (line,) = [json.loads(line) for line in log.splitlines() if "response failed" in line]
    assert (line["level"], line["status"]) == ("ERROR", 503)
    assert "unusable_model" in line["body"]


def test_a_bug_is_logged_with_its_traceback_and_answered_without(start, photo, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError("secret of the house")

    monkeypatch.setattr(Engine, "remove_background", broken)

    answer = start().handler(gateway.upload(photo), CONTEXT)

    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["errors"][0]["code"] == "internal_error"
    assert "secret" not in answer["body"]
    assert "secret of the house" in caplog.text
    assert "Traceback" in caplog.text


def test_a_route_for_callers_with_a_key_is_closed_unless_it_is_opened(start, photo):
    answer = start(ask_for_keys="").handler(gateway.upload(photo), CONTEXT)

    assert answer["statusCode"] == 403
    assert json.loads(answer["body"])["errors"][0]["code"] == "auth_failed"


def test_a_cutout_is_one_line_of_the_log_which_has_its_metrics_too(printed, photo):
    event = gateway.upload(photo)

    cold, *lines = map(json.loads, printed(event, event).splitlines())

    assert cold["ColdStart"] == [1.0]
    for line in lines:
        assert line["message"] == "cutout made"
        assert line["correlation_id"] == event["requestContext"]["requestId"]
        assert (line["model"], line["width"], line["Requests"]) == ("red", 120, [1.0])
    assert len(lines) == 2


def test_nothing_of_a_picture_is_logged(printed, photo):
    event = gateway.upload(photo)

    log = printed(event)

    assert "cutout made" in log
    assert "photo.jpg" not in log
    assert event["body"][:40] not in log


def test_a_bad_picture_is_answered_with_an_error(start):
    answer = start().handler(gateway.upload(b"words"), CONTEXT)

    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["errors"][0]["code"] == "invalid_file_type"


def test_a_result_that_lambda_cannot_carry_is_413(start, photo):
    function = start(max_result_bytes=100)

    answer = function.handler(gateway.upload(photo), CONTEXT)

    assert answer["statusCode"] == 413
    assert json.loads(answer["body"])["errors"][0]["code"] == "result_too_large"


def test_lambdas_own_limit_holds_without_any_setting(start):
    # 6 MB of JSON, whose base64 has four characters for three bytes
    assert 4_500_000 < start().settings.max_result_bytes < 6_291_556 * 3 / 4 - 10_000
    streamed = start(stream_responses="true").settings.max_result_bytes
    assert 149_000_000 < streamed < 200_000_000 * 3 / 4 - 10_000


def test_a_streamed_response_is_not_in_base64(start, engine, photo):
    answer = start(stream_responses="true").handler(gateway.upload(photo), CONTEXT)

    assert answer["body"] == engine.remove_background(photo, Options()).data
    assert answer.keys() == {"statusCode", "headers", "multiValueHeaders", "body"}


def test_a_server_error_is_logged_in_either_mode(start, photo, broken_model, caplog):
    event = gateway.upload(photo, model="broken")

    answers = [start(stream_responses=mode).handler(event, CONTEXT) for mode in ("true", "false")]

    assert [answer["statusCode"] for answer in answers] == [503, 503]
    first, second = (record for record in caplog.records if record.message == "response failed")
    assert first.body == second.body == answers[1]["body"]


@pytest.mark.parametrize("name", ["remove", "remove-url", "health"])
def test_the_event_files_are_what_tests_gateway_writes(name):
    assert json.loads((gateway.EVENTS / f"{name}.json").read_text()) == gateway.events()[name]


def test_the_health_event_is_answered(start):
    event = json.loads((gateway.EVENTS / "health.json").read_text())

    assert json.loads(start().handler(event, CONTEXT)["body"])["status"] == "ok"


def test_the_url_event_asks_for_one_public_picture(start, monkeypatch):
    event = json.loads((gateway.EVENTS / "remove-url.json").read_text())
    event["queryStringParameters"]["model"] = "red"
    event["multiValueQueryStringParameters"]["model"] = ["red"]
    asked = []

    def resolve(host, *args, **kwargs):
        asked.append(host)
        raise socket.gaierror("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    answer = start().handler(event, CONTEXT)

    assert json.loads(answer["body"])["errors"][0]["code"] == "invalid_image_url"
    assert asked == ["raw.githubusercontent.com"]
