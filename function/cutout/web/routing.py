"""Endpoints with their access rules; HEAD, OPTIONS, methods that a path does not have, and slashes
at the end of paths."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from http import HTTPStatus
from re import Pattern
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutout.credits.meter import Identity
from cutout.deadline import Deadline

from . import concurrency, problems
from .access import Rule


class Call(NamedTuple):
    """A request that the access rule of its endpoint has let in."""

    request: Request
    identity: Identity
    deadline: Deadline  # counts from before the access rule, which may wait for a table


Handler = Callable[[Call], Awaitable[Response]]
WITHOUT_DEADLINE = concurrency.clock()


class Endpoint(Route):
    """A route that calls its access rule first, and has exactly one method.

    Its name and docstring, for the OpenAPI description, are those of the handler."""

    def __init__(
        self, method: str, path: str, rule: Rule, clock: Callable[[], Deadline], handler: Handler
    ) -> None:
        async def respond(request: Request) -> Response:
            deadline = clock()
            identity = await rule(request)
            return await handler(Call(request, identity, deadline))

        super().__init__(path, respond, methods=[method], name=handler.__name__)
        self.method = method
        self.methods = {method}  # Starlette adds HEAD to GET, as Methods does for all routes
        self.rule = rule
        self.handler = handler


class Endpoints(list[Endpoint]):
    """The endpoints of paths with a common prefix, which handlers are added to by a decorator."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def add(
        self,
        method: str,
        path: str,
        rule: Rule,
        clock: Callable[[], Deadline] = WITHOUT_DEADLINE,
    ) -> Callable[[Handler], Handler]:
        """Return a decorator that makes an endpoint of its handler."""

        def decorated(handler: Handler) -> Handler:
            self.append(Endpoint(method, self._prefix + path, rule, clock, handler))
            return handler

        return decorated


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
            (route.path_regex, route.methods)
            for route in self._routes
            if isinstance(route, Route) and route.methods  # not the page's files, which are mounted
        ]


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_headers
