"""Errors of boto3, by which the command line calls Step Functions, as errors of Cutout."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.parsers import ResponseParserError

from cutout.errors import RemoteError, Unavailable

from .errors import is_transient, one_line

# No response, or one that did not arrive whole.
INCOMPLETE = (
    ConnectionError, CredentialRetrievalError, FlexibleChecksumError, HTTPClientError,
    IncompleteReadError, ResponseParserError,
)  # fmt: skip


def require_whole_responses(client: Any) -> None:
    """Let a client raise IncompleteReadError for a response that has fewer bytes than announced.

    boto3 compares them for the files of S3 alone, and takes JSON that was cut short for an empty
    object: an item would be missing that the table has, such as an API key or a queued job.
    """
    client.meta.events.register("before-parse", _require_whole, unique_id="whole")


def _require_whole(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    body, announced = response_dict["body"], response_dict["headers"].get("content-length")
    if not isinstance(body, bytes) or not announced or operation_model.http["method"] == "HEAD":
        return
    if len(body) != int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))


@contextmanager
def explained() -> Iterator[None]:
    """Raise Unavailable or RemoteError with AWS's own words, for a user whose account it is."""
    try:
        yield
    except ClientError as error:
        details = error.response["Error"]
        sentence = one_line(details.get("Message") or str(error))
        if _is_transient(error):
            raise Unavailable(sentence) from error
        raise RemoteError(sentence, details["Code"]) from error
    except INCOMPLETE as error:
        raise Unavailable(one_line(str(error))) from error
    except BotoCoreError as error:  # no credentials, no such profile
        raise RemoteError(one_line(str(error)), type(error).__name__) from error


def _is_transient(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return is_transient(error.response["Error"]["Code"], status)
