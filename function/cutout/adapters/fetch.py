"""Pictures by URL, from public hosts only.

Every address that a name resolves to is judged, the connection goes to a judged address and not
to the name again, and each redirect starts over (CWE-918, server-side request forgery).
"""

import socket
import ssl
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

from cutout.deadline import NEVER, Deadline
from cutout.errors import FileTooLarge, ImageDownloadFailed, InvalidImageUrl

Address = IPv4Address | IPv6Address
Policy = Callable[[Address, int], bool]  # may we connect to this address and port?

REDIRECTS = 5
SECONDS = 10.0  # for all of it, redirects included
CHUNK = 64 * 1024
PORTS = {"http": 80, "https": 443}
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Cutout"}
REDIRECT_STATUSES = {301, 302, 303, 307, 308}
PRINTABLE = string.punctuation  # what stays as it is in a path; the rest is percent-encoded
GLOBAL_UNICAST = IPv6Network("2000::/3")  # outside it lie mapped and NAT64 forms of IPv4 addresses
# RFC 4380 and RFC 3056: addresses that carry an IPv4 address of somebody's choice.
TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))


def is_public(address: Address, port: int) -> bool:
    """The policy of the service."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in GLOBAL_UNICAST and not any(address in tunnel for tunnel in TUNNELS)


@dataclass(frozen=True)
class Fetcher:
    max_bytes: int
    policy: Policy = is_public
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def __call__(self, url: str, deadline: Deadline = NEVER) -> bytes:
        until = min(monotonic() + self.seconds, deadline.at)
        target = _Target.parse(url)
        for _ in range(REDIRECTS + 1):
            try:
                answer = self._get(target, until)
            except (OSError, HTTPException) as error:
                deadline.check()
                late = monotonic() >= until
                why = f"took more than {self.seconds:g} s" if late else "gave no whole answer"
                raise ImageDownloadFailed(f"{target.host} {why}") from error
            if isinstance(answer, bytes):
                return answer
            target = _Target.parse(answer, target.url)
        raise ImageDownloadFailed(f"more than {REDIRECTS} redirects")

    def _get(self, target: "_Target", until: float) -> bytes | str:
        """The body, or the URL that we are sent on to."""
        addresses = self._judged_addresses(target, until)
        connection = _Pinned(target, addresses, self.tls, _left(until))
        # A host that sends a byte a second never meets a time limit on single reads.
        watchdog = Timer(_left(until), connection.abort)
        watchdog.start()
        try:
            with closing(connection):
                connection.request("GET", target.path, headers=HEADERS)
                answer = self._read(connection.getresponse())
        finally:
            watchdog.cancel()
        if connection.aborted:  # which looks like the end of a body without a length
            raise TimeoutError
        return answer

    def _judged_addresses(self, target: "_Target", until: float) -> list[str]:
        try:
            found = _resolve(target, _left(until))
        except (socket.gaierror, UnicodeError) as error:
            raise ImageDownloadFailed(f"there is no host {target.host!r}") from error
        if not all(self.policy(ip_address(address), target.port) for address in found):
            raise InvalidImageUrl(f"{target.host!r} is not a public host")
        return found

    def _read(self, response: HTTPResponse) -> bytes | str:
        location = response.headers.get("Location")
        if location and response.status in REDIRECT_STATUSES:
            # http.client reads headers as Latin-1, and hosts write UTF-8.
            return location.encode("latin-1").decode("utf-8", "replace")
        if response.status != HTTPStatus.OK:
            raise ImageDownloadFailed(f"the host answered with HTTP status {response.status}")
        body = bytearray()
        while chunk := response.read1(CHUNK):
            body += chunk
            if len(body) > self.max_bytes:
                raise FileTooLarge(f"more than the {self.max_bytes:,} bytes allowed")
        if response.length:
            raise ImageDownloadFailed("the host stopped half way")
        return bytes(body)


def check(url: str) -> None:
    """Whether it can be an address at all."""
    _Target.parse(url)


def _left(until: float) -> float:
    seconds = until - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _resolve(target: "_Target", seconds: float) -> list[str]:
    """In a thread of its own, for the system's resolver takes no time limit."""
    pool = ThreadPoolExecutor(1)
    lookup = pool.submit(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    pool.shutdown(wait=False)
    return [str(entry[4][0]).partition("%")[0] for entry in lookup.result(seconds)]


@dataclass(frozen=True)
class _Target:
    """What a URL says, checked."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str, base: str = "") -> "_Target":
        try:
            url = urljoin(base, text)
            parts = urlsplit(url)
            port = PORTS[parts.scheme] if parts.port is None else parts.port
            relative = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/")
            path = quote(relative.geturl(), PRINTABLE)
        except (ValueError, KeyError) as error:
            raise InvalidImageUrl(f"{text[:200]!r} is not an http or https URL") from error
        if not parts.hostname or not port:
            raise InvalidImageUrl(f"{text[:200]!r} names no host to ask")
        if parts.username is not None:
            raise InvalidImageUrl("a URL with a user name or password is not fetched")
        return cls(url, parts.scheme, parts.hostname, port, path)


class _Pinned(HTTPConnection):
    """Connects to judged addresses, and speaks to them as to the URL's host."""

    def __init__(
        self, target: _Target, addresses: list[str], tls: ssl.SSLContext, timeout: float
    ) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self.default_port = PORTS[target.scheme]  # the Host header names a port if it is another
        self.aborted = False
        self._addresses = addresses
        self._tls = tls if target.scheme == "https" else None
        self._socket: socket.socket | None = None  # http.client forgets its own before the body

    def connect(self) -> None:
        self._socket = self._first_that_answers()
        if self._tls:
            self._socket = tls = self._tls.wrap_socket(
                self._socket, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._go_on()
            tls.do_handshake()
        self._go_on()
        self.sock = self._socket

    def _first_that_answers(self) -> socket.socket:
        for address in self._addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, self.port), self.timeout)
            self._go_on()
        return socket.create_connection((self._addresses[-1], self.port), self.timeout)

    def _go_on(self) -> None:
        if self.aborted:  # before there was a socket to shut
            raise TimeoutError

    def abort(self) -> None:
        self.aborted = True
        if self._socket:
            with suppress(OSError):  # closed in the same moment
                # Not TLS's own shutdown, which would pull the rug from under a reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._socket and not self.sock:
            self._socket.close()
