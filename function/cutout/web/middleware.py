"""Middleware around all routes: an id for each request, and rules for its headers and body."""

from http import HTTPStatus
from uuid import uuid4

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutout.errors import CutoutError, FileTooLarge, InvalidParameter, MalformedRequest

from . import problems

DIGITS = 15
FORM_BYTES = 64 * 1024  # of a form besides its pictures
# Of two values, a proxy might have read the other one.
ONCE = (
    "content-type", "content-length", "x-api-key", "idempotency-key", "x-cutout-model-version",
    "x-cutout-strict",
)  # fmt: skip
UTF_8_NAMES = (b"", b"utf-8", b"utf8", b"us-ascii")

EXPECTATION_FAILED = problems.problem(
    HTTPStatus.EXPECTATION_FAILED,
    "Expectation failed",
    "expectation_failed",
    "the header Expect can be 100-continue only",
)
# Other values, as utf-8, are mistakes of clients whose bodies are plain.
COMPRESSIONS = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"}
UNSUPPORTED_CODING = problems.problem(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "Content coding not supported",
    "unsupported_content_coding",
    "a body cannot be compressed; send it without Content-Encoding",
)
UNSUPPORTED_CODING.headers["Accept-Encoding"] = "identity"  # RFC 9110, section 15.5.16


class RequestId:
    """Adds two headers to every response: X-Request-Id, which is API Gateway's id where the request
    came through it, and X-Content-Type-Options."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        context = scope.get("aws.event", {}).get("requestContext", {})
        request_id = context.get("requestId") or str(uuid4())
        # The response to a bug is made outside of this middleware, which reads the id here.
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.update(problems.NO_SNIFF)
            await send(message)

        await self._app(scope, receive, send_with_id)


class HeaderCheck:
    """Refuses a header that came with two values, an Expect that this service cannot meet, and a
    compressed body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        for name in ONCE:
            if len(set(headers.getlist(name))) > 1:
                error = MalformedRequest(f"the header {name} came with two values")
                return await problems.explain(error, scope["path"])(scope, receive, send)
        if any(value.lower() != "100-continue" for value in headers.getlist("expect")):
            return await EXPECTATION_FAILED(scope, receive, send)
        if COMPRESSIONS.intersection(_listed(headers, "content-encoding")):
            return await UNSUPPORTED_CODING(scope, receive, send)
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies that are too large, by Content-Length or as they are read, and bodies that are
    not in UTF-8, since some of Python's codecs are slow."""

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
        elif _charset(headers) not in UTF_8_NAMES:
            error = InvalidParameter("the body has to be in UTF-8")
        if error:
            return await problems.explain(error, scope["path"])(scope, receive, send)
        too_large = HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        await self._app(scope, limited(receive, most, too_large), send)

    def _most(self, path: str, headers: Headers) -> int:
        """In base64 three bytes take four; line breaks and escapes of forms add to that."""
        if problems.is_removebg(path):
            return 2 * self._max_bytes + FORM_BYTES
        has_files = _parsed(headers)[0] == b"multipart/form-data"
        return self._max_bytes + FORM_BYTES if has_files else FORM_BYTES


def limited(receive: Receive, max_bytes: int, error: Exception) -> Receive:
    """Return a receive() that raises the error once a body has more than max_bytes."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > max_bytes:
            raise error
        return message

    return counted


def _listed(headers: Headers, name: str) -> list[str]:
    """Return the values of a header that is a list, in lower case."""
    return [part.strip().lower() for part in ",".join(headers.getlist(name)).split(",")]


def _charset(headers: Headers) -> bytes:
    return _parsed(headers)[1].get(b"charset", b"").lower()


def _parsed(headers: Headers) -> tuple[bytes, dict[bytes, bytes]]:
    return parse_options_header(headers.get("content-type", ""))
