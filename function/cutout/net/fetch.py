"""Pictures by URL, from public hosts only; each redirect is judged like any URL."""

import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from time import monotonic

from cutout.deadline import NEVER, Deadline
from cutout.errors import FileTooLarge, ImageDownloadFailed, InvalidImageUrl

from . import hosts

REDIRECTS = 5
SECONDS = 10.0  # for all of it, redirects included
CHUNK = 64 * 1024
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Cutout"}
REDIRECT_STATUSES = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Fetcher:
    max_bytes: int
    policy: hosts.Policy = hosts.is_public
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def __call__(self, url: str, deadline: Deadline = NEVER) -> bytes:
        try:
            return self._fetch(url, deadline)
        except (hosts.NoUrl, hosts.NotPublic) as error:
            raise InvalidImageUrl(str(error)) from error
        except hosts.UnknownHost as error:
            raise ImageDownloadFailed(str(error)) from error

    def _fetch(self, url: str, deadline: Deadline) -> bytes:
        until = min(monotonic() + self.seconds, deadline.at)
        target = hosts.Target.parse(url)
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
            target = hosts.Target.parse(answer, target.url)
        raise ImageDownloadFailed(f"more than {REDIRECTS} redirects")

    def _get(self, target: hosts.Target, until: float) -> bytes | str:
        """The body, or the URL that we are sent on to."""
        with hosts.connection(target, self.policy, self.tls, until) as connection:
            connection.request("GET", target.path, headers=HEADERS)
            return self._read(connection.getresponse())

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
    try:
        hosts.Target.parse(url)
    except hosts.NoUrl as error:
        raise InvalidImageUrl(str(error)) from error
