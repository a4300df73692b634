"""The HTTP API: health and limits here, each door in a module of its own."""

from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Response
from fastapi.exceptions import HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutout.contract import VERSION
from cutout.errors import FileTooLarge

from . import access, problems, rembg, removebg
from .ports import Ports
from .request_id import RequestId

DIGITS = 15
FORM_BYTES = 64 * 1024  # what a form may hold besides its picture


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
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=["*"],
    )
    app.add_middleware(RequestId)
    app.include_router(removebg.door(ports))
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


class BodyLimit:
    """Stops reading where a body grows too large, whether it said so before or not."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        # Where a picture may come in base64, three of its bytes take four.
        may_be_base64 = problems.is_removebgs(scope["path"])
        most = (self._max_bytes * 4 // 3 if may_be_base64 else self._max_bytes) + FORM_BYTES
        sentence = f"the body has more than the {most:,} bytes allowed"
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and (len(declared) > DIGITS or int(declared) > most):
            answer = problems.explain(FileTooLarge(sentence), scope["path"])
            return await answer(scope, receive, send)
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > most:
                # The form's reader lets this kind through, and turns others into its own.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
            return message

        return await self._app(scope, counted, send)
