"""`make serve`, started as a process."""

import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
import requests

from tests.conftest import opened
from tests.processes import ended, started
from tools.ports import free_port
from tools.time_limits import limit_s, wait_until

pytestmark = pytest.mark.aws  # `make serve` starts a local AWS


@pytest.fixture
def environment(red_folder):
    return os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}


def test_page_and_api_respond_and_ctrl_c_stops_them_without_a_traceback(environment, tmp_path):
    log = tmp_path / "log"

    with started("tools.serve", environment, log) as (process, port):
        page, health, docs = (
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}").read()
            for path in ("", "healthz", "docs")
        )
        process.send_signal(signal.SIGINT)
        process.wait(timeout=limit_s(10))

    assert b"<h1>Cutout</h1>" in page
    assert b'"ok"' in health
    assert b"POST /v1.0/removebg" in docs
    assert "Traceback" not in log.read_text()
    assert "cannot be polled" not in log.read_text()


def test_a_browser_uploads_through_the_bucket(environment, tmp_path, photo):
    # The port is chosen here, since the bucket has to allow the page's origin.
    with started("tools.serve", environment, tmp_path / "log", free_port()) as (_, port):
        api, origin = f"http://127.0.0.1:{port}/v1.0", {"Origin": f"http://localhost:{port}"}
        made = requests.post(f"{api}/uploads", {"type": "image/png", "bytes": len(photo)})
        ticket = made.json()["data"]
        asked = requests.options(
            ticket["url"], headers=origin | {"Access-Control-Request-Method": "POST"}
        )
        stranger = requests.options(
            ticket["url"],
            headers={"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"},
        )
        files = {"file": ("photo.png", photo, "image/png")}
        up = requests.post(ticket["url"], ticket["fields"], files=files, headers=origin)
        wanted = {"upload_id": ticket["upload_id"], "size": "full"}
        cut = requests.post(f"{api}/removebg", json=wanted, headers=origin)

        assert asked.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        assert "Access-Control-Allow-Origin" not in stranger.headers
        assert up.status_code == 204
        assert [step.status_code for step in cut.history] == [303]
        assert opened(cut.content).size == (120, 90)
        assert requests.delete(f"{api}/uploads/{ticket['upload_id']}").status_code == 204


def test_a_job_has_the_result_of_a_direct_call(environment, tmp_path, photo):
    with started("tools.serve", environment, tmp_path / "log") as (_, port):
        origin = f"http://127.0.0.1:{port}"
        made = requests.post(f"{origin}/v1.0/jobs", files={"image_file": photo})
        url = origin + made.headers["Location"]

        def ended():
            job = requests.get(url).json()["data"]
            return None if job["status"] in ("queued", "running") else job

        job = wait_until(ended, "the job's end")
        direct = requests.post(f"{origin}/v1.0/removebg", files={"image_file": photo})

        assert job["status"] == "done"
        assert requests.get(job["result_url"]).content == direct.content


def test_the_local_aws_ends_when_make_serve_is_killed(environment, tmp_path):
    with started("tools.serve", environment, tmp_path / "log") as (process, _):
        child = emulator(process.pid)

    wait_until(lambda: not Path(f"/proc/{child}").exists(), "the local AWS to end")


def test_without_the_local_aws_the_server_is_running_but_not_ready(environment, tmp_path):
    with started("tools.serve", environment, tmp_path / "log") as (process, port):
        origin = f"http://127.0.0.1:{port}"
        ready = requests.get(f"{origin}/readyz")
        child = emulator(process.pid)
        os.kill(int(child), signal.SIGKILL)

        def is_unready():
            answer = requests.get(f"{origin}/readyz")
            return None if answer.status_code == 200 else (answer,)  # a 503 counts as false

        (unready,) = wait_until(is_unready, "the server to notice")

        assert ready.status_code == 200
        assert unready.status_code == 503
        assert unready.json()["errors"][0]["code"] == "unavailable"
        assert requests.get(f"{origin}/healthz").status_code == 200


@pytest.mark.aws
def test_a_configured_emulator_is_used_and_left_running(environment, aws, tmp_path, photo):
    named = environment | {"AWS_ENDPOINT_URL": aws.url}
    with started("tools.serve", named, tmp_path / "log") as (process, port):
        made = requests.post(f"http://127.0.0.1:{port}/v1.0/jobs", files={"image_file": photo})
        process.send_signal(signal.SIGINT)
        process.wait()

    assert made.status_code == 202
    stacks = aws.client("cloudformation").describe_stacks(StackName="cutout")["Stacks"]
    assert [stack["StackStatus"] for stack in stacks] == ["CREATE_COMPLETE"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("LOCALSTACK_HOST", "127.0.0.1:9"),
        ("LOCALSTACK_HOST", "localhost:abc"),
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_ENDPOINT_URL", "http://localhost:abc"),
    ],
)
def test_an_unreachable_configured_emulator_is_an_error_sentence(environment, name, address):
    run = ended("tools.serve", environment | {name: address}, "--port", "0")

    assert run.returncode == 1
    assert run.stderr.startswith(f"make serve: there is no local AWS at {address}, which ")
    assert run.stderr.count("\n") == 1


def emulator(pid):
    """Return the process number of the local AWS that `make serve` has started beside workers."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    if not found.exists():
        pytest.skip("this system has no list of child processes")
    children = found.read_text().split()
    (child,) = (n for n in children if b"workers" not in Path(f"/proc/{n}/cmdline").read_bytes())
    return child


def test_the_error_for_a_port_in_use_names_another_one(environment):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = ended("tools.serve", environment, "--port", str(port))

    assert run.returncode == 1
    assert f"port {port} is not available" in run.stderr
    assert "try `make serve PORT=5001`" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_missing_model_is_an_error_sentence(environment):
    run = ended("tools.serve", environment | {"CUTOUT_MODEL": "blue"}, "--port", "0")

    assert run.returncode == 1
    assert run.stderr.startswith("make serve: there is no model 'blue'")
