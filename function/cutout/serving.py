"""Serve the API with uvicorn until a signal arrives."""

import ctypes
import logging
import signal
import socket
import sys
from asyncio import CancelledError
from collections.abc import Callable
from http import HTTPStatus

import h11
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from cutout import bootstrap
from cutout.config import Settings
from cutout.engine import Engine
from cutout.errors import CutoutError, MalformedRequest
from cutout.options.record import Options
from cutout.picture import Result
from cutout.web.drain import Drain
from cutout.web.problems import CLIENT_CLOSED_REQUEST, explain, problem

Finish = Callable[[FastAPI, Engine], FastAPI]  # adds a program's own routes to the API
NAMES = {"127.0.0.1": "localhost", "0.0.0.0": "localhost"}
GRACE_S = 3  # for requests that run when the server is stopped
M_ARENA_MAX, ARENAS = -8, 2  # malloc.h of glibc


class PortTaken(Exception):
    """The port cannot be bound; str(error) names it and the reason."""


def run(host: str, port: int, finish: Finish, program: str, another: str) -> int:
    """Serve until a signal arrives. Returns 0, or 1 after printing why it could not start."""
    # Like Ctrl-C. By default, the first process of a container ignores SIGTERM.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _serve(host, port, finish)
    except KeyboardInterrupt:  # uvicorn has shut down and raised it again
        return 0
    except CutoutError as error:
        return _print_error(program, str(error))
    except PortTaken as error:
        return _print_error(program, f"{error}; try `{program} {another}`")
    return 0


def share_arenas() -> None:
    """Limit glibc to two memory arenas for all threads.

    By default, most of the forty threads have an arena each, which keeps the memory of a picture:
    1.9 GB after 20 parallel requests of 12 MP, but 0.7 GB with two arenas.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in musl and macOS
    if mallopt:
        mallopt(M_ARENA_MAX, ARENAS)


def _serve(host: str, port: int, finish: Finish) -> None:
    share_arenas()
    settings = Settings.from_env()
    with (
        bootstrap.engine_in_workers(settings, settings.threads) as engine,
        socket.socket() as listener,
    ):
        engine.network(Options())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()  # a reader of the line below may connect immediately
        except (OSError, OverflowError) as error:
            raise PortTaken(f"port {port} is not available on {host} ({error})") from error
        app = Served(Drain(finish(bootstrap.app(settings, engine, _record), engine)))
        address = f"http://{NAMES.get(host, host)}:{listener.getsockname()[1]}"
        print(f"Cutout is on {address} (Ctrl-C stops it)", flush=True)
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",  # the default depends on the packages that are installed
            log_level="info",
            timeout_graceful_shutdown=GRACE_S,
            proxy_headers=False,  # callers could forge their address
        )
        uvicorn.Server(config).run([listener])


class Served:
    """Responds with 503, not uvicorn's 500, to requests still open when the grace period ends, and
    logs requests whose client has gone, which uvicorn does not log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            if message.get("status") == CLIENT_CLOSED_REQUEST:
                _log_abandoned(scope)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except CancelledError:
            if not has_started:
                sentence = "the server is stopping; try again"
                response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "Stopping", "stopping", sentence)
                await response(scope, receive, send)


class Protocol(H11Protocol):
    """HTTP/1.1 with errors in the shape of the API's."""

    def send_400_response(self, msg: str) -> None:
        """Overrides uvicorn's response to bytes that are no HTTP, which is plain text."""
        response = explain(MalformedRequest("this is not a valid request of HTTP/1.1"), "")
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(
                    status_code=response.status_code,
                    headers=[*response.raw_headers, (b"connection", b"close")],
                    reason=b"Bad Request",
                ),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _log_abandoned(scope: Scope) -> None:
    host, port = scope["client"] or ("", 0)
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', f"{host}:{port}", scope["method"], scope["path"],
        scope["http_version"], CLIENT_CLOSED_REQUEST,
    )  # fmt: skip


def _print_error(program: str, sentence: str) -> int:
    print(f"{program}: {sentence}", file=sys.stderr)
    return 1


def _record(result: Result) -> None:
    stages = ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in result.timings_ms.items())
    logging.getLogger("uvicorn.error").info("%s: %s", result.model, stages)


def with_root(app: FastAPI, engine: Engine) -> FastAPI:
    """Redirect browsers from / to the documentation of the API."""
    app.add_route("/", _to_docs, include_in_schema=False)
    return app


def _to_docs(request: Request) -> RedirectResponse:
    return RedirectResponse("docs")
