"""The table of what files and requests give, printed by tools.cases."""

import socket

import pytest

from cutout.web.app import create_app
from tests.conftest import answering
from tests.web_ports import ports
from tools import cases


@pytest.fixture
def service(engine):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        with answering(create_app(ports(engine)), listener):
            yield cases.Service(f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_each_picture_address_and_raw_request_gives_rows(tmp_path, service, photo, plain):
    (tmp_path / "a.png").write_bytes(photo)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "plain.png").write_bytes(plain)
    (tmp_path / "nothing.http").write_bytes(
        b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    (tmp_path / "urls.txt").write_text("https://\n")
    (tmp_path / "README.md").write_text("left out")

    rows = list(cases.rows(tmp_path, service))

    cutout = "PNG 120 x 90, (0, 0, 0, 0) at (96, 60), subject 31 16 59 59"
    nothing = "unknown_foreground: nothing in the picture stands out from its background"
    no_host = "invalid_image_url: a URL has to name a host"
    assert rows == [
        ["a.png", "/api/remove", "200", cutout],
        ["a.png", "/v1.0/removebg", "200", cutout],
        ["a.png", "/v1.0/removebg size=full", "200", cutout],
        ["folder/plain.png", "/api/remove", "422", nothing],
        ["folder/plain.png", "/v1.0/removebg", "400", nothing],
        ["folder/plain.png", "/v1.0/removebg size=full", "400", nothing],
        ["nothing.http", "itself", "404", "not_found: Not Found"],
        ["urls.txt: https://", "/api/remove url", "400", no_host],
        ["urls.txt: https://", "/v1.0/removebg image_url", "400", no_host],
        ["urls.txt: https://", "/v1.0/uploads url", "404", "not_found: Not Found"],
        ["urls.txt: https://", "/v1.0/jobs image_url", "404", "not_found: Not Found"],
    ]
