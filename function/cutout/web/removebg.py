"""remove.bg's door: POST /v1.0/removebg, as its API 1.0 has it.

Its clients send the same in a form of either kind or as JSON, and an empty text for what they leave
out.
"""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from cutout.credits.allowance import Visitor
from cutout.deadline import Deadline
from cutout.errors import AuthFailed, UnreadablePicture, UnsupportedOption, of_a_background
from cutout.options import removebg as dialect
from cutout.options.record import Options
from cutout.picture import Result

from . import access, charges
from . import concurrency as turns
from . import form as bodies
from . import openapi as descriptions
from . import reply as answers
from .call import FILES, Call, read
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports

VISITORS_BYTES = 6 * 1024 * 1024  # of an alpha and a background; Lambda takes no more of anyone
TO_BASE64 = bytes.maketrans(b"-_", b"+/")
LARGEST = 25_000_000  # pixels, of what X-Max-Width and X-Max-Height tell


def door(ports: Ports) -> APIRouter:
    router = APIRouter(
        prefix=dialect.PREFIX,
        tags=["remove.bg"],
        route_class=ports.bounded(VISITORS_BYTES + FORM_BYTES),
    )

    @router.post(
        "/removebg",
        response_class=Response,
        responses=descriptions.ANSWERS,
        openapi_extra=descriptions.BODY,
    )
    def removebg(
        request: Request,
        deadline: Annotated[Deadline, Depends(turns.clock(ports.deadline_s, bool(ports.jobs)))],
        body: Annotated[Body, Depends(reader(ports))],
    ) -> Response:
        """The cutout of one picture, which is sent as a file, in base64 or by its address."""
        payer = access.payer(request)
        if isinstance(payer, Visitor) and "upload_id" not in body:
            raise AuthFailed(access.WITHOUT_A_KEY)
        call, owner = called(request, body), access.owner(payer)
        options = call.options
        ports.check(options)
        fetches = "image_url" in body or "bg_image_url" in body
        ports.admit(payer, fetches)
        photo, backdrop = _fetched(call, body, ports, deadline, owner)
        place = answers.Place(owner, body.texts.get("upload_id", ""))

        def present(result: Result) -> Response:
            form = answers.in_json if _wants_json(request) else answers.picture
            return form(result, _headers(result, options, call.subject_type), ports, place)

        with turns.turn(ports.slots, deadline):
            pictures = {
                name: sent(f"{name}_file", body)
                for name in ("alpha", "mask")
                if f"{name}_file" in body
            }
            if call.backdrop:
                pictures["backdrop"] = backdrop or sent(call.backdrop, body)
            photo = photo or sent(call.photo, body)
            work = options.with_pictures(pictures)
            return charges.answer(ports, request, photo, work, deadline, present, fetches)

    return router


def reader(ports: Ports) -> Callable[[Request], AsyncIterator[Body]]:
    async def body(request: Request) -> AsyncIterator[Body]:
        try:
            yield await bodies.read(request, FILES, 2 * ports.max_bytes)
        finally:
            await request.close()  # of its files

    return body


def called(request: Request, body: Body) -> Call:
    if request.query_params:
        raise UnsupportedOption("parameters belong into the body, and not into the address")
    model_version = request.headers.get("X-Cutout-Model-Version", "")
    return read(body.texts, body.files, model_version)


def uploaded(ports: Ports, owner: str, body: Body) -> bytes:
    if not ports.uploads:
        raise UnsupportedOption("there are no uploads here; send the picture itself")
    return ports.uploads.read(owner, body.texts["upload_id"])


def sent(name: str, body: Body) -> bytes:
    """A picture that is in the body itself; empty where it is not."""
    if name not in FILES and not name.endswith("_b64"):
        return b""
    return _from_base64(body.texts[name]) if name.endswith("_b64") else body.file(name)


def _fetched(
    call: Call, body: Body, ports: Ports, deadline: Deadline, owner: str
) -> tuple[bytes, bytes]:
    """What comes from elsewhere, before its turn."""
    photo = backdrop = b""
    if call.photo == "upload_id":
        photo = uploaded(ports, owner, body)
    if call.photo == "image_url":
        photo = ports.fetch(body.texts["image_url"], deadline)
    if call.backdrop == "bg_image_url":
        with of_a_background():
            backdrop = ports.fetch(body.texts["bg_image_url"], deadline)
    return photo, backdrop


def _from_base64(text: str) -> bytes:
    """Of either alphabet (RFC 4648), with or without lines, padding and a data URL's head."""
    head, comma, rest = text.partition(",")
    coded = rest if comma and head.startswith("data:") else text
    try:
        plain = coded.encode("ascii").translate(TO_BASE64, b" \t\r\n=")
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise UnreadablePicture("image_file_b64 is not base64 (RFC 4648)") from error


def _headers(result: Result, options: Options, subject_type: str) -> dict[str, str]:
    largest = result.source.at_most(max(LARGEST, options.max_pixels))
    told = answers.headers(result) | {
        "X-Max-Width": str(largest.width),
        "X-Max-Height": str(largest.height),
        "Access-Control-Allow-Origin": "*",  # to whoever asks, as there; elsewhere to origins alone
    }
    return told | ({"X-Type": subject_type} if subject_type else {})


def _wants_json(request: Request) -> bool:
    """Who takes anything besides, as axios does, gets the picture."""
    accepted = request.headers.get("accept", "").lower()
    takes_more = "image/" in accepted or "*/*" in accepted
    return "application/json" in accepted and not takes_more
