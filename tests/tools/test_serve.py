"""make serve, as a person starts it."""

import os
import signal
import socket
import urllib.request

import pytest

from tests.processes import ended, started


@pytest.fixture
def environment(red_folder):
    return os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}


def test_page_and_api_answer_on_this_machine_alone_and_ctrl_c_ends_it(environment, tmp_path):
    log = tmp_path / "log"

    with started("tools.serve", environment, log) as (process, port):
        page, health, docs = (
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}").read()
            for path in ("", "healthz", "docs")
        )
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)

    assert b"<h1>Cutout</h1>" in page
    assert b'"ok"' in health
    assert b"openapi.json" in docs
    assert "Traceback" not in log.read_text()


def test_a_taken_port_is_a_sentence_with_the_way_out(environment):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = ended("tools.serve", environment, "--port", str(port))

    assert run.returncode == 1
    assert f"port {port} cannot be had" in run.stderr
    assert "try `make serve PORT=5001`" in run.stderr
    assert "Traceback" not in run.stderr


def test_no_network_there_is_a_sentence(environment):
    run = ended("tools.serve", environment | {"CUTOUT_MODEL": "blue"}, "--port", "0")

    assert run.returncode == 1
    assert run.stderr.startswith("make serve: there is no model 'blue'")
