"""The HTTP API: the routers of all endpoints, limits, and the state of the process."""

from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from cutout.version import VERSION

from . import access, docs, jobs, problems, rembg, removebg, uploads
from .middleware import BodyLimit, HeaderCheck, RequestId
from .ports import Ports
from .routing import Methods


def create_app(ports: Ports) -> FastAPI:
    app = FastAPI(
        title="Cutout",
        version=VERSION,
        description="Takes the background out of photos, for clients of remove.bg and of rembg.",
        docs_url=None,  # FastAPI's pages run a script of another host
        redoc_url=None,
    )
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
    app.include_router(removebg.router(ports))
    if ports.uploads:
        app.include_router(uploads.router(ports, ports.uploads))
    if ports.jobs:
        app.include_router(jobs.router(ports, ports.jobs))
    app.include_router(rembg.router(ports))
    app.include_router(_health(ports))
    app.include_router(docs.router(app))
    return app


def _health(ports: Ports) -> APIRouter:
    router = APIRouter(tags=["operators"], dependencies=[Depends(access.Anyone())])

    # async, since requests in work may hold all threads of the pool.
    @router.get("/healthz")
    @router.get("/health", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """The process is running."""
        return {"status": "ok", "version": VERSION}

    @router.get("/readyz")
    async def readyz() -> Response:
        """The default model is loaded, there is space for a photo, and tables and bucket respond;
        503 until then."""
        if not ports.is_ready():
            return _not_ready("loading", "the default model is not loaded yet")
        if not await run_in_threadpool(ports.body_memory.has_room, ports.max_bytes):
            return _not_ready("out_of_space", "neither memory nor disk has room for a photo")
        if ports.readiness:
            await ports.readiness.check()
        return JSONResponse({"status": "ready"})

    return router


def _not_ready(code: str, sentence: str) -> Response:
    return problems.problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not ready", code, sentence)
