"""Check a running service against the contracts of remove.bg and rembg, call by call.

The calls are charged as any are, those that succeed a quarter of a credit or one.
"""

from collections.abc import Iterator, Sequence

from cutout.client.http import ConnectionBroken
from cutout.errors import InvalidSetting, RemoteError

from . import uploads
from .calls import CALLS, OPEN
from .service import Call, Outcome, Service

NO_KEY_ASKED = "the service asks for no key"


def check(service: Service, calls: Sequence[Call] = CALLS) -> Iterator[Outcome]:
    """Yield the outcome of each call. Raises RemoteError where there is no service, and
    InvalidSetting where it asks for a key and there is none."""
    try:
        is_open = service.send(OPEN).status == 200
    except ConnectionBroken as error:
        raise RemoteError(str(error), "unreachable") from error
    if not is_open and not service.key:
        raise InvalidSetting("the service asks for a key: set CUTOUT_API_KEY, or give --key")
    for call in calls:
        if call.key is not None and is_open:
            yield Outcome(call.name, skipped=NO_KEY_ASKED)
        else:
            yield Outcome(call.name, _wrong(service, call))
    yield from _uploads(service)


def _wrong(service: Service, call: Call) -> str:
    try:
        response = service.send(call)
    except ConnectionBroken as error:
        return f"expected a response, came none: {error}"
    return next(filter(None, (expectation(response) for expectation in call.expected)), "")


def _uploads(service: Service) -> Iterator[Outcome]:
    try:
        yield from uploads.walk(service)
    except ConnectionBroken as error:
        yield Outcome("upload", f"expected a response, came none: {error}")
