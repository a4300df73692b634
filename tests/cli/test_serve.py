"""`cutout serve`. tests/test_server.py has the server itself."""

import socket
import sys

import pytest

from cutout.cli import serve
from cutout.cli.commands import BY_NAME
from tests.processes import started

pytestmark = pytest.mark.slow


def test_it_serves_the_api_and_says_where_the_page_is(place, monkeypatch):
    import os
    import urllib.request

    log = place / "log"
    with started("cutout", os.environ, log, arguments=["serve"]) as (_, port):
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").status == 200

    assert log.read_text().startswith(serve.NO_PAGE)


def test_a_port_that_is_taken_is_one_sentence(place, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code = serve.start(serve.parser().parse_args(["--port", port]), "cutout serve")

    assert code == 1
    assert "try `cutout serve --port 5001`" in capsys.readouterr().err


def test_without_its_extra_the_error_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    assert serve.start(BY_NAME["s"].parser().parse_args([]), "cutout serve") == 1
    assert "install cutout-bg[server]" in capsys.readouterr().err
