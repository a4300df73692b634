"""Signatures of requests to AWS, version 4: AWS General Reference, "Signature Version 4 signing
process", and S3's API Reference, "Authenticating Requests (AWS Signature Version 4)".

The tests hold them to botocore's.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"  # instead of the body's hash
MOMENT = "%Y%m%dT%H%M%SZ"
Fields = dict[str, str]


class Credentials(NamedTuple):
    """The keys that requests to AWS are signed with."""

    access_key: str
    secret_key: str
    token: str = ""  # of temporary credentials


class Signer(NamedTuple):
    """Signs for one service in one region, with the credentials of the moment."""

    credentials: Credentials
    service: str
    region: str
    at: datetime  # UTC

    def headers(self, method: str, url: str, headers: Mapping[str, str], payload: str) -> Fields:
        """Return a request's headers, in lower case, with its signature.

        `payload` is the SHA-256 of the body in hex, or UNSIGNED.
        """
        signed = {name.lower(): " ".join(text.split()) for name, text in headers.items()}
        signed |= {"host": urlsplit(url).netloc, "x-amz-date": self.at.strftime(MOMENT)}
        if self.service == "s3":
            signed["x-amz-content-sha256"] = payload
        if self.credentials.token:
            signed["x-amz-security-token"] = self.credentials.token
        names = ";".join(sorted(signed))
        signature = self._sign(self._text_of(method, url, signed, payload))
        credential = f"{self.credentials.access_key}/{self._scope}"
        signed["authorization"] = (
            f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        )
        return signed

    def presigned_url(self, url: str, seconds: int) -> str:
        """Return a URL from which anybody can get the file at `url` for so many seconds."""
        parameters = self._named() | {
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        url = f"{url}?{encoded(parameters)}"
        host = {"host": urlsplit(url).netloc}
        return f"{url}&X-Amz-Signature={self._sign(self._text_of('GET', url, host, UNSIGNED))}"

    def post_fields(self, fields: Fields, conditions: list[Any], seconds: int) -> Fields:
        """Return the fields of a form by which anybody can post a file for so many seconds, if the
        conditions hold, besides those of the signature."""
        signed = {name.lower(): text for name, text in self._named().items()}
        policy = {
            "expiration": (self.at + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "conditions": [*conditions, *({name: text} for name, text in signed.items())],
        }
        text = base64.b64encode(json.dumps(policy).encode()).decode()
        return fields | signed | {"policy": text, "x-amz-signature": self._sign(text)}

    def _named(self) -> Fields:
        fields = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.credentials.access_key}/{self._scope}",
            "X-Amz-Date": self.at.strftime(MOMENT),
        }
        token = self.credentials.token
        return fields | ({"X-Amz-Security-Token": token} if token else {})

    @property
    def _scope(self) -> str:
        return f"{self.at:%Y%m%d}/{self.region}/{self.service}/aws4_request"

    def _text_of(self, method: str, url: str, headers: Fields, payload: str) -> str:
        """Return the string to sign for a request whose address is percent-encoded already."""
        parts = urlsplit(url)
        query = "&".join(sorted(parts.query.split("&")))
        lines = [f"{name}:{headers[name]}\n" for name in sorted(headers)]
        request = "\n".join(
            [method, parts.path or "/", query, "".join(lines), ";".join(sorted(headers)), payload]
        )
        moment = self.at.strftime(MOMENT)
        return "\n".join([ALGORITHM, moment, self._scope, sha256(request.encode())])

    def _sign(self, text: str) -> str:
        key = f"AWS4{self.credentials.secret_key}".encode()
        for part in self._scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def signer(credentials: Credentials, service: str, region: str) -> Signer:
    """Return a signer for requests that are sent now."""
    return Signer(credentials, service, region, datetime.now(UTC))


def encoded(parameters: Mapping[str, str]) -> str:
    """Return a query as AWS wants it: with %20 for a space, and sorted."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(parameters[name], safe='-_.~')}"
        for name in sorted(parameters)
    )


def sha256(data: bytes) -> str:
    """Return the SHA-256 of data in hex, as signatures have it."""
    return hashlib.sha256(data).hexdigest()
