"""Send one HTTP request and read its whole response, within time and size limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from errno import EHOSTUNREACH, ENETUNREACH
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from socket import gaierror
from ssl import SSLCertVerificationError
from time import monotonic
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler
from urllib.request import Request as UrlRequest
from uuid import uuid4

from cutout.loopback import is_loopback
from cutout.version import VERSION

SILENCE_S = 60  # the longest wait for the next byte, in either direction
WHOLE_S = 600  # the longest time from the first byte of a response to its last
BLOCK_BYTES = 64 * 1024
MOST_DIGITS = 15  # of a Content-Length
UNREACHABLE = (EHOSTUNREACH, ENETUNREACH)
# UnicodeError is raised for an impossible host name, such as a proxy's.
NOT_CONNECTED = gaierror, ConnectionRefusedError, SSLCertVerificationError, UnicodeError


class ConnectionBroken(Exception):
    """No whole response was received; str(error) says why. The request may have been executed."""


class Unreachable(ConnectionBroken):
    """No connection could be opened."""


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold the API key


@dataclass(frozen=True)
class Response:
    status: int
    headers: Message
    body: bytes


def send(
    request: Request,
    max_bytes: int,
    silence_s: float = SILENCE_S,
    clock: Callable[[], float] = monotonic,
) -> Response:
    """Return the response, whatever its status; redirects are not followed.

    Raises ConnectionBroken.
    """
    headers = {"User-Agent": f"cutout/{VERSION}", **request.headers}
    if request.body:
        headers["Content-Length"] = str(len(request.body))
    # A file is sent in blocks, each within silence_s; for bytes, silence_s would limit the whole.
    body = BytesIO(request.body) if request.body else None
    url_request = UrlRequest(request.url, body, headers, method=request.method)
    try:
        with _opener(request.url).open(url_request, timeout=silence_s) as response:
            return Response(response.status, response.headers, _read(response, max_bytes, clock))
    except URLError as error:
        raise _broken(error.reason) from error
    except (OSError, HTTPException, UnicodeError) as error:
        raise _broken(error) from error


def form(texts: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Encode a form and return it with its media type. Files come last, as S3 requires."""
    boundary = uuid4().hex
    parts = [_part(boundary, name, "", text.encode()) for name, text in texts.items()]
    parts += [_part(boundary, name, '; filename="file"', data) for name, data in files.items()]
    whole = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return whole, f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, name: str, more: str, data: bytes) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def _opener(url: str) -> OpenerDirector:
    """Without urllib's handlers for redirects, error statuses and other schemes."""
    opener = OpenerDirector()
    # Requests to this machine go around a proxy, which could read them.
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    for handler in (ProxyHandler(proxies), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _read(response: HTTPResponse, max_bytes: int, clock: Callable[[], float]) -> bytes:
    header = response.headers.get("Content-Length", "")
    count = int(header) if header.isdecimal() and len(header) < MOST_DIGITS else None
    until = clock() + WHOLE_S
    data = bytearray()
    # With a known length there is no need to wait until the connection is closed.
    while len(data) != count and (block := response.read1(BLOCK_BYTES)):
        data += block
        if len(data) > max_bytes:
            raise ConnectionBroken(f"the response has more than {max_bytes:,} bytes")
        if clock() > until:
            raise ConnectionBroken(f"the response took longer than {WHOLE_S} s")
    if count is not None and len(data) != count:
        raise ConnectionBroken("the response was cut short")
    return bytes(data)


def _broken(reason: object) -> ConnectionBroken:
    if isinstance(reason, TimeoutError):
        return ConnectionBroken("no response came in time")
    if isinstance(reason, NOT_CONNECTED) or (
        isinstance(reason, OSError) and reason.errno in UNREACHABLE
    ):
        return Unreachable(f"no connection: {reason}")
    return ConnectionBroken(f"the connection broke: {reason or type(reason).__name__}")
