"""Translate boto3's errors into errors of Cutout."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
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

# No response, or one that did not arrive whole.
INCOMPLETE = (
    ConnectionError, CredentialRetrievalError, FlexibleChecksumError, HTTPClientError,
    IncompleteReadError, ResponseParserError,
)  # fmt: skip
# Of DynamoDB, S3, SQS and Step Functions. A retry may help after these; any other code means a
# mistake in the service's code or configuration.
TRANSIENT_CODES = {
    "InternalError", "InternalFailure", "InternalServerError", "LimitExceededException",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "RequestTimeout", "ServiceUnavailable", "SlowDown", "ThrottlingException",
    "TooManyRequestsException", "TransactionInProgressException",
}  # fmt: skip


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
def transient(resource: str) -> Iterator[None]:
    """Raise Unavailable for an error that a retry may cure. The sentence names the resource, such
    as "table", and not AWS. Other errors pass through unchanged."""
    try:
        yield
    except INCOMPLETE as error:
        raise Unavailable(f"the service's {resource} cannot be reached; try again") from error
    except ClientError as error:
        if not _is_transient(error):
            raise
        raise Unavailable(f"the service's {resource} is too busy; try again") from error


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
    """Whether a retry may help. A response to HEAD has no code other than its status."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_of_the_server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_of_the_server or error.response["Error"]["Code"] in TRANSIENT_CODES


def one_line(text: str) -> str:
    return " ".join(text.split())
