"""Post webhooks to public hosts. Redirects are not followed: a 3xx is a status like others."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from time import monotonic, time

from cutout import retry_after
from cutout.jobs.webhooks import Reply, Unanswered
from cutout.ports import Clock

from . import hosts
from .policy import InvalidUrl, NotPublic, Policy
from .target import Target

SECONDS = 10.0  # for the whole exchange
HEADERS = {"User-Agent": "Cutout", "Accept-Encoding": "identity", "Connection": "close"}
# Codes for the log, most specific first: TimeoutError and SSLError are OSErrors, too.
CODES: tuple[tuple[type[Exception], str], ...] = (
    (InvalidUrl, "no_url"),
    (NotPublic, "not_public"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ssl.SSLError, "tls"),
    (OSError, "no_answer"),
    (HTTPException, "no_answer"),
)


@dataclass(frozen=True)
class Poster:
    """Posts to hosts that the policy allows."""

    policy: Policy = field(default_factory=Policy.parse)
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    clock: Clock = time

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the status and Retry-After of the response. Raises Unanswered."""
        until = monotonic() + self.seconds
        try:
            target = Target.parse(url, self.policy)
        except (InvalidUrl, NotPublic) as error:
            raise Unanswered(_code(error), is_final=True) from error
        try:
            return self._post(target, {**HEADERS, **headers}, body, until)
        except tuple(kind for kind, _ in CODES) as error:
            # A connection that the watchdog ends may raise any of these errors.
            late = monotonic() >= until
            raise Unanswered("timeout" if late else _code(error)) from error

    def _post(self, target: Target, headers: dict[str, str], body: bytes, until: float) -> Reply:
        with hosts.connection(target, self.policy, self.tls, until) as connection:
            connection.request("POST", target.path, body, headers)
            # The body is not read: it may be long or never end.
            response = connection.getresponse()
            wait_s = retry_after.seconds(response.getheader("Retry-After", ""), self.clock())
            return Reply(response.status, retry_after_s=wait_s or 0)


def _code(error: Exception) -> str:
    return next(code for kind, code in CODES if isinstance(error, kind))
