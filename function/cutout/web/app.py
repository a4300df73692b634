"""The HTTP API: all endpoints, limits, and the state of the process."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

from cutout.version import VERSION

from . import access, docs, jobs, problems, rembg, removebg, uploads
from .middleware import BodyLimit, HeaderCheck, RequestId
from .ports import Ports
from .routing import Call, Endpoints, Methods


def create_app(ports: Ports) -> Starlette:
    """Build the API with those of the endpoints that the ports allow."""
    endpoints = _endpoints(ports)
    app = Starlette(routes=[*endpoints, *docs.endpoints(endpoints)])
    problems.install(app)
    # The last one added is the first that a request passes.
    app.add_middleware(BodyLimit, max_bytes=ports.max_bytes)
    app.add_middleware(Methods, routes=app.routes)
    app.add_middleware(HeaderCheck)
    # As at rembg's server: any site may call, and browsers send no cookie or credential.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["*"],  # a page may then read the 405 of another method
        allow_headers=["*"],
        expose_headers=["*"],
    )
    app.add_middleware(RequestId)
    return app


def _endpoints(ports: Ports) -> Endpoints:
    """Return all endpoints but those of the documentation."""
    endpoints = removebg.endpoints(ports)
    if ports.uploads:
        endpoints += uploads.endpoints(ports, ports.uploads)
    if ports.jobs:
        endpoints += jobs.endpoints(ports, ports.jobs)
    endpoints += rembg.endpoints(ports)
    endpoints += _health(ports)
    return endpoints


def _health(ports: Ports) -> Endpoints:
    endpoints = Endpoints()

    @endpoints.add("GET", "/healthz", access.Anyone())
    @endpoints.add("GET", "/health", access.Anyone())
    async def healthz(call: Call) -> Response:
        """The process is running."""
        return JSONResponse({"status": "ok", "version": VERSION})

    @endpoints.add("GET", "/readyz", access.Anyone())
    async def readyz(call: Call) -> Response:
        """The default model is loaded, there is space for a photo, and tables and bucket respond;
        503 until then."""
        if not ports.is_ready():
            return _not_ready("loading", "the default model is not loaded yet")
        if not await run_in_threadpool(ports.body_memory.has_room, ports.max_bytes):
            return _not_ready("out_of_space", "neither memory nor disk has room for a photo")
        if ports.readiness:
            await ports.readiness.check()
        return JSONResponse({"status": "ready"})

    return endpoints


def _not_ready(code: str, sentence: str) -> Response:
    return problems.problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not ready", code, sentence)
