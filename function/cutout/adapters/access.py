"""Who may use a route: its router says so by the class of its routes."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from cutout.errors import AuthFailed


class Anyone(APIRoute):
    """No key is asked for."""


class Key(APIRoute):
    """For callers with an API key. There are no keys yet, so it is for nobody."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        # In place of FastAPI's own handler, which would have read the body first.
        return _deny


async def _deny(request: Request) -> Response:
    raise AuthFailed("this route is for callers with an API key, and no keys are given out yet")
