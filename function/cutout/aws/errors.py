"""What AWS's services have in common: trouble that comes and goes."""

from collections.abc import Container, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from cutout.errors import Unavailable


@contextmanager
def passing(service: str, codes: Container[str]) -> Iterator[None]:
    """Any other code than these is a mistake of ours."""
    try:
        yield
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(f"the service's {service} cannot be reached; try again") from error
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise
        raise Unavailable(f"the service's {service} is too busy; try again") from error
