"""Who may use a route: its router says so by the class of its routes."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from cutout.services.accounts import Caller


class Anyone(APIRoute):
    """No key is asked for."""


class Key(APIRoute):
    """For callers with an API key; key() makes the class that knows them."""


def key(authenticate: Callable[[str], Caller]) -> type[Key]:
    class Known(Key):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def admit(request: Request) -> Response:
                # Before FastAPI's own handler, which reads the body first.
                sent = request.headers.get("X-Api-Key", "")
                request.state.caller = await run_in_threadpool(authenticate, sent)
                return await handler(request)

            return admit

    return Known


def caller(request: Request) -> Caller | None:
    """None at a route that asks nobody."""
    return getattr(request.state, "caller", None)


def is_test(caller: Caller | None) -> bool:
    return caller is not None and caller.is_test
