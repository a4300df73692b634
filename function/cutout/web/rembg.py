"""The endpoints of rembg's server: GET and POST /api/remove, as `rembg s` has them (rembg 2.0.86).

As there, a GET has its parameters in the query and a POST in the form, but for `bgc` and `extras`,
and unknown parameters are ignored. Unlike there, a value that is not offered or not valid is
refused.
"""

from collections.abc import Sequence
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cutout.errors import UnsupportedOption
from cutout.options import rembg as dialect
from cutout.picture import Result
from cutout.version import VERSION

from . import access, concurrency, form, pictures, removal
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports
from .removal import CutoutRequest
from .reply import Delivery, result_headers
from .routing import Call, Endpoints

ENDPOINTS = ("GET /api/remove", "POST /api/remove", "GET /api/models")
PARAMETERS = {*dialect.PARAMETERS, *pictures.REMBG}


def endpoints(ports: Ports) -> Endpoints:
    """Return the endpoints of rembg's server."""
    endpoints = Endpoints("/api")
    rule = ports.visitor_rule() if ports.open_rembg_door else ports.key_rule()
    reader = form.reader(ports.body_memory, FORM_BYTES, slots=ports.slots)
    clock = concurrency.clock(ports.deadline_s, has_jobs=bool(ports.jobs))

    @endpoints.add("GET", "", access.Anyone())
    async def index(call: Call) -> Response:
        """The endpoints. Clients of rembg ask here whether its server is running."""
        return JSONResponse({"version": VERSION, "endpoints": ENDPOINTS, "docs": "/docs"})

    @endpoints.add("GET", "/models", access.Anyone())
    async def models(call: Call) -> Response:
        """The values of `model`: the models that are here, with the default's first, and those of
        rembg that the default replaces."""
        here = ports.model_names()
        names = [*here, *dialect.substituted(here)] if ports.substitute_models else here
        return JSONResponse(names)

    @endpoints.add("GET", "/remove", rule, clock)
    async def remove_by_url(call: Call) -> Response:
        """The cutout of the picture at `url`, as PNG."""
        await form.discard(call.request)
        return await respond(call, Body({}, {}))

    @endpoints.add("POST", "/remove", rule, clock)
    async def remove(call: Call) -> Response:
        """The cutout of `file`, or of the picture at `url`, as PNG."""
        async with reader(call) as body:
            return await respond(call, body)

    async def respond(call: Call, body: Body) -> Response:
        request, identity = call.request, call.identity
        is_strict = access.is_strict(request, identity)
        here = ports.model_names() if ports.substitute_models else ()
        cutout = await run_in_threadpool(parse, request, body, is_strict, here)
        delivery = Delivery(ports.uploads, ports.max_result_bytes, access.account(identity))

        def present(result: Result) -> Response:
            return delivery.image(result, result_headers(result))

        return await removal.run(ports, request, identity, cutout, call.deadline, present)

    return endpoints


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
