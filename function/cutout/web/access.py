"""Who may use a route: its router says so by the class of its routes."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from cutout.credits.accounts import ApiKey
from cutout.credits.allowance import Visitor
from cutout.credits.meter import Identity
from cutout.errors import AuthFailed

from .middleware import limited

WITHOUT_A_KEY = "without a key in X-Api-Key no photo is taken but by its upload_id, and little else"
Authenticate = Callable[[str], ApiKey]


class Anyone(APIRoute):
    """No key is asked for."""


class Key(APIRoute):
    """For callers with an API key."""


class Bounded(APIRoute):
    """For callers with an API key, and within bounds for others."""


Rule = TypeVar("Rule", Key, Bounded)


def key(authenticate: Authenticate) -> type[Key]:
    async def admit(request: Request) -> Request:
        request.state.payer = await run_in_threadpool(authenticate, _sent(request))
        return request

    return _admitting(Key, admit)


def bounded(
    authenticate: Authenticate, visitor: Callable[[Request], Visitor], max_bytes: int = 0
) -> type[Bounded]:
    """max_bytes are of a body that comes without a key; 0 leaves them to others."""

    async def admit(request: Request) -> Request:
        if sent := _sent(request):
            request.state.payer = await run_in_threadpool(authenticate, sent)
            return request
        request.state.payer = visitor(request)
        if not max_bytes:
            return request
        receive = limited(request.receive, max_bytes, AuthFailed(WITHOUT_A_KEY))
        return Request(request.scope, receive)

    return _admitting(Bounded, admit)


def payer(request: Request) -> Identity:
    """None at a route that asks nobody."""
    return getattr(request.state, "payer", None)


def is_test(payer: Identity) -> bool:
    return isinstance(payer, ApiKey) and payer.is_test


def owner(payer: Identity) -> str:
    """The account; empty for all who have none."""
    return payer.account if isinstance(payer, ApiKey) else ""


def _sent(request: Request) -> str:
    return request.headers.get("X-Api-Key", "")


def _admitting(
    rule: type[Rule], admit: Callable[[Request], Coroutine[Any, Any, Request]]
) -> type[Rule]:
    class Admitting(rule):  # type: ignore[valid-type, misc]
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def handle(request: Request) -> Response:
                # Before FastAPI's own handler, which reads the body first.
                response: Response = await handler(await admit(request))
                return response

            return handle

    return Admitting
