"""HTTP connections to public hosts only (against CWE-918, server-side request forgery).

All addresses of a host name are checked, and the connection is made to a checked address: a second
resolution of the name could return another one.
"""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection
from ipaddress import ip_address
from threading import Timer
from time import monotonic
from typing import Any

from cutout.deadline import NEVER, Deadline

from .policy import NotPublic, Policy
from .target import PORTS, Target

# The time of each lookup that is refused. A resolver finds a private name sooner than it learns
# that a name does not exist, usually within a tenth of this, and the time would tell which it was.
REFUSED_AFTER_S = 1.0


@contextmanager
def connection(
    target: Target, policy: Policy, tls: ssl.SSLContext, until: float, deadline: Deadline = NEVER
) -> Iterator["_PinnedConnection"]:
    """Open a connection for one request, until a time of the monotonic clock.

    Raises NotPublic, and TimeoutError also when the deadline's client has gone during the lookup.
    """
    addresses = _checked_addresses(target, policy, until, deadline)
    pinned = _PinnedConnection(target, addresses, tls, until)
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


def _checked_addresses(
    target: Target, policy: Policy, until: float, deadline: Deadline
) -> list[str]:
    """Return the host's addresses.

    Raises NotPublic REFUSED_AFTER_S after the call if there is none or the policy forbids one, and
    TimeoutError if the deadline's client has gone.
    """
    gone: Future[None] = Future()  # done when the client has gone
    refused_at = min(monotonic() + REFUSED_AFTER_S, until)
    with deadline.interrupting(partial(_set, gone)):
        addresses = _resolve(target, until, gone)
        if addresses and all(policy.allows(ip_address(each), target.port) for each in addresses):
            return addresses
        wait([gone], max(0.0, refused_at - monotonic()))
    raise TimeoutError if gone.done() else NotPublic(target.host)


def _set(gone: "Future[None]") -> None:
    with suppress(InvalidStateError):  # a deadline may interrupt twice
        gone.set_result(None)


def _resolve(target: Target, until: float, gone: "Future[None]") -> list[str]:
    """Return the host's addresses, or an empty list if the name has none.

    Resolves in another thread, because the system's resolver has no timeout. Raises TimeoutError at
    the time `until`, or as soon as `gone` is done.
    """
    pool = ThreadPoolExecutor(1)
    lookup = pool.submit(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    pool.shutdown(wait=False)
    either: tuple[Future[Any], ...] = lookup, gone
    wait(either, left(until), FIRST_COMPLETED)
    if not lookup.done():
        raise TimeoutError
    try:
        return [str(entry[4][0]).partition("%")[0] for entry in lookup.result()]
    except (socket.gaierror, UnicodeError):
        return []


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
        connected = self._connect_to_first()
        if self._tls:
            self._socket = tls = self._tls.wrap_socket(
                connected, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._check_aborted()
            tls.do_handshake()
        self._check_aborted()
        self.sock = self._socket

    def _connect_to_first(self) -> socket.socket:
        for address in self._addresses[:-1]:
            with suppress(OSError):
                return self._connect_to(address)
            self._check_aborted()
        return self._connect_to(self._addresses[-1])

    def _connect_to(self, address: str) -> socket.socket:
        """Connect a socket that abort() knows already, since a host may never answer."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = connecting = socket.socket(family, socket.SOCK_STREAM)
        try:
            connecting.settimeout(left(self._until))
            self._check_aborted()
            connecting.connect((address, self.port))
            return connecting
        except OSError:
            connecting.close()
            raise

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
