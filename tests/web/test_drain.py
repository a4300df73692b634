"""Responses to clients that are still sending their body."""

import asyncio

import pytest
from starlette.responses import Response

from cutout.web.drain import Drain

WITH_A_BODY = [(b"content-length", b"9")]
CHUNKED = [(b"transfer-encoding", b"chunked")]
LAST = {"type": "http.request", "body": b"c"}
BODY = [LAST | {"more_body": True}, LAST | {"more_body": True}, LAST]
GONE = {"type": "http.disconnect"}


def exchange(app, incoming, headers=WITH_A_BODY, seconds=60):
    """Return the messages of the response, and how many of a body it has left unread."""

    async def run():
        queue, sent = asyncio.Queue(), []
        for message in incoming:
            queue.put_nowait(message)

        async def send(message):
            sent.append(message)

        await Drain(app, seconds)({"type": "http", "headers": headers}, queue.get, send)
        return sent, queue.qsize()

    return asyncio.run(run())


async def read_all(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await Response(b"late")(scope, receive, send)


async def read_one(scope, receive, send):
    await receive()
    await Response(b"early")(scope, receive, send)


@pytest.mark.parametrize("app", [Response(b"early"), read_one])
@pytest.mark.parametrize("headers", [WITH_A_BODY, CHUNKED])
def test_an_early_response_is_sent_whole_before_the_rest_of_the_body_is_read(app, headers):
    sent, unread = exchange(app, BODY, headers)

    assert [message.get("body") for message in sent] == [None, b"early", None]
    assert [message.get("more_body", False) for message in sent] == [False, True, False]
    assert unread == 0


@pytest.mark.parametrize("incoming", [[BODY[0], GONE], [GONE]])
def test_a_client_that_goes_ends_the_wait(incoming):
    sent, _ = exchange(Response(b"early"), incoming)

    assert len(sent) == 3


def test_a_client_that_stops_sending_is_waited_for_some_time_only():
    sent, _ = exchange(Response(b"early"), BODY[:2], seconds=0.01)

    assert len(sent) == 3


def test_nothing_is_awaited_where_the_body_has_been_read():
    sent, unread = exchange(read_all, [*BODY, GONE])

    assert len(sent) == 2
    assert unread == 1


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")]])
def test_nothing_is_awaited_of_a_request_without_a_body(headers):
    sent, _ = exchange(Response(b"early"), [], headers)

    assert len(sent) == 2
