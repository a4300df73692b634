"""Connections to the public hosts that URLs name, and to no others.

Every address that a name resolves to is judged, and the connection goes to a judged address and
not to the name again (CWE-918, server-side request forgery).
"""

import socket
import ssl
import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

Address = IPv4Address | IPv6Address
Policy = Callable[[Address, int], bool]  # may we connect to this address and port?

PORTS = {"http": 80, "https": 443}
PRINTABLE = string.punctuation  # what stays as it is in a path; the rest is percent-encoded
GLOBAL_UNICAST = IPv6Network("2000::/3")  # outside it lie mapped and NAT64 forms of IPv4 addresses
# RFC 4380 and RFC 3056: addresses that carry an IPv4 address of somebody's choice.
TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))


class NoUrl(Exception):
    """Not one that we ask; str(error) is a sentence."""


class NotPublic(Exception):
    """A host with an address that the policy does not allow; str(error) is a sentence."""


class UnknownHost(Exception):
    """A name without an address; str(error) is a sentence."""


def is_public(address: Address, port: int) -> bool:
    """The policy of the service."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in GLOBAL_UNICAST and not any(address in tunnel for tunnel in TUNNELS)


@dataclass(frozen=True)
class Target:
    """What a URL says, checked."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str, base: str = "") -> "Target":
        try:
            url = urljoin(base, text)
            parts = urlsplit(url)
            port = PORTS[parts.scheme] if parts.port is None else parts.port
            relative = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/")
            path = quote(relative.geturl(), PRINTABLE)
        except (ValueError, KeyError) as error:
            raise NoUrl(f"{text[:200]!r} is not an http or https URL") from error
        if not parts.hostname or not port:
            raise NoUrl(f"{text[:200]!r} names no host to ask")
        if parts.username is not None:
            raise NoUrl("a URL with a user name or password is not fetched")
        return cls(url, parts.scheme, parts.hostname, port, path)


@contextmanager
def connection(
    target: Target, policy: Policy, tls: ssl.SSLContext, until: float
) -> Iterator[HTTPConnection]:
    """For one request; until is of the monotonic clock. Raises TimeoutError when it is past."""
    pinned = _Pinned(target, _judged(target, policy, until), tls, until)
    # A host that sends a byte a second never meets a time limit on single reads.
    watchdog = Timer(left(until), pinned.abort)
    watchdog.start()
    try:
        with closing(pinned):
            yield pinned
    finally:
        watchdog.cancel()
    if pinned.aborted:  # which looks like the end of a body without a length
        raise TimeoutError


def left(until: float) -> float:
    seconds = until - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _judged(target: Target, policy: Policy, until: float) -> list[str]:
    try:
        found = _resolve(target, left(until))
    except (socket.gaierror, UnicodeError) as error:
        raise UnknownHost(f"there is no host {target.host!r}") from error
    if not all(policy(ip_address(address), target.port) for address in found):
        raise NotPublic(f"{target.host!r} is not a public host")
    return found


def _resolve(target: Target, seconds: float) -> list[str]:
    """In a thread of its own, for the system's resolver takes no time limit."""
    pool = ThreadPoolExecutor(1)
    lookup = pool.submit(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    pool.shutdown(wait=False)
    return [str(entry[4][0]).partition("%")[0] for entry in lookup.result(seconds)]


class _Pinned(HTTPConnection):
    """Connects to judged addresses, and speaks to them as to the URL's host."""

    def __init__(
        self, target: Target, addresses: list[str], tls: ssl.SSLContext, until: float
    ) -> None:
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.scheme]  # the Host header names a port if it is another
        self.aborted = False
        self._addresses = addresses
        self._until = until
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
                return socket.create_connection((address, self.port), left(self._until))
            self._go_on()
        return socket.create_connection((self._addresses[-1], self.port), left(self._until))

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
