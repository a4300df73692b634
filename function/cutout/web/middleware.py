"""What happens around every route: a name for the request, and bounds for its body."""

from http import HTTPStatus
from uuid import uuid4

from fastapi.exceptions import HTTPException
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutout.errors import CutoutError, FileTooLarge, InvalidParameter

from . import problems

DIGITS = 15
FORM_BYTES = 64 * 1024  # what a form may hold besides its pictures
UTF_8 = (b"", b"utf-8", b"utf8", b"us-ascii")


class RequestId:
    """X-Request-Id on every answer: API Gateway's where the request came by it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        context = scope.get("aws.event", {}).get("requestContext", {})
        name = context.get("requestId") or str(uuid4())
        # A bug's answer is made outside of all this, and is given its name there.
        scope.setdefault("state", {})["request_id"] = name

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        await self._app(scope, receive, named)


class BodyLimit:
    """Stops reading where a body grows too large, whether it said so before or not, and does not
    begin where it is in letters that only slow or rare codecs of Python's know."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        most = self._most(scope["path"], headers)
        sentence = f"the body has more than the {most:,} bytes allowed"
        error: CutoutError | None = None
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > DIGITS or int(declared) > most):
            error = FileTooLarge(sentence)
        elif _charset(headers) not in UTF_8:
            error = InvalidParameter("the body has to be in UTF-8")
        if error:
            return await problems.explain(error, scope["path"])(scope, receive, send)
        # FastAPI's reader of forms lets this kind through, and turns others into its own.
        too_large = HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        await self._app(scope, limited(receive, most, too_large), send)

    def _most(self, path: str, headers: Headers) -> int:
        """In base64 three bytes take four, and some more in lines or in the code of forms."""
        if problems.is_removebgs(path):
            return 2 * self._max_bytes + FORM_BYTES
        has_files = _parsed(headers)[0] == b"multipart/form-data"
        return self._max_bytes + FORM_BYTES if has_files else FORM_BYTES


def limited(receive: Receive, max_bytes: int, error: Exception) -> Receive:
    """The error is raised where a body goes on for longer."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > max_bytes:
            raise error
        return message

    return counted


def _charset(headers: Headers) -> bytes:
    return _parsed(headers)[1].get(b"charset", b"").lower()


def _parsed(headers: Headers) -> tuple[bytes, dict[bytes, bytes]]:
    return parse_options_header(headers.get("content-type", ""))
