"""Secrets in AWS Secrets Manager, whose values are replaced without an interruption."""

from cutout.ports import Clock

from .client import JsonService
from .errors import AwsError, transient

# The former value is valid for a day after a rotation, in which CloudFront gets the new one.
FORMER_FOR_S = 24 * 60 * 60


def values(client: JsonService, arn: str, clock: Clock) -> list[str]:
    """Return a secret's value, followed for FORMER_FOR_S by the one that it replaced. Raises
    Unavailable."""
    with transient("secret"):
        present = client.call("GetSecretValue", SecretId=arn)
        found = [str(present["SecretString"])]
        if clock() - present["CreatedDate"] < FORMER_FOR_S:
            try:
                former = client.call("GetSecretValue", SecretId=arn, VersionStage="AWSPREVIOUS")
            except AwsError as error:
                if error.code != "ResourceNotFoundException":
                    raise
                return found  # it was never replaced
            found.append(str(former["SecretString"]))
    return found
