"""Finds the AWS account to call: in the environment, or where boto3 looks for it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from .client import Account
from .errors import NoResponse, NotConfigured
from .signature import Credentials


def account(environment: Mapping[str, str]) -> Account:
    """Return the account of AWS's environment variables, which Lambda sets.

    What is not among them is searched by botocore, in a tenth of a second, in the files of AWS's
    command line, single sign-on and the machine's role: a region at once, and keys at the first
    call. Raises NotConfigured if there is no region.
    """
    region = environment.get("AWS_DEFAULT_REGION") or _region()
    keys = Credentials(
        environment.get("AWS_ACCESS_KEY_ID", ""),
        environment.get("AWS_SECRET_ACCESS_KEY", ""),
        environment.get("AWS_SESSION_TOKEN", ""),
    )
    endpoint = environment.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if keys.access_key and keys.secret_key:
        return Account(region, lambda: keys, endpoint)
    search = cache(_search)
    return Account(region, lambda: search()(), endpoint)


def renewed(found: Any) -> Callable[[], Credentials]:
    """Return a function that returns the credentials that botocore has found, and renews those that
    expire.

    The returned function raises NoResponse if a role does not respond, and NotConfigured if
    botocore has found none.
    """
    from botocore.exceptions import CredentialRetrievalError

    def current() -> Credentials:
        if not found:
            raise NotConfigured("there are no credentials of AWS; set AWS_PROFILE, or keys")
        try:
            frozen = found.get_frozen_credentials()
        except CredentialRetrievalError as error:
            raise NoResponse(str(error)) from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")

    return current


def _region() -> str:
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        region: str | None = Session().get_config_variable("region")
    except BotoCoreError as error:  # no such profile
        raise NotConfigured(str(error)) from error
    if not region:
        raise NotConfigured("there is no region of AWS; set AWS_DEFAULT_REGION")
    return region


def _search() -> Callable[[], Credentials]:
    from botocore.exceptions import BotoCoreError, CredentialRetrievalError
    from botocore.session import Session

    try:
        return renewed(Session().get_credentials())
    except CredentialRetrievalError as error:
        raise NoResponse(str(error)) from error
    except BotoCoreError as error:  # no such profile
        raise NotConfigured(str(error)) from error
