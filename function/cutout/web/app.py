"""The HTTP API: health and limits here, each door in a module of its own."""

from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from cutout.version import VERSION

from . import access, account, jobs, problems, rembg, removebg, uploads
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
    # As rembg: any site may call, and no cookie or credential goes with it.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["*"],
        expose_headers=["*"],
    )
    app.add_middleware(RequestId)
    app.include_router(removebg.door(ports))
    app.include_router(account.door(ports))
    if ports.uploads:
        app.include_router(uploads.door(ports, ports.uploads))
    if ports.jobs:
        app.include_router(jobs.door(ports, ports.jobs))
    app.include_router(rembg.door(ports))
    app.include_router(_health(ports))
    return app


def _health(ports: Ports) -> APIRouter:
    router = APIRouter(route_class=access.Anyone, tags=["operators"])

    # Not in the pool of threads, where uploads may be waiting for their turn.
    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "version": VERSION}

    @router.get("/readyz")
    async def readyz() -> Response:
        """The default network is loaded; 503 until then."""
        if ports.is_ready():
            return JSONResponse({"status": "ready"})
        sentence = "the default network is not loaded yet"
        return problems.problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not ready", "loading", sentence)

    return router
