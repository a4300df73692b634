"""Fetch pictures by URL from public hosts. Each redirect is checked like the first URL."""

import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from time import monotonic

from cutout.deadline import NEVER, Deadline
from cutout.errors import ImageDownloadFailed, InvalidImageUrl

from . import hosts
from .content_coding import DecodedBody
from .policy import InvalidUrl, NotPublic, Policy
from .target import Target

MOST_REDIRECTS = 5
SECONDS = 10.0  # for the whole download including redirects
CHUNK = 64 * 1024
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Cutout"}
REDIRECT_STATUSES = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Fetcher:
    """Downloads files of at most max_bytes from hosts that the policy allows."""

    max_bytes: int
    policy: Policy = field(default_factory=Policy.parse)
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def __call__(self, url: str, deadline: Deadline = NEVER) -> bytes:
        """Raises InvalidImageUrl, ImageDownloadFailed, FileTooLarge, or the deadline's error."""
        try:
            return self._fetch(url, deadline)
        except (InvalidUrl, NotPublic) as error:
            raise InvalidImageUrl(str(error)) from error

    def _fetch(self, url: str, deadline: Deadline) -> bytes:
        until = min(monotonic() + self.seconds, deadline.at)
        target = Target.parse(url, self.policy)
        for _ in range(MOST_REDIRECTS + 1):
            try:
                result = self._get(target, until, deadline)
            except (OSError, HTTPException) as error:
                deadline.check()
                late = monotonic() >= until
                why = f"took more than {self.seconds:g} s" if late else "sent no complete response"
                raise ImageDownloadFailed(f"{target.host} {why}") from error
            if isinstance(result, bytes):
                return result
            target = Target.parse(result, self.policy, target.url)
        raise ImageDownloadFailed(f"more than {MOST_REDIRECTS} redirects")

    def _get(self, target: Target, until: float, deadline: Deadline) -> bytes | str:
        """Return the body, or the URL of a redirect."""
        with (
            hosts.connection(target, self.policy, self.tls, until, deadline) as connection,
            deadline.interrupting(connection.abort),
        ):
            connection.request("GET", target.path, headers=HEADERS)
            return self._read(connection.getresponse())

    def _read(self, response: HTTPResponse) -> bytes | str:
        location = response.headers.get("Location")
        if location and response.status in REDIRECT_STATUSES:
            # http.client decodes headers as Latin-1, but hosts write UTF-8.
            return location.encode("latin-1").decode("utf-8", "replace")
        if response.status != HTTPStatus.OK:
            sentence = f"the host answered with HTTP status {response.status}"
            raise ImageDownloadFailed(sentence, response.status)
        codings = ", ".join(response.headers.get_all("Content-Encoding", []))
        body = DecodedBody(codings, self.max_bytes)
        while chunk := response.read1(CHUNK):
            body.feed(chunk)
        if response.length or not body.is_complete:
            raise ImageDownloadFailed("the host closed the connection too early")
        return body.data


def check(url: str, policy: Policy) -> None:
    """Raise InvalidImageUrl for a URL that the policy refuses, without any connection."""
    try:
        Target.parse(url, policy)
    except (InvalidUrl, NotPublic) as error:
        raise InvalidImageUrl(str(error)) from error
