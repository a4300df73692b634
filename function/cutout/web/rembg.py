"""The endpoints of rembg's server: GET and POST /api/remove, as `rembg s` has them (rembg 2.0.86).

Unlike rembg, each parameter is read from the form and from the query alike, and a value that is not
offered or not valid is refused. As in rembg, parameters with unknown names are ignored.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from cutout.credits.meter import Identity
from cutout.deadline import Deadline
from cutout.options import rembg as dialect
from cutout.picture import Result

from . import access, concurrency, form, openapi, pictures, removal
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports
from .removal import CutoutRequest
from .reply import Delivery, result_headers


def router(ports: Ports) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["rembg"])
    rule = ports.visitor_rule() if ports.open_rembg_door else ports.key_rule()
    Clock = Annotated[
        Deadline, Depends(concurrency.clock(ports.deadline_s, has_jobs=bool(ports.jobs)))
    ]
    Identified = Annotated[Identity, Depends(rule)]

    @router.get(
        "/remove",
        response_class=Response,
        responses=openapi.REMBG_RESPONSES,
        openapi_extra=openapi.REMBG_GET,
    )
    async def remove_by_url(
        request: Request,
        deadline: Clock,
        identity: Identified,
        _: Annotated[None, Depends(form.discard)],
    ) -> Response:
        """The cutout of the picture at `url`, as PNG."""
        return await respond(request, Body({}, {}), deadline, identity)

    @router.post(
        "/remove",
        response_class=Response,
        responses=openapi.REMBG_RESPONSES,
        openapi_extra=openapi.REMBG_POST,
    )
    async def remove(
        request: Request,
        deadline: Clock,
        identity: Identified,
        body: Annotated[Body, Depends(form.reader(rule, ports.body_memory, FORM_BYTES))],
    ) -> Response:
        """The cutout of `file`, or of the picture at `url`, as PNG."""
        return await respond(request, body, deadline, identity)

    async def respond(
        request: Request, body: Body, deadline: Deadline, identity: Identity
    ) -> Response:
        cutout = await run_in_threadpool(parse, request, body)
        delivery = Delivery(ports.uploads, ports.max_result_bytes, access.account(identity))

        def present(result: Result) -> Response:
            return delivery.image(result, result_headers(result))

        return await removal.run(ports, request, identity, cutout, deadline, present)

    return router


def parse(request: Request, body: Body) -> CutoutRequest:
    """Read rembg's parameters from the body and the query.

    Raises the CutoutError that fits what is missing, contradictory or not valid."""
    body = form.with_query(body, request)
    form.refuse_files(body, dialect.PARAMETERS)  # else a text that comes as a file is ignored
    sources = pictures.find(body, pictures.REMBG)
    options = dialect.parse(body.texts, pictures.references(sources))
    return CutoutRequest(sources, options, removal.idempotency_key(request))
