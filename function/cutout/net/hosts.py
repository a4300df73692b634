"""HTTP connections to public hosts only (against CWE-918, server-side request forgery).

All addresses of a host name are checked, and the connection is made to a checked address: a second
resolution of the name could return another one.
"""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from ipaddress import ip_address
from threading import Timer
from time import monotonic

from .target import PORTS, NotPublic, Policy, Target


class UnknownHost(Exception):
    """The host name has no address; str(error) is a sentence."""


@contextmanager
def connection(
    target: Target, policy: Policy, tls: ssl.SSLContext, until: float
) -> Iterator["_PinnedConnection"]:
    """Open a connection for one request, until a time of the monotonic clock.

    Raises NotPublic, UnknownHost, TimeoutError.
    """
    pinned = _PinnedConnection(target, _checked_addresses(target, policy, until), tls, until)
    # The socket's own timeout applies to single reads, which a slow host may never exceed.
    watchdog = Timer(left(until), pinned.abort)
    watchdog.start()
    try:
        with closing(pinned):
            yield pinned
    finally:
        watchdog.cancel()
        if pinned.aborted:  # otherwise it would look as if the host had ended the body
            raise TimeoutError


def left(until: float) -> float:
    """Return the seconds until a time of the monotonic clock. Raises TimeoutError if none."""
    seconds = until - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _checked_addresses(target: Target, policy: Policy, until: float) -> list[str]:
    try:
        addresses = _resolve(target, left(until))
    except (socket.gaierror, UnicodeError) as error:
        raise UnknownHost(f"there is no host {target.host!r}") from error
    if not all(policy(ip_address(address), target.port) for address in addresses):
        raise NotPublic(f"{target.host!r} is not a public host")
    return addresses


def _resolve(target: Target, seconds: float) -> list[str]:
    """Resolve in another thread, because the system's resolver has no timeout."""
    pool = ThreadPoolExecutor(1)
    lookup = pool.submit(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    pool.shutdown(wait=False)
    return [str(entry[4][0]).partition("%")[0] for entry in lookup.result(seconds)]


class _PinnedConnection(HTTPConnection):
    """Connects to one of the addresses, and sends the URL's host in the headers and in TLS."""

    def __init__(
        self, target: Target, addresses: list[str], tls: ssl.SSLContext, until: float
    ) -> None:
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.scheme]  # other ports appear in the Host header
        self.aborted = False
        self._addresses = addresses
        self._until = until
        self._tls = tls if target.scheme == "https" else None
        self._socket: socket.socket | None = (
            None  # http.client drops its own before the body is read
        )

    def connect(self) -> None:
        self._socket = self._connect_to_first()
        if self._tls:
            self._socket = tls = self._tls.wrap_socket(
                self._socket, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._check_aborted()
            tls.do_handshake()
        self._check_aborted()
        self.sock = self._socket

    def _connect_to_first(self) -> socket.socket:
        for address in self._addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, self.port), left(self._until))
            self._check_aborted()
        return socket.create_connection((self._addresses[-1], self.port), left(self._until))

    def _check_aborted(self) -> None:
        if self.aborted:  # before there was a socket to shut down
            raise TimeoutError

    def abort(self) -> None:
        self.aborted = True
        if self._socket:
            with suppress(OSError):  # closed at the same moment
                # Not TLS's own shutdown, which would free memory that a reader still uses.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._socket and not self.sock:
            self._socket.close()
