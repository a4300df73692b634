"""Logs that clients can neither flood nor write to."""

import asyncio
import logging

import pytest

from cutout.connections.logs import FloodFilter, log_request
from cutout.serving import Served


@pytest.fixture
def logger():
    logger = logging.Logger("test")
    logger.lines = []
    handler = logging.Handler()
    handler.emit = lambda record: logger.lines.append(record.getMessage())
    logger.addHandler(handler)
    return logger


def test_of_warnings_from_one_place_some_are_logged_in_a_while(logger):
    logger.handlers[0].addFilter(FloodFilter(most=3, per_s=1000))
    for number in range(100):
        logger.warning("warning %d", number)
        logger.info("info %d", number)
    logger.warning("another")

    warnings = [line for line in logger.lines if not line.startswith("info")]
    assert warnings == ["warning 0", "warning 1", "warning 2", "another"]
    assert len(logger.lines) == 104


def test_the_next_warning_tells_how_many_were_not_logged(logger, clock):
    logger.handlers[0].addFilter(FloodFilter(most=3, per_s=60, clock=clock))
    for number in range(12):
        clock.now += 60 * (number == 10)
        logger.warning("warning %d", number)

    assert logger.lines[3:] == ["warning 10 (7 more were not logged)", "warning 11"]


def line_of(caplog, path, query=b""):
    scope = {"client": ("192.0.2.1", 5), "method": "GET", "path": path, "http_version": "1.1",
             "query_string": query}  # fmt: skip
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        log_request(scope, 200)
    return caplog.messages[-1]


def test_a_line_of_a_request_has_the_path_and_not_the_query(caplog):
    line = line_of(caplog, "/api/remove", b"url=https://a.example/b?X-Amz-Signature=c")

    assert line == '192.0.2.1:5 - "GET /api/remove HTTP/1.1" 200'


def test_a_path_writes_no_line_and_no_control_character(caplog):
    assert "\n" not in line_of(caplog, "/a\nb")
    assert "\x1b" not in line_of(caplog, "/a\x1b[2Jb")


def test_a_long_path_is_cut(caplog):
    assert len(line_of(caplog, "/" + 16_000 * "\x1b")) < 300


def test_each_request_has_one_line(caplog):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 499, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(message=None):
        pass

    scope = {"client": None, "method": "GET", "path": "/", "http_version": "1.1"}
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        asyncio.run(Served(app)(scope, nothing, nothing))

    assert caplog.messages == [':0 - "GET / HTTP/1.1" 499']
