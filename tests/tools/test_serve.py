"""make serve, as a person starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(red_folder):
    return os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}


def command(port):
    return [sys.executable, "-m", "tools.serve", "--port", str(port)]


@contextmanager
def ended(process):
    """Whatever goes wrong, the process does not stay."""
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_page_and_api_answer_on_this_machine_alone_and_ctrl_c_ends_it(environment, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    log = (tmp_path / "log").open("w")
    server = subprocess.Popen(command(port), cwd=ROOT, env=environment, stdout=log, stderr=log)
    with log, ended(server):
        deadline = time.monotonic() + 30
        while f"http://localhost:{port}" not in (tmp_path / "log").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        pages = [
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}").read()
            for path in ("", "healthz", "docs")
        ]
        server.send_signal(signal.SIGINT)
        server.wait(timeout=10)

    assert b"<h1>Cutout</h1>" in pages[0]
    assert b'"ok"' in pages[1]
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_taken_port_is_a_sentence(environment):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = subprocess.run(
            command(port), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    assert run.returncode == 1
    assert f"port {port} cannot be had" in run.stderr
    assert "Traceback" not in run.stderr


def test_no_network_there_is_a_sentence(environment):
    run = subprocess.run(
        command(0), cwd=ROOT, env=environment | {"CUTOUT_MODEL": "blue"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 1
    assert run.stderr.startswith("make serve: there is no model 'blue'")
