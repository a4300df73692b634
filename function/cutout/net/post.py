"""Webhooks by POST, to public hosts only. Nobody is followed anywhere: a redirect is a status."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from time import monotonic, time

from cutout import retry_after
from cutout.jobs.webhooks import Reply, Unanswered
from cutout.ports import Clock

from . import hosts

SECONDS = 10.0  # for all of it
HEADERS = {"User-Agent": "Cutout", "Accept-Encoding": "identity", "Connection": "close"}
# From the particular to the general: TimeoutError and SSL's errors are OSErrors, too.
WORDS: tuple[tuple[type[Exception], str], ...] = (
    (hosts.NoUrl, "no_url"),
    (hosts.NotPublic, "not_public"),
    (hosts.UnknownHost, "unknown_host"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ssl.SSLError, "tls"),
    (OSError, "no_answer"),
    (HTTPException, "no_answer"),
)


@dataclass(frozen=True)
class Poster:
    policy: hosts.Policy = hosts.is_public
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    clock: Clock = time

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        until = monotonic() + self.seconds
        try:
            return self._post(hosts.Target.parse(url), {**HEADERS, **headers}, body, until)
        except tuple(kind for kind, _ in WORDS) as error:
            # The watchdog ends a connection by whatever error that makes.
            late = monotonic() >= until
            raise Unanswered("timeout" if late else _word(error)) from error

    def _post(
        self, target: hosts.Target, headers: dict[str, str], body: bytes, until: float
    ) -> Reply:
        with hosts.connection(target, self.policy, self.tls, until) as connection:
            connection.request("POST", target.path, body, headers)
            # Its head is all that is wanted: of the rest we read what came in the same packets.
            response = connection.getresponse()
            told = retry_after.seconds(response.getheader("Retry-After", ""), self.clock())
            return Reply(response.status, retry_after_s=told or 0)


def _word(error: Exception) -> str:
    return next(word for kind, word in WORDS if isinstance(error, kind))
