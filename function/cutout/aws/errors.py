"""Translate boto3's errors into errors of Cutout."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from cutout.errors import RemoteError, Unavailable

# Of DynamoDB, S3, SQS and Step Functions. A retry may help after these; any other code means a
# mistake in the service's code or configuration.
TRANSIENT_CODES = {
    "InternalError", "InternalFailure", "InternalServerError", "LimitExceededException",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "RequestTimeout", "ServiceUnavailable", "SlowDown", "ThrottlingException",
    "TooManyRequestsException", "TransactionInProgressException",
}  # fmt: skip


@contextmanager
def transient(resource: str) -> Iterator[None]:
    """Raise Unavailable for an error that a retry may cure. The sentence names the resource, such
    as "table", and not AWS. Other errors pass through unchanged."""
    try:
        yield
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(f"the service's {resource} cannot be reached; try again") from error
    except ClientError as error:
        if error.response["Error"]["Code"] not in TRANSIENT_CODES:
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
        if details["Code"] in TRANSIENT_CODES:
            raise Unavailable(sentence) from error
        raise RemoteError(sentence, details["Code"]) from error
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(one_line(str(error))) from error
    except BotoCoreError as error:  # no credentials, no such profile
        raise RemoteError(one_line(str(error)), type(error).__name__) from error


def one_line(text: str) -> str:
    return " ".join(text.split())
