"""The endpoints of remove.bg's API 1.0: POST /v1.0/removebg and GET /v1.0/account.

Clients send a form of either kind or JSON, and an empty text for what they leave out.
"""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cutout.credits.allowance import Visitor
from cutout.credits.entries import QUARTERS_PER_CREDIT
from cutout.errors import ApiKeyMissing, InvalidParameter, UnsupportedOption
from cutout.options import removebg as dialect
from cutout.options.record import Options
from cutout.picture import Result

from . import access, concurrency, form, pictures, removal
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports
from .removal import CutoutRequest
from .reply import Delivery, result_headers
from .routing import Call, Endpoints

VISITORS_BYTES = 6 * 1024 * 1024  # of an alpha and a background: as many as Lambda accepts at all
LARGEST = 25_000_000  # pixels, for X-Max-Width and X-Max-Height


def endpoints(ports: Ports) -> Endpoints:
    """Return the endpoints of remove.bg's contract."""
    endpoints = Endpoints(dialect.PREFIX)
    reader = form.reader(
        ports.body_memory, 2 * ports.max_bytes, VISITORS_BYTES + FORM_BYTES, ports.slots
    )
    clock = concurrency.clock(ports.deadline_s, has_jobs=bool(ports.jobs))

    @endpoints.add("POST", "/removebg", ports.visitor_rule(), clock)
    async def removebg(call: Call) -> Response:
        """The cutout of one picture: a file, base64, the picture at a URL, or an upload."""
        async with reader(call) as body:
            return await respond(call, body)

    async def respond(call: Call, body: Body) -> Response:
        request, identity = call.request, call.identity
        if isinstance(identity, Visitor) and "upload_id" not in body:
            raise ApiKeyMissing(access.WITHOUT_A_KEY)
        is_strict = access.is_strict(request, identity)
        cutout = await run_in_threadpool(parse, request, body, is_strict)
        subject_type = dialect.subject_type(body.texts)
        delivery = Delivery(
            ports.uploads, ports.max_result_bytes, access.account(identity), cutout.upload_id
        )

        def present(result: Result) -> Response:
            respond = delivery.json if _wants_json(request) else delivery.image
            return respond(result, _headers(result, cutout.options, subject_type))

        return await removal.run(ports, request, identity, cutout, call.deadline, present)

    @endpoints.add("POST", "/improve", access.Anyone())
    async def improve(call: Call) -> Response:
        """remove.bg's endpoint for pictures to learn from, whose body is not read."""
        raise HTTPException(
            HTTPStatus.NOT_FOUND, "there is no improvement program here, as no picture is kept"
        )

    @endpoints.add("GET", "/account", ports.key_rule())
    async def account(call: Call) -> Response:
        """The credits that the account has left; a million where the service asks for no key."""
        left = await ports.store_threads.run(ports.balance, call.identity) / QUARTERS_PER_CREDIT
        # Strict clients accept these keys and no other. Credits here are bought and do not renew.
        credits = {"total": left, "subscription": 0, "payg": left, "enterprise": 0}
        attributes = {"credits": credits, "api": {"free_calls": 0, "sizes": "all"}}
        return JSONResponse({"data": {"attributes": attributes}})

    return endpoints


def parse(request: Request, body: Body, is_strict: bool) -> CutoutRequest:
    """Read remove.bg's parameters from the body and the model's version from its header.

    Raises the CutoutError that fits what is missing, contradictory or not valid, and
    UnsupportedOption for a strict request that Cutout would not honour as remove.bg does."""
    if request.query_params:
        raise UnsupportedOption("parameters have to be in the body, and not in the query")
    form.refuse_files(body, body.files.keys() - pictures.REMOVEBG.keys())
    sources = pictures.find(body, pictures.REMOVEBG)
    parameters = {name: text for name, text in body.texts.items() if name not in pictures.REMOVEBG}
    version = request.headers.get("X-Cutout-Model-Version", "")
    if version and parameters.setdefault("model_version", version) != version:
        raise InvalidParameter("model_version and X-Cutout-Model-Version have different values")
    options = dialect.parse(parameters, pictures.references(sources))
    options = dialect.within_limits(options, in_bucket=sources["photo"].kind == "upload")
    dialect.subject_type(parameters)  # raises where it is not valid
    if is_strict:
        dialect.check_strictly(parameters)
    notices = dialect.notices(parameters)
    return CutoutRequest(sources, options, removal.idempotency_key(request), notices)


def _headers(result: Result, options: Options, subject_type: str) -> dict[str, str]:
    largest = result.source.at_most(max(LARGEST, options.max_pixels))
    headers = result_headers(result) | {
        "X-Max-Width": str(largest.width),
        "X-Max-Height": str(largest.height),
        # remove.bg sends it always, and not only in response to a request with an Origin.
        "Access-Control-Allow-Origin": "*",
    }
    return headers | ({"X-Type": subject_type} if subject_type else {})


def _wants_json(request: Request) -> bool:
    """Whether the client accepts JSON alone; axios accepts anything, and gets the picture."""
    accepted = request.headers.get("accept", "").lower()
    takes_more = "image/" in accepted or "*/*" in accepted
    return "application/json" in accepted and not takes_more
