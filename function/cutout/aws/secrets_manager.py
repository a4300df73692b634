"""Secrets in AWS Secrets Manager, whose values are replaced without an interruption."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cutout.ports import Clock

from .errors import transient

# The former value is valid for a day after a rotation, in which CloudFront gets the new one.
FORMER_FOR = timedelta(days=1)


def values(client: Any, arn: str, clock: Clock) -> list[str]:
    """Return a secret's value, followed for FORMER_FOR by the one that it replaced. Raises
    Unavailable."""
    with transient("secret"):
        present = client.get_secret_value(SecretId=arn)
        found = [str(present["SecretString"])]
        if datetime.fromtimestamp(clock(), UTC) - present["CreatedDate"] < FORMER_FOR:
            try:
                former = client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")
            except client.exceptions.ResourceNotFoundException:
                return found  # it was never replaced
            found.append(str(former["SecretString"]))
    return found
