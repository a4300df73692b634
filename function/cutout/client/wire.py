"""One request and its whole answer, within a time."""

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
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request
from uuid import uuid4

from cutout.loopback import is_loopback
from cutout.version import VERSION

SILENCE_S = 60  # for as long as one waits for the next byte, by either way
WHOLE_S = 600  # an answer, from its first byte to its last
BLOCK_BYTES = 64 * 1024
DIGITS = 15
UNREACHABLE = (EHOSTUNREACH, ENETUNREACH)
# A UnicodeError is of a name that no host can have, such as a proxy's.
NOBODY = gaierror, ConnectionRefusedError, SSLCertVerificationError, UnicodeError


class Broken(Exception):
    """No whole answer came; str(error) tells why. What was asked for may have been done."""


class Unconnected(Broken):
    """Nobody was there to be asked."""


@dataclass(frozen=True)
class Question:
    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # the key is in there


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes


def ask(
    question: Question,
    max_bytes: int,
    silence_s: float = SILENCE_S,
    clock: Callable[[], float] = monotonic,
) -> Reply:
    """Follows no redirect, and takes any status for an answer."""
    headers = {"User-Agent": f"cutout/{VERSION}", **question.headers}
    if question.body:
        headers["Content-Length"] = str(len(question.body))
    # As a file it goes out in blocks, and each of them has silence_s; as bytes all of it has.
    body = BytesIO(question.body) if question.body else None
    request = Request(question.url, body, headers, method=question.method)
    try:
        with _opener(question.url).open(request, timeout=silence_s) as response:
            return Reply(response.status, response.headers, _read(response, max_bytes, clock))
    except URLError as error:
        raise _broken(error.reason) from error
    except (OSError, HTTPException, UnicodeError) as error:
        raise _broken(error) from error


def form(texts: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """A form with its media type. The files come last, as S3 wants it."""
    boundary = uuid4().hex
    parts = [_part(boundary, name, "", text.encode()) for name, text in texts.items()]
    parts += [_part(boundary, name, '; filename="file"', data) for name, data in files.items()]
    whole = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return whole, f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, name: str, more: str, data: bytes) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def _opener(url: str) -> OpenerDirector:
    """What urllib would follow, raise or read from other schemes has no handler here."""
    opener = OpenerDirector()
    # A proxy would learn what is sent to this machine in the clear.
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    for handler in (ProxyHandler(proxies), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _read(response: HTTPResponse, max_bytes: int, clock: Callable[[], float]) -> bytes:
    told = response.headers.get("Content-Length", "")
    count = int(told) if told.isdecimal() and len(told) < DIGITS else None
    until = clock() + WHOLE_S
    data = bytearray()
    # Where the count is known nobody waits for a connection to be closed.
    while len(data) != count and (block := response.read1(BLOCK_BYTES)):
        data += block
        if len(data) > max_bytes:
            raise Broken(f"the answer has more than {max_bytes:,} bytes")
        if clock() > until:
            raise Broken(f"the answer takes longer than {WHOLE_S} s")
    if count is not None and len(data) != count:
        raise Broken("the answer was cut short")
    return bytes(data)


def _broken(reason: object) -> Broken:
    if isinstance(reason, TimeoutError):
        return Broken("no answer came in time")
    if isinstance(reason, NOBODY) or (isinstance(reason, OSError) and reason.errno in UNREACHABLE):
        return Unconnected(f"no connection: {reason}")
    return Broken(f"the connection broke: {reason or type(reason).__name__}")
