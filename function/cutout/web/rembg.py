"""The endpoints of rembg's server: GET and POST /api/remove, as `rembg s` has them (rembg 2.0.86).

As there, a GET has its parameters in the query and a POST in the form, but for `bgc` and `extras`,
and unknown parameters are ignored. Unlike there, a value that is not offered or not valid is
refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from cutout.credits.meter import Identity
from cutout.deadline import Deadline
from cutout.errors import UnsupportedOption
from cutout.options import rembg as dialect
from cutout.picture import Result
from cutout.version import VERSION

from . import access, concurrency, form, openapi, pictures, removal
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports
from .removal import CutoutRequest
from .reply import Delivery, result_headers

ENDPOINTS = ("GET /api/remove", "POST /api/remove", "GET /api/models")
PARAMETERS = {*dialect.PARAMETERS, *pictures.REMBG}


def router(ports: Ports) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["rembg"])
    rule = ports.visitor_rule() if ports.open_rembg_door else ports.key_rule()
    anyone = [Depends(access.Anyone())]
    Clock = Annotated[
        Deadline, Depends(concurrency.clock(ports.deadline_s, has_jobs=bool(ports.jobs)))
    ]
    Identified = Annotated[Identity, Depends(rule)]

    # async, since requests in work may hold all threads of the pool.
    @router.get("", dependencies=anyone)
    async def index() -> dict[str, Any]:
        """The endpoints. Clients of rembg ask here whether its server is running."""
        return {"version": VERSION, "endpoints": ENDPOINTS, "docs": "/docs"}

    @router.get("/models", dependencies=anyone)
    async def models() -> list[str]:
        """The values of `model`: the models that are here, with the default's first, and those of
        rembg that the default replaces."""
        here = ports.model_names()
        return [*here, *dialect.substituted(here)] if ports.substitute_models else here

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
        body: Annotated[
            Body, Depends(form.reader(rule, ports.body_memory, FORM_BYTES, slots=ports.slots))
        ],
    ) -> Response:
        """The cutout of `file`, or of the picture at `url`, as PNG."""
        return await respond(request, body, deadline, identity)

    async def respond(
        request: Request, body: Body, deadline: Deadline, identity: Identity
    ) -> Response:
        is_strict = access.is_strict(request, identity)
        here = ports.model_names() if ports.substitute_models else ()
        cutout = await run_in_threadpool(parse, request, body, is_strict, here)
        delivery = Delivery(ports.uploads, ports.max_result_bytes, access.account(identity))

        def present(result: Result) -> Response:
            return delivery.image(result, result_headers(result))

        return await removal.run(ports, request, identity, cutout, deadline, present)

    return router


def parse(request: Request, body: Body, is_strict: bool, here: Sequence[str]) -> CutoutRequest:
    """Read rembg's parameters from the form of a POST, or from the query of a GET.

    The model that the quality implies, else the first that is `here`, replaces those of rembg that
    are not, unless the request is strict. Raises the CutoutError that fits what is missing,
    contradictory or not valid.
    """
    in_query = dialect.IN_QUERY if request.method == "POST" else PARAMETERS
    unread = sorted(PARAMETERS.intersection(request.query_params).difference(in_query))
    notices = [f"{', '.join(unread)}: not read from the query of a POST"] if unread else []
    if notices and is_strict:
        raise UnsupportedOption(notices[0])
    body = form.with_query(body, request, in_query)
    form.refuse_files(body, dialect.PARAMETERS)  # else a text that comes as a file is ignored
    sources = pictures.find(body, pictures.REMBG)
    options = dialect.parse(body.texts, pictures.references(sources))
    if options.model in dialect.substituted(here) and not is_strict:
        model, options = options.model, replace(options, model="")
        notices.append(dialect.substitution(model, options.effective_model or here[0]))
    return CutoutRequest(sources, options, removal.idempotency_key(request), tuple(notices))
