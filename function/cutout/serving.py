"""Serve the API with uvicorn until a signal arrives."""

import ctypes
import logging
import signal
import socket
import sys
from asyncio import CancelledError
from collections.abc import Callable
from http import HTTPStatus

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutout import bootstrap, engines
from cutout.config import Settings
from cutout.connections import limits, logs
from cutout.connections.guard import Guard
from cutout.connections.protocol import Protocol
from cutout.connections.server import Server
from cutout.engine.pipeline import Engine
from cutout.errors import CutoutError
from cutout.options.record import Options
from cutout.picture import Result
from cutout.web.drain import Drain
from cutout.web.problems import problem

Finish = Callable[[Starlette, Engine], Starlette]  # adds a program's own routes to the API
NAMES = {"127.0.0.1": "localhost", "0.0.0.0": "localhost"}
GRACE_S = 3  # for requests that run when the server is stopped
M_ARENA_MAX, ARENAS = -8, 2  # malloc.h of glibc
PR_SET_DUMPABLE = 4  # linux/prctl.h


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

    By default, most threads have an arena each, which keeps the memory of a request. Where pictures
    were decoded in these threads, 20 parallel requests of 12 MP left 1.9 GB, and 0.7 GB with two
    arenas; the worker processes, which decode them now, have two arenas each as well.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in musl and macOS
    if mallopt:
        mallopt(M_ARENA_MAX, ARENAS)


def hide_from_workers() -> None:
    """Forbid processes of the same user to read or trace this one: prctl(2), PR_SET_DUMPABLE.

    A worker process that a hostile picture has taken over would find secrets in this process's
    memory and environment. Root can read them still. Linux only.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _serve(host: str, port: int, finish: Finish) -> None:
    share_arenas()
    hide_from_workers()
    descriptors = limits.raise_descriptors()
    settings = Settings.from_env()
    with (
        engines.engine_in_workers(settings, settings.threads) as engine,
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
            lifespan="off",  # there is none; a second Ctrl-C would print a traceback of its end
            log_level="info",
            timeout_graceful_shutdown=GRACE_S,
            proxy_headers=False,  # callers could forge their address
            backlog=min(limits.BACKLOG, descriptors // 8),
            log_config=logs.config(),
        )
        Server(config, Guard(limits.for_descriptors(descriptors))).run([listener])


class Served:
    """Logs requests, and responds with 503, not uvicorn's 500, to those still open when the grace
    period ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            if message["type"] == "http.response.start":
                logs.log_request(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except CancelledError:
            if not has_started:
                sentence = "the server is stopping; try again"
                response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "Stopping", "stopping", sentence)
                await response(scope, receive, watched)


def _print_error(program: str, sentence: str) -> int:
    print(f"{program}: {sentence}", file=sys.stderr)
    return 1


def _record(result: Result) -> None:
    stages = ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in result.timings_ms.items())
    logging.getLogger("uvicorn.error").info("%s: %s", result.model, stages)


def with_root(app: Starlette, engine: Engine) -> Starlette:
    """Redirect browsers from / to the documentation of the API."""
    app.add_route("/", _to_docs, include_in_schema=False)
    return app


def _to_docs(request: Request) -> RedirectResponse:
    return RedirectResponse("docs")
