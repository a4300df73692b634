"""The plain server, as `docker run` starts it."""

import os
import platform
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from cutout.options.record import Options
from tests.processes import ROOT, ended, started
from tools.time_limits import limit_s

pytestmark = pytest.mark.slow

SHELL = "/bin/sh"
GRACE_IS_OVER = "timeout graceful shutdown exceeded"  # which uvicorn says when it has waited
SCRIPT = ROOT / "function" / "entrypoint.sh"


@pytest.fixture
def environment(red_folder):
    return os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}


@pytest.fixture
def server(environment, tmp_path):
    with started("cutout.server", environment, tmp_path / "log") as (process, port):
        yield process, port


def test_the_server_gives_the_engines_result_without_an_api_key(server, engine, photo):
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    request = urllib.request.Request(
        f"http://127.0.0.1:{server[1]}/api/remove",
        data=form + photo + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    answer = urllib.request.urlopen(request)

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.read() == engine.remove_background(photo, Options()).data


def test_the_root_redirects_to_the_api_documentation(server):
    answer = urllib.request.urlopen(f"http://127.0.0.1:{server[1]}/")

    assert answer.url == f"http://127.0.0.1:{server[1]}/docs"


def test_the_server_binds_to_localhost_by_default(server):
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", server[1])) != 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_immediately(server, tmp_path, stop):
    process, port = server
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(100)
        process.send_signal(stop)

        assert process.wait(timeout=limit_s(10)) == 0

    log = (tmp_path / "log").read_text()
    assert GRACE_IS_OVER not in log
    assert "Traceback" not in log


def test_an_endless_upload_gets_an_error_and_does_not_block_the_shutdown(server, tmp_path):
    process, port = server
    with socket.create_connection(("127.0.0.1", port)) as upload:
        upload.sendall(
            b"POST /api/remove HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nExpect: 100-continue\r\n\r\n--x\r\n"
        )
        assert upload.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"  # the server reads
        process.send_signal(signal.SIGTERM)

        assert upload.recv(1000).startswith(b"HTTP/1.1 503 ")
        assert process.wait(timeout=limit_s(10)) == 0

    log = (tmp_path / "log").read_text()
    assert GRACE_IS_OVER in log
    assert "Traceback" not in log


def test_a_port_in_use_is_an_error_sentence(environment):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        run = ended("cutout.server", environment, "--port", port)

    assert run.returncode == 1
    assert f"port {port} is not available" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_invalid_setting_is_an_error_sentence(environment):
    run = ended("cutout.server", environment | {"CUTOUT_DEADLINE_S": "soon"}, "--port", "0")

    assert run.returncode == 1
    assert "CUTOUT_DEADLINE_S has to be a whole number" in run.stderr
    assert "Traceback" not in run.stderr


def entered(tmp_path, **environment):
    """Return the command that entrypoint.sh runs, with substitutes for the image's programs."""
    run = subprocess.run(
        [SHELL, SCRIPT, "cutout.lambdas.api.handler"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.stdout + run.stderr


def test_outside_lambda_the_image_runs_a_plain_server(tmp_path):
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)

    assert entered(tmp_path) == "-m cutout.server --host 0.0.0.0 --port 5000\n"


def test_on_lambda_the_image_runs_a_function(tmp_path):
    assert "/lambda-entrypoint.sh" in entered(tmp_path, AWS_LAMBDA_RUNTIME_API="127.0.0.1:9001")


def test_the_entry_point_script_is_executable():
    assert os.access(SCRIPT, os.X_OK)


MANY_THREADS = """
import ctypes, threading
from cutout.serving import share_arenas
share_arenas()
libc, everybody = ctypes.CDLL(None), threading.Barrier(20)
libc.malloc.restype = ctypes.c_void_p
def take():
    everybody.wait()
    libc.malloc(1000)
    everybody.wait()
threads = [threading.Thread(target=take) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="its C library has no arenas")
def test_forty_threads_use_the_memory_of_a_few():
    """Each malloc arena keeps a picture's memory, and forty threads process pictures in turn."""
    run = subprocess.run([sys.executable, "-c", MANY_THREADS], capture_output=True, check=True)

    assert 1 <= run.stderr.count(b"Arena ") <= 2
