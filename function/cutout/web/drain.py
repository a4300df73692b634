"""Reads what is left of a body after an early response, so that its client receives that.

A client sends its whole body before it reads the response. If the server closes the connection
before that, as it does for a client that asked for it (urllib, Ruby's Net::HTTP and Node before 19
do), TCP's reset makes the client report a broken connection in place of the response.
"""

from anyio import move_on_after
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 30.0  # 30 MB at 10 Mbit/s take 24 s


class Drain:
    """Keeps a connection open until the body has come, or for some seconds after the response."""

    def __init__(self, app: ASGIApp, seconds: float = SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        has_more = _has_body(Headers(scope=scope))

        async def watched_receive() -> Message:
            nonlocal has_more
            message = await receive()
            has_more = has_more and message.get("more_body", False)
            return message

        async def send_and_drain(message: Message) -> None:
            is_end = message["type"] == "http.response.body" and not message.get("more_body", False)
            if is_end and has_more:
                await send({**message, "more_body": True})  # the end of it closes the connection
                with move_on_after(self._seconds):
                    while has_more:
                        await watched_receive()
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, watched_receive, send_and_drain)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
