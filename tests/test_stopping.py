"""The plain server and pictures that do not end by themselves."""

import json
import os
import shutil
import signal
import threading
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests import networks
from tests.processes import started
from tools.time_limits import limit_s, wait_until

pytestmark = pytest.mark.slow
PROC = Path("/proc")
FIELDS = (
    b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\n%b\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%b\r\n--x--\r\n'
)


@pytest.fixture(scope="module")
def environment(red_folder, tmp_path_factory):
    """The settings of a server with one slot, and the network `endless` besides the usual one."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copy(red_folder / "red.onnx", folder)
    networks.network(folder / "endless.onnx", networks.endless())
    settings = {"MODEL": "red", "MODELS": str(folder), "THREADS": "1"}
    return os.environ | {f"CUTOUT_{name}": value for name, value in settings.items()}


@pytest.fixture(scope="module")
def port(environment, tmp_path_factory):
    """The port of a server, whose log has no traceback in the end."""
    log = tmp_path_factory.mktemp("server") / "log"
    deadline_s = str(round(limit_s(2)) + 1)
    with started("cutout.server", environment | {"CUTOUT_DEADLINE_S": deadline_s}, log) as server:
        yield server[1]
    assert "Traceback" not in log.read_text()


def request(port, photo, model):
    return urllib.request.Request(
        f"http://127.0.0.1:{port}/api/remove",
        data=FIELDS % (model.encode(), photo),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )


def answer(port, photo, model="red"):
    """Return the status and the body of a response, or the connection's error."""
    try:
        with urllib.request.urlopen(request(port, photo, model), timeout=limit_s(20)) as response:
            return response.status, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError as error:
        return error, b""


def abandon(port, photo):
    """Send a picture that takes forever, and hang up before its response."""
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(request(port, photo, "endless"), timeout=0.5)


def stat(number):
    """Return the fields of /proc/NUMBER/stat from the state on, which is Z if it has gone."""
    try:
        return (PROC / str(number) / "stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["Z", "0"]


def workers_of(server):
    numbers = [folder.name for folder in PROC.glob("[0-9]*")]
    return [number for number in numbers if stat(number)[1] == str(server.pid)]


def processor_ticks(number):
    return int(stat(number)[11])


def test_a_picture_without_end_whose_client_has_gone_does_not_hold_up_the_next_call(port, photo):
    for _ in range(2):
        abandon(port, photo)

    assert answer(port, photo)[0] == 200


def test_a_picture_without_end_is_a_timeout_and_does_not_hold_up_the_next_call(port, photo):
    status, body = answer(port, photo, "endless")

    assert (status, json.loads(body)["errors"][0]["code"]) == (504, "timeout")
    assert answer(port, photo)[0] == 200


def test_a_second_ctrl_c_stops_the_server_without_a_traceback(environment, photo, tmp_path):
    with started("cutout.server", environment, tmp_path / "log") as (server, port):
        stuck = threading.Thread(target=answer, args=(port, photo, "endless"))
        stuck.start()
        time.sleep(0.5)  # for the picture to be in work; the server waits for it

        server.send_signal(signal.SIGINT)
        wait_until(lambda: "Waiting for" in (tmp_path / "log").read_text(), "the first Ctrl-C")
        server.send_signal(signal.SIGINT)

        assert server.wait(limit_s(10)) == 0
        stuck.join()

    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.skipif(not PROC.exists(), reason="this system does not list its processes in /proc")
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_the_server(environment, photo, tmp_path, stop):
    with started("cutout.server", environment, tmp_path / "log") as (server, port):
        (worker,) = workers_of(server)
        before = processor_ticks(worker)
        stuck = threading.Thread(target=answer, args=(port, photo, "endless"))
        stuck.start()
        wait_until(lambda: processor_ticks(worker) > before + 20, "the picture", seconds=5)

        server.send_signal(stop)
        server.wait(limit_s(10))

        wait_until(lambda: stat(worker)[0] == "Z", "the worker's end", seconds=5)
        stuck.join()

    assert "Traceback" not in (tmp_path / "log").read_text()
