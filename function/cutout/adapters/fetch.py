"""Pictures by URL, from public hosts only.

Every address that a name resolves to is judged, the connection goes to a judged address and not
to the name again, and each redirect starts over (CWE-918, server-side request forgery).
"""

import socket
import ssl
import string
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

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

    def __call__(self, url: str) -> bytes:
        deadline = monotonic() + self.seconds
        for _ in range(REDIRECTS + 1):
            target = _Target.parse(url)
            try:
                answer = self._get(target, deadline)
            except (OSError, HTTPException) as error:
                late = monotonic() >= deadline
                why = f"took more than {self.seconds:g} s" if late else "gave no whole answer"
                raise ImageDownloadFailed(f"{target.host} {why}") from error
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
        raise ImageDownloadFailed(f"more than {REDIRECTS} redirects")

    def _get(self, target: "_Target", deadline: float) -> bytes | str:
        """The body, or the URL that we are sent on to."""
        address = self._judged_address(target)
        seconds = max(0.001, deadline - monotonic())
        connection = _Pinned(target, address, timeout=seconds)
        # A host that sends a byte a second never meets a time limit on single reads.
        watchdog = Timer(seconds, connection.abort)
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

    def _judged_address(self, target: "_Target") -> str:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise ImageDownloadFailed(f"there is no host {target.host!r}") from error
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        if not all(self.policy(ip_address(address), target.port) for address in addresses):
            raise InvalidImageUrl(f"{target.host!r} is not a public host")
        return addresses[0]

    def _read(self, response: HTTPResponse) -> bytes | str:
        location = response.headers.get("Location")
        if location and response.status in REDIRECT_STATUSES:
            return location
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


@dataclass(frozen=True)
class _Target:
    """What a URL says, checked."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> "_Target":
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise InvalidImageUrl(f"{url[:200]!r} is not a URL") from error
        if parts.scheme not in PORTS or not parts.hostname:
            raise InvalidImageUrl(f"{url[:200]!r} is not an http or https URL")
        if parts.username is not None:
            raise InvalidImageUrl("a URL with a user name or password is not fetched")
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        return cls(
            parts.scheme, parts.hostname, port or PORTS[parts.scheme], quote(path, PRINTABLE)
        )


class _Pinned(HTTPConnection):
    """Connects to one address, and speaks to it as to the URL's host."""

    def __init__(self, target: _Target, address: str, timeout: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self.default_port = PORTS[target.scheme]  # the Host header names a port if it is another
        self._address = address
        self._tls = ssl.create_default_context() if target.scheme == "https" else None
        self._socket: socket.socket | None = None  # http.client forgets its own before the body
        self.aborted = False

    def connect(self) -> None:
        self._socket = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls:
            tls = self._tls.wrap_socket(
                self._socket, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._socket = tls
            tls.do_handshake()
        self.sock = self._socket

    def abort(self) -> None:
        self.aborted = True
        if self._socket:
            with suppress(OSError):  # closed in the same moment
                self._socket.shutdown(socket.SHUT_RDWR)
