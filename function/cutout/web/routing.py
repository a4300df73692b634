"""Handles HEAD, OPTIONS, methods that a path does not have, and slashes at the end of paths."""

from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from re import Pattern

from fastapi import Response
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import problems


class Methods:
    """Treats a path with a slash at its end as the one without, HEAD as GET without the body,
    responds to OPTIONS with the path's methods, and to any other method with a 405 that names them.

    Starlette instead redirects a path with a slash, which makes some clients lose their body, knows
    HEAD at its own routes alone, and names the methods of only the first route with the path.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = routes  # the list of the app, to which more are added later

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"].rstrip("/") or "/"
        methods = self._methods(path)
        if not methods:
            return await self._app(scope, receive, send)
        scope = {**scope, "path": path}
        method, allow = scope["method"], {"Allow": ", ".join(methods)}
        if method == "OPTIONS":
            response = Response(status_code=HTTPStatus.NO_CONTENT, headers=allow)
            return await response(scope, receive, send)
        if method not in methods:
            return await problems.not_allowed(allow)(scope, receive, send)
        if method == "HEAD":
            scope["method"], send = "GET", _without_body(send)
        await self._app(scope, receive, send)

    def _methods(self, path: str) -> list[str]:
        """Return the methods of the API's routes with this path; empty if there are none."""
        found = {
            method for pattern, methods in self._table if pattern.match(path) for method in methods
        }
        if "GET" in found:
            found.add("HEAD")
        return sorted(found | {"OPTIONS"}) if found else []

    @cached_property
    def _table(self) -> list[tuple[Pattern[str], set[str]]]:
        return [
            (compile_path(context.path)[0], context.methods)
            for context in iter_route_contexts(self._routes)
            if context.path and context.methods  # not the page's files, which are mounted
        ]


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_headers
