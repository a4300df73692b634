"""The AWS account that calls are made for, from the environment or as boto3 finds it."""

from collections.abc import Callable, Mapping
from typing import Any

from cutout import installation

from .client import Account
from .errors import NoResponse, NotConfigured
from .signature import Credentials


def account(environment: Mapping[str, str]) -> Account:
    """Return the account of AWS's environment variables, which Lambda sets.

    Where region or keys are not among them, they are searched in the files of AWS's command line,
    single sign-on and the machine's role, by botocore, which takes a tenth of a second. Raises
    NotConfigured if there are none, and NoResponse if a role does not answer.
    """
    region = environment.get("AWS_DEFAULT_REGION", "")
    keys = Credentials(
        environment.get("AWS_ACCESS_KEY_ID", ""),
        environment.get("AWS_SECRET_ACCESS_KEY", ""),
        environment.get("AWS_SESSION_TOKEN", ""),
    )
    endpoint = environment.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if region and keys.access_key and keys.secret_key:
        return Account(region, lambda: keys, endpoint)
    found_region, credentials = _search()
    if not (region or found_region):
        raise NotConfigured("there is no region of AWS; set AWS_DEFAULT_REGION")
    return Account(region or found_region, credentials, endpoint)


def _search() -> tuple[str, Callable[[], Credentials]]:
    installation.require_extra("aws", "a profile or role of AWS")
    from botocore.exceptions import BotoCoreError, CredentialRetrievalError
    from botocore.session import Session

    try:
        session = Session()
        region = session.get_config_variable("region") or ""
        found = session.get_credentials()
    except CredentialRetrievalError as error:
        raise NoResponse(str(error)) from error
    except BotoCoreError as error:
        raise NotConfigured(str(error)) from error
    if not found:
        raise NotConfigured("there are no credentials of AWS; set AWS_ACCESS_KEY_ID, or a profile")
    return region, renewed(found)


def renewed(found: Any) -> Callable[[], Credentials]:
    """Return a function that returns botocore's credentials, and renews those that expire."""
    from botocore.exceptions import CredentialRetrievalError

    def current() -> Credentials:
        try:
            frozen = found.get_frozen_credentials()
        except CredentialRetrievalError as error:
            raise NoResponse(str(error)) from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")

    return current
