"""The plain server, as `docker run` starts it."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from PIL import Image

from cutout.options.record import Options
from tests.conftest import encoded
from tests.processes import ROOT, ended, started
from tools.time_limits import limit_s, wait_until

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


def multipart(photo):
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    return form + photo + b"\r\n--x--\r\n"


def test_the_server_gives_the_engines_result_without_an_api_key(server, engine, photo):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server[1]}/api/remove",
        data=multipart(photo),
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


@pytest.mark.parametrize(("path", "status"), [("/api/remove", 413), ("/healthz", 405)])
def test_a_client_that_wants_the_connection_closed_reads_why_its_upload_is_refused(
    server, path, status
):
    # urllib asks for that, and reads nothing before it has sent its body.
    request = urllib.request.Request(
        f"http://127.0.0.1:{server[1]}{path}",
        data=multipart(bytes(30_000_000)),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    assert refused.value.status == status
    assert b"errors" in refused.value.read()


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


def exchanged(port, *chunks):
    """Send bytes, wait for the server to close the connection, and return what it sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=limit_s(20)) as connection:
        for chunk in chunks:
            connection.sendall(chunk)
        return b"".join(iter(lambda: connection.recv(65536), b""))


CHUNKED = b"POST /api/remove HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",  # TLS to a port without it
    b"GET /healthz HTTP/1.1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX a: b\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    CHUNKED + b"ZZ\r\nabc\r\n",
    CHUNKED + b"3\r\nabcZZZZ\r\n",
]


def test_bytes_that_are_no_http_get_400_in_the_shape_of_all_errors(server, tmp_path):
    for request in NO_HTTP:
        head, body = exchanged(server[1], request).split(b"\r\n\r\n", 1)

        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"content-type: application/json" in head
        assert json.loads(body)["errors"][0]["code"] == "malformed_request"
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_bytes_that_are_no_http_after_a_response_close_the_connection(server, tmp_path):
    refused = b"POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server[1]), timeout=limit_s(20)) as connection:
        connection.sendall(refused)
        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        connection.sendall(b"ZZ\r\nabc\r\n")
        rest = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b"HTTP/1.1" not in rest
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_head_request_gets_headers_alone(server):
    request = b"HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    head, body = exchanged(server[1], request).split(b"\r\n\r\n", 1)

    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: " in head
    assert body == b""


def test_requests_whose_clients_have_gone_are_not_worked_through(environment, tmp_path):
    noise = encoded(Image.effect_noise((2000, 2000), 90), "PNG")
    body = multipart(noise)
    request = (
        b"POST /api/remove HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body
    log = tmp_path / "log"

    with started("cutout.server", environment | {"CUTOUT_THREADS": "1"}, log) as (_, port):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request)
        wait_until(lambda: log.read_text().count(" 499") == 5, "all requests are abandoned")
        last = exchanged(port, request)

    assert last.startswith(b"HTTP/1.1 ")
    assert " 200 OK" not in log.read_text().split(" 499")[0]
    assert "Traceback" not in log.read_text()


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


@pytest.mark.parametrize("user", [0, 1000])
def test_outside_lambda_the_image_runs_a_plain_server_without_the_rights_of_root(tmp_path, user):
    for name, line in {"python3": 'echo "$@"', "id": f"echo {user}"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)

    command = entered(tmp_path)

    assert command.endswith("-m cutout.server --host 0.0.0.0 --port 5000\n")
    assert ("os.setuid(993)" in command) is (user == 0)


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


HIDDEN = """
import ctypes
from cutout.serving import hide_from_workers
PR_GET_DUMPABLE = 3
before = ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)
hide_from_workers()
print(before, ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_process_of_its_user_may_read_the_servers_memory():
    """By proc(5) and ptrace(2), for a process that is not dumpable."""
    run = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, check=True)

    assert run.stdout.split() == [b"1", b"0"]
