"""Errors of AWS's services, and their translation into errors of Cutout."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from cutout.errors import RemoteError, Unavailable

# Of DynamoDB, S3, SQS, Secrets Manager and Step Functions. A retry may help after these; any other
# code means a mistake in the service's code or configuration.
TRANSIENT_CODES = {
    "InternalError", "InternalFailure", "InternalServerError", "LimitExceededException",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "RequestTimeout", "ServiceUnavailable", "SlowDown", "ThrottlingException",
    "TooManyRequestsException", "TransactionInProgressException",
}  # fmt: skip
NO_HEADERS: Mapping[str, str] = {}
NO_DETAILS: Mapping[str, Any] = {}


class AwsError(Exception):
    """A service refused a request. str(error) has the code and the service's own words."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int,
        headers: Mapping[str, str] = NO_HEADERS,
        details: Mapping[str, Any] = NO_DETAILS,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status  # of HTTP
        self.headers = headers
        self.details = details  # the whole error of a service that speaks JSON


class NoResponse(Exception):
    """A service did not respond, or its response did not arrive whole."""


class NotConfigured(Exception):
    """There is no region, or there are no credentials. str(error) is a sentence."""


@contextmanager
def transient(resource: str) -> Iterator[None]:
    """Raise Unavailable for an error that a retry may cure. The sentence names the resource, such
    as "table", and not AWS. Other errors pass through unchanged."""
    try:
        yield
    except NoResponse as error:
        raise Unavailable(f"the service's {resource} cannot be reached; try again") from error
    except AwsError as error:
        if not is_transient(error.code, error.status):
            raise
        raise Unavailable(f"the service's {resource} is too busy; try again") from error


@contextmanager
def explained() -> Iterator[None]:
    """Raise Unavailable or RemoteError with AWS's own words, for a user whose account it is."""
    try:
        yield
    except AwsError as error:
        sentence = one_line(error.message or str(error))
        if is_transient(error.code, error.status):
            raise Unavailable(sentence) from error
        raise RemoteError(sentence, error.code) from error
    except NoResponse as error:
        raise Unavailable(one_line(str(error))) from error
    except NotConfigured as error:
        raise RemoteError(one_line(str(error)), type(error).__name__) from error


def is_transient(code: str, status: int) -> bool:
    """Return whether a retry may help. A response to HEAD has no code other than its status."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in TRANSIENT_CODES


def one_line(text: str) -> str:
    """Return a text with single spaces in place of line breaks and other white space."""
    return " ".join(text.split())
