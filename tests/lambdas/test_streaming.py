"""ApiFunction as a runtime of its own, whose responses API Gateway streams."""

import base64
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import requests
from mangum.types import LambdaConfig
from PIL import Image

from cutout.config import LAMBDA_RESULT_BYTES
from cutout.lambdas import streaming
from cutout.options.record import Options
from tests.conftest import encoded, served
from tests.networks import endless, network
from tests.streaming_api import Invocation, RuntimeApi, gateway
from tools.gateway import event
from tools.time_limits import limit_s

CONFIG = LambdaConfig(api_gateway_base_path="/", text_mime_types=[], exclude_headers=[])
HEADERS = {"content-type": "text/plain", "x-width": "1"}


def answer(body=b"picture", **changes):
    return {"statusCode": 200, "headers": HEADERS, "multiValueHeaders": {}, "body": body} | changes


@pytest.fixture
def lambda_api(monkeypatch):
    with served(RuntimeApi()) as api:
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", api.address)
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "api")
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "")
        yield api


@contextmanager
def serving(lambda_api, handler):
    """Serve in a thread of this process, until the API has no more events."""
    ended = []

    def run():
        try:
            streaming.serve(handler)
        except RuntimeError as error:
            ended.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    yield
    lambda_api.end()
    thread.join(limit_s(10))
    assert ended == ["Lambda has no event: 403 {'errorType': 'Ended'}"]


def test_a_response_is_streamed_as_api_gateway_reads_it(lambda_api):
    body = bytes(range(256)) * 3000
    with serving(lambda_api, lambda event, context: answer(body)):
        stream = lambda_api.invoke({})

    assert stream.parts == (
        {"statusCode": 200, "headers": HEADERS, "multiValueHeaders": {}},
        body,
    )
    sent = {name.lower(): text for name, text in stream.headers.items()}
    assert sent["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert sent["lambda-runtime-function-response-mode"] == "streaming"
    assert sent["lambda-runtime-invocation-id"] == "third-try"
    assert max(map(len, stream.chunks)) <= streaming.CHUNK_BYTES


def test_a_response_without_a_body_ends_after_its_headers(lambda_api):
    with serving(lambda_api, lambda event, context: answer(b"", statusCode=204)):
        head, body = lambda_api.invoke({}).parts

    assert (head["statusCode"], body) == (204, b"")


def test_an_empty_body_has_a_length_and_headers_may_be_repeated():
    headers = [[b"set-cookie", b"a"], [b"set-cookie", b"b"], [b"X-Type", b"other"]]
    adapter = streaming.RawBody(event("GET", "/"), None, CONFIG)

    response = adapter({"status": 204, "headers": headers, "body": b""})

    assert response["headers"] == {"x-type": "other", "content-length": "0"}
    assert response["multiValueHeaders"] == {"set-cookie": ["a", "b"]}


def test_a_handler_gets_the_event_and_who_is_called(lambda_api):
    got = []

    def handler(event, context):
        got.append((event, context, os.environ["_X_AMZN_TRACE_ID"]))
        return answer()

    with serving(lambda_api, handler):
        lambda_api.invoke({"path": "/healthz"})

    ((event, context, trace_id),) = got
    assert event == {"path": "/healthz"}
    assert context.invoked_function_arn == "arn:aws:lambda:::function:api"
    assert (context.function_name, context.memory_limit_in_mb) == ("api", 1769)
    assert trace_id == f"Root={context.aws_request_id}"


def test_after_a_client_that_hung_up_the_next_is_served(lambda_api, caplog):
    with serving(lambda_api, lambda event, context: answer(bytes(50_000_000))):
        assert lambda_api.invoke({}, hangs_up=True) is None
        assert len(lambda_api.invoke({}).parts[1]) == 50_000_000

    assert "did not take the whole response" in caplog.text


def test_a_bug_ends_the_process(lambda_api):
    def handler(event, context):
        raise ZeroDivisionError

    lambda_api.waiting.put(Invocation({}))
    with pytest.raises(ZeroDivisionError):
        streaming.serve(handler)


@pytest.mark.slow
def test_a_handler_that_hangs_ends_the_process_and_is_logged(lambda_api):
    code = "import time; from cutout.lambdas.streaming import serve; serve({}, 0.5)"
    lambda_api.waiting.put(Invocation({}))

    hung = [sys.executable, "-c", code.format("lambda event, context: time.sleep(60)")]
    ended = subprocess.run(hung, capture_output=True, text=True, timeout=limit_s(30))

    assert ended.returncode == 1
    assert "Timeout (0:00:00.500000)!" in ended.stderr
    assert "streaming.py" in ended.stderr


@pytest.mark.slow
def test_a_response_may_be_streamed_for_longer_than_it_may_be_awaited(lambda_api):
    code = "from cutout.lambdas.streaming import serve; serve({}, 0.5)"
    answer = 'lambda *_: {"statusCode": 200, "body": bytes(10**7)}'
    command = [sys.executable, "-c", code.format(answer)]

    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        stream = lambda_api.invoke({}, reads_after_s=1)
        lambda_api.end()
        process.communicate()

    assert len(stream.parts[1]) == 10**7


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def api(lambda_api, red_folder, log):
    """The address of the API, with the function in a process of its own, as in the image."""
    settings = {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder), "CUTOUT_THREADS": "1",
                "CUTOUT_ASK_FOR_KEYS": "false", "CUTOUT_STREAM_RESPONSES": "true"}  # fmt: skip
    command = [sys.executable, "-u", "-m", "cutout.lambdas.api"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=os.environ | settings, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            with gateway(lambda_api) as address:
                yield address
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def large():
    """A JPEG whose cutout is larger than a response in one piece: noise on its red square."""
    scene = np.random.default_rng(0).integers(0, 100, (2400, 2400, 3), np.uint8)
    scene[..., 0] = 0
    scene[200:-200, 200:-200, 0] = 250
    return encoded(Image.fromarray(scene), "JPEG", quality=60)


@pytest.mark.slow
def test_a_result_over_lambdas_limit_is_in_the_response_with_all_headers(api, engine, large):
    sent = {"files": {"image_file": large}, "data": {"size": "full", "type": "product"}}

    picture = requests.post(f"{api}/v1.0/removebg", **sent, timeout=limit_s(60))
    text = requests.post(
        f"{api}/v1.0/removebg", **sent, headers={"Accept": "application/json"}, timeout=limit_s(60)
    )

    expected = engine.remove_background(large, Options()).data
    assert len(expected) > LAMBDA_RESULT_BYTES
    assert (picture.status_code, picture.history) == (200, [])
    assert picture.content == expected
    assert base64.b64decode(text.json()["data"]["result_b64"]) == expected
    for response in (picture, text):
        assert response.headers["X-Width"] == response.headers["X-Height"] == "2400"
        assert response.headers["X-Credits-Charged"] == "0"
        assert response.headers["X-Type"] == "product"
        assert int(response.headers["X-Foreground-Left"]) == pytest.approx(200, abs=100)
        assert int(response.headers["Content-Length"]) == len(response.content)


@pytest.mark.slow
def test_other_responses_come_as_they_do_in_one_piece_and_each_is_logged_once(api, photo, log):
    assert requests.get(f"{api}/healthz", timeout=limit_s(60)).json()["status"] == "ok"
    refused = requests.post(f"{api}/api/remove", files={"file": b"words"}, timeout=limit_s(60))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "invalid_file_type")
    assert requests.get(f"{api}/nowhere", timeout=limit_s(60)).status_code == 404
    requests.post(f"{api}/api/remove", files={"file": photo}, timeout=limit_s(60))

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["message"] for line in lines if "message" in line] == ["cutout made"]
    assert sum(line.get("Requests", [0])[0] for line in lines) == 4
    assert [line["ColdStart"] for line in lines if "ColdStart" in line] == [[1.0]]


@pytest.mark.slow
def test_a_picture_without_end_is_a_timeout_and_then_the_process_ends(lambda_api, photo, tmp_path):
    network(tmp_path / "endless.onnx", endless())
    settings = {"CUTOUT_MODEL": "endless", "CUTOUT_MODELS": str(tmp_path),
                "CUTOUT_ASK_FOR_KEYS": "false", "CUTOUT_STREAM_RESPONSES": "true",
                "CUTOUT_DEADLINE_S": "2"}  # fmt: skip
    command = [sys.executable, "-u", "-m", "cutout.lambdas.api"]

    with subprocess.Popen(
        command, env=os.environ | settings, stdout=subprocess.PIPE, text=True
    ) as process, gateway(lambda_api) as address:  # fmt: skip
        response = requests.post(
            f"{address}/api/remove", files={"file": photo}, timeout=limit_s(60)
        )
        log = process.communicate(timeout=limit_s(20))[0]

    assert (response.status_code, response.json()["errors"][0]["code"]) == (504, "timeout")
    assert process.returncode == 1
    assert "a picture is still running past its deadline" in log
