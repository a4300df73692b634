"""One service that is checked, and a call to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode, urljoin

from cutout.client import addresses, http
from cutout.client.http import ConnectionBroken, Request, Response

from .expect import Expectation

RESPONSE_BYTES = 50_000_000


@dataclass(frozen=True)
class Call:
    """A request, and what is expected of its response, in the order of looking."""

    name: str
    expected: tuple[Expectation, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = "/v1.0/removebg"
    method: str = "POST"
    body: Literal["multipart", "urlencoded", "json"] = "multipart"
    key: str | None = None  # None is the service's; another one is for services that ask for one


@dataclass(frozen=True)
class Outcome:
    name: str
    wrong: str = ""  # what was expected and what came; empty if the call passed
    skipped: str = ""  # why the call does not apply to this service


class Service:
    """The service that is checked. The key is sent to its own address and to no other."""

    def __init__(self, url: str, key: str) -> None:
        """Raises InvalidSetting for an address that is none or that would show the key."""
        addresses.check(url, key)
        self.key = key
        self._base = url.rstrip("/")

    def send(self, call: Call) -> Response:
        """Raises ConnectionBroken."""
        body, media_type = _encoded(call)
        key = self.key if call.key is None else call.key
        headers = {**call.headers}
        headers |= {"Content-Type": media_type} if body else {}
        headers |= {"X-Api-Key": key} if key else {}
        return self._send(Request(call.method, self._base + call.path, body, headers))

    def download(self, url: str) -> Response:
        """Get a result from an address that the service named, without the key."""
        return self._send(Request("GET", self._named(url)))

    def upload(self, url: str, fields: Mapping[str, str], photo: bytes) -> Response:
        """Post a form to an address that the service named, without the key."""
        body, media_type = http.form(fields, {"file": photo})
        return self._send(Request("POST", self._named(url), body, {"Content-Type": media_type}))

    def _named(self, url: str) -> str:
        address = urljoin(self._base, url)
        if not addresses.parse(address):
            raise ConnectionBroken(f"{address[:100]!r} is no http or https address")
        return address

    def _send(self, request: Request) -> Response:
        return http.send(request, RESPONSE_BYTES)


def _encoded(call: Call) -> tuple[bytes, str]:
    """Return a request's body and its type; no body where nothing is sent."""
    if call.method != "POST":
        return b"", ""
    if call.body == "json":
        return json.dumps(call.texts).encode(), "application/json"
    if call.body == "urlencoded":
        return urlencode(call.texts).encode(), "application/x-www-form-urlencoded"
    return http.form(call.texts, call.files)
