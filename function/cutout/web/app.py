"""The HTTP API: the routers of all endpoints, limits, and the state of the process."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from cutout.version import VERSION

from . import access, jobs, problems, rembg, removebg, uploads
from .middleware import BodyLimit, RequestId
from .ports import Ports


def create_app(ports: Ports) -> FastAPI:
    app = FastAPI(
        title="Cutout",
        version=VERSION,
        description="Takes the background out of photos, for clients of remove.bg and of rembg.",
        redoc_url=None,
    )
    problems.install(app)
    app.add_middleware(BodyLimit, max_bytes=ports.max_bytes)
    # As at rembg's server: any site may call, and browsers send no cookie or credential.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["*"],
        expose_headers=["*"],
    )
    app.add_middleware(RequestId)
    app.include_router(removebg.router(ports))
    if ports.uploads:
        app.include_router(uploads.router(ports, ports.uploads))
    if ports.jobs:
        app.include_router(jobs.router(ports, ports.jobs))
    app.include_router(rembg.router(ports))
    app.include_router(_health(ports.is_ready))
    return app


def _health(is_ready: Callable[[], bool]) -> APIRouter:
    router = APIRouter(tags=["operators"], dependencies=[Depends(access.Anyone())])

    # async, since requests that wait for a slot may hold all threads of the pool.
    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process is running."""
        return {"status": "ok", "version": VERSION}

    @router.get("/readyz")
    async def readyz() -> Response:
        """The default model is loaded; 503 until then."""
        if is_ready():
            return JSONResponse({"status": "ready"})
        sentence = "the default model is not loaded yet"
        return problems.problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not ready", "loading", sentence)

    return router
