"""Calls of AWS's services: signed requests over urllib3, with retries and time limits.

boto3 took a seventh of a second of each cold start, most of it for descriptions of services.
"""

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from . import signature
from .errors import AwsError, NoResponse, is_transient
from .signature import UNSIGNED, Credentials, Signer

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

ATTEMPTS = 2
CONNECT_S, READ_S = 1, 5  # without them a call waits for a minute, and the function ends before
CONNECTIONS = 16  # as many files as batch/gather.py reads at a time
LONGEST_PAUSE_S = 1.0  # before the second attempt
# The prefix of a service's operations, and the version of its JSON protocol.
TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "sqs": ("AmazonSQS", "1.0"),
    "secretsmanager": ("secretsmanager", "1.1"),
}


class Account(NamedTuple):
    """An AWS account: its region, the credentials to call its services with, and their hosts."""

    region: str
    credentials: Callable[[], Credentials]  # those of this moment, since they expire
    endpoint: str = ""  # of an emulator, such as http://127.0.0.1:4566

    def host(self, service: str, region: str = "") -> str:
        """Return a service's host on AWS, in this region or another one."""
        region = region or self.region
        return f"{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"

    def url(self, service: str) -> str:
        """Return a service's URL, or that of the emulator, without a slash at the end."""
        return self.endpoint or f"https://{self.host(service)}"

    def signer(self, service: str, region: str = "") -> Signer:
        """Return a signer with the credentials of this moment. Raises what `credentials` raises."""
        return signature.signer(self.credentials(), service, region or self.region)


class Http:
    """Sends requests. Safe for use by several threads, which share its connections."""

    @cached_property
    def _pool(self) -> "PoolManager":
        # Imported at the first request, so that no function's start waits for it.
        from urllib3 import PoolManager, Timeout

        timeout = Timeout(connect=CONNECT_S, read=READ_S)
        return PoolManager(maxsize=CONNECTIONS, timeout=timeout)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | BinaryIO | None
    ) -> "BaseHTTPResponse":
        """Send one request and return the response, of any status, with its body unread.

        Raises NoResponse if there is none within CONNECT_S and READ_S.
        """
        from urllib3.exceptions import HTTPError

        try:
            # PoolManager.request removes "." and ".." from addresses; keys of S3 may have them.
            return self._pool.connection_from_url(url).urlopen(
                method, _target(url), body=body, headers=headers, retries=False, redirect=False,
                preload_content=False, decode_content=False,
            )  # fmt: skip
        except HTTPError as error:
            raise NoResponse(str(error)) from error


class Response(NamedTuple):
    """A response that is not an error. Its body is read by `body`, or as a file by `file`."""

    status: int
    headers: Mapping[str, str]
    file: Any  # io.RawIOBase
    data: bytes | None = None  # the body, once it has been read

    def body(self) -> bytes:
        """Return the whole body. Raises NoResponse if less arrives than was announced."""
        from urllib3.exceptions import HTTPError

        if self.data is not None:
            return self.data
        try:
            data: bytes = self.file.read()
        except HTTPError as error:
            raise NoResponse(str(error)) from error
        finally:
            self.file.release_conn()
        return data

    def close(self) -> None:
        """Close the connection of a body that is not wanted."""
        self.file.close()


class Caller:
    """Signs, sends and repeats the requests to one service."""

    def __init__(self, account: Account, service: str, http: Http | None = None) -> None:
        self.account = account
        self.service = service
        self.http = http or Http()

    def call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | BinaryIO | None = None,
        region: str = "",
    ) -> Response:
        """Send a request, twice if the first attempt fails in a way that may pass.

        The body of a response to GET, which may be large, is left to the caller to read; of others
        it is part of the attempt. Raises AwsError for an error of the service, and NoResponse. A
        file is then where it was, for a call of another region.
        """
        if body is None or isinstance(body, bytes):
            file, start, payload = None, 0, signature.sha256(body or b"")
        else:
            file, start, payload = body, body.tell(), UNSIGNED
        for attempt in range(1, ATTEMPTS + 1):
            signer = self.account.signer(self.service, region)
            signed = signer.headers(method, url, headers, payload)
            try:
                return self._send(method, url, signed | _trace(), body)
            except (AwsError, NoResponse) as error:
                if file:
                    file.seek(start)
                if attempt == ATTEMPTS or not _may_pass(error):
                    raise
            time.sleep(random.uniform(0, LONGEST_PAUSE_S))
        raise AssertionError("the last attempt returns or raises")

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | BinaryIO | None
    ) -> Response:
        got = self.http.send(method, url, headers, body)
        response = Response(got.status, got.headers, got)
        is_error = got.status >= HTTPStatus.MULTIPLE_CHOICES
        if method != "GET" or is_error:
            response = response._replace(data=response.body())
        if is_error:
            raise error_of(got.status, got.headers, response.body())
        return response


class JsonService:
    """A service that speaks JSON, which is one of TARGETS."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return the response to an operation, such as GetItem.

        Raises AwsError for an error of the service, and NoResponse.
        """
        target, version = TARGETS[self.caller.service]
        headers = {
            "Content-Type": f"application/x-amz-json-{version}",
            "X-Amz-Target": f"{target}.{operation}",
        }
        url = f"{self.caller.account.url(self.caller.service)}/"
        body = self.caller.call("POST", url, headers, json.dumps(arguments).encode()).body()
        try:
            result: dict[str, Any] = json.loads(body or b"{}")
        except ValueError as error:
            raise NoResponse(f"{operation}: the response is not JSON") from error
        return result


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> AwsError:
    """Return the error of a response in JSON or XML, or without a body."""
    if body.lstrip().startswith(b"<"):
        from xml.etree import ElementTree

        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError:
            return AwsError(str(status), "", status, headers)
        code, message = (root.findtext(f".//{{*}}{name}", "") for name in ("Code", "Message"))
        return AwsError(code or str(status), message, status, headers)
    try:
        details = json.loads(body)
        kind = str(details.get("__type", "")).rpartition("#")[2]
        message = str(details.get("message") or details.get("Message") or "")
    except (ValueError, AttributeError):
        details, kind, message = {}, "", ""
    # SQS names its errors as its former protocol did: "AWS.SimpleQueueService...;Sender".
    kind = headers.get("x-amzn-query-error", "").partition(";")[0] or kind
    return AwsError(kind or str(status), message, status, headers, details)


def _may_pass(error: AwsError | NoResponse) -> bool:
    return isinstance(error, NoResponse) or is_transient(error.code, error.status)


def _target(url: str) -> str:
    """Return the path and the query of an address."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _trace() -> dict[str, str]:
    """Return the header by which X-Ray joins a call to the request that Lambda works on."""
    trace_id = os.environ.get("_X_AMZN_TRACE_ID", "")
    return {"X-Amzn-Trace-Id": trace_id} if trace_id else {}
