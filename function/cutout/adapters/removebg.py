"""remove.bg's door: POST /v1.0/removebg, as its API 1.0 has it.

Its clients send the same in a form of either kind or as JSON, and an empty text for what they leave
out.
"""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from cutout.contract import Options, Result
from cutout.deadline import Deadline
from cutout.dialects import removebg as dialect
from cutout.errors import (
    AuthFailed,
    BackgroundDownloadFailed,
    ImageDownloadFailed,
    InvalidBackgroundUrl,
    InvalidImageUrl,
    MissingSource,
    MultipleBackgrounds,
    MultipleSources,
    UnreadablePicture,
    UnsupportedOption,
)
from cutout.services.allowance import Visitor

from . import access, answers, bodies, charges, descriptions, turns
from .bodies import Body
from .middleware import FORM_BYTES
from .ports import Ports

PICTURES = dialect.SOURCES | dialect.BACKDROPS | dialect.ALPHAS
BEHIND = (*dialect.BACKDROPS, "bg_color", "bg_blur")
VISITORS_BYTES = 6 * 1024 * 1024  # of an alpha and a background; Lambda takes no more of anyone
TO_BASE64 = bytes.maketrans(b"-_", b"+/")
LARGEST = 25_000_000  # pixels, of what X-Max-Width and X-Max-Height tell


@dataclass(frozen=True)
class Asked:
    """Where its pictures come from are the names of parameters; there may be no backdrop."""

    photo: str
    backdrop: str
    options: Options
    subject_type: str  # empty is not to be told


def door(ports: Ports) -> APIRouter:
    router = APIRouter(
        prefix=dialect.PREFIX,
        tags=["remove.bg"],
        route_class=ports.bounded(VISITORS_BYTES + FORM_BYTES),
    )

    async def read(request: Request) -> AsyncIterator[Body]:
        try:
            yield await bodies.read(request, dialect.FILES, 2 * ports.max_bytes)
        finally:
            await request.close()  # of its files

    @router.post(
        "/removebg",
        response_class=Response,
        responses=descriptions.ANSWERS,
        openapi_extra=descriptions.BODY,
    )
    def removebg(
        request: Request,
        deadline: Annotated[Deadline, Depends(turns.clock(ports.deadline_s))],
        body: Annotated[Body, Depends(read)],
    ) -> Response:
        """The cutout of one picture, which is sent as a file, in base64 or by its address."""
        payer = access.payer(request)
        if isinstance(payer, Visitor) and "upload_id" not in body:
            raise AuthFailed(access.WITHOUT_A_KEY)
        asked, owner = _asked(request, body), access.owner(payer)
        ports.check(asked.options)
        ports.admit(payer)
        fetched = _fetched(asked, body, ports, deadline, owner)
        place = answers.Place(owner, body.texts.get("upload_id", ""))

        def present(result: Result) -> Response:
            form = answers.in_json if _wants_json(request) else answers.picture
            return form(result, _headers(result, asked), ports, place)

        with turns.turn(ports.slots, deadline):
            options = replace(
                asked.options,
                alpha=body.file("alpha_file") if "alpha_file" in body else b"",
                backdrop=_picture(asked.backdrop, body, fetched),
            )
            photo = _picture(asked.photo, body, fetched)
            return charges.answer(ports, request, photo, options, deadline, present)

    return router


def _asked(request: Request, body: Body) -> Asked:
    if request.query_params:
        raise UnsupportedOption("parameters belong into the body, and not into the address")
    photos = [name for name in dialect.SOURCES if name in body]
    if not photos:
        raise MissingSource(f"send one of {', '.join(dialect.SOURCES)}")
    if len(photos) > 1:
        raise MultipleSources(f"{' and '.join(photos)} were sent; send one of them")
    behind = [name for name in BEHIND if name in body]
    if len(behind) > 1:
        raise MultipleBackgrounds(f"{' and '.join(behind)} were sent; send one of them")
    backdrop = "".join(name for name in behind if name in dialect.BACKDROPS)
    given = {name: text for name, text in body.texts.items() if name not in PICTURES}
    options = replace(
        dialect.options(given, bool(backdrop), is_upload=photos[0] == "upload_id"),
        model_version=request.headers.get("X-Cutout-Model-Version", ""),
    )
    return Asked(photos[0], backdrop, options, dialect.subject_type(given))


def _fetched(
    asked: Asked, body: Body, ports: Ports, deadline: Deadline, owner: str
) -> dict[str, bytes]:
    """What comes from elsewhere, by the parameter that told where."""
    fetched = {}
    if asked.photo == "upload_id":
        if not ports.uploads:
            raise UnsupportedOption("there are no uploads here; send the picture itself")
        fetched["upload_id"] = ports.uploads.read(owner, body.texts["upload_id"])
    if asked.photo == "image_url":
        fetched["image_url"] = ports.fetch(body.texts["image_url"], deadline)
    if asked.backdrop == "bg_image_url":
        try:
            fetched["bg_image_url"] = ports.fetch(body.texts["bg_image_url"], deadline)
        except InvalidImageUrl as error:
            raise InvalidBackgroundUrl(str(error)) from error
        except ImageDownloadFailed as error:
            raise BackgroundDownloadFailed(str(error)) from error
    return fetched


def _picture(name: str, body: Body, fetched: dict[str, bytes]) -> bytes:
    if not name or name in fetched:
        return fetched.get(name, b"")
    return _from_base64(body.texts[name]) if name.endswith("_b64") else body.file(name)


def _from_base64(text: str) -> bytes:
    """Of either alphabet (RFC 4648), with or without lines, padding and a data URL's head."""
    head, comma, rest = text.partition(",")
    coded = rest if comma and head.startswith("data:") else text
    try:
        plain = coded.encode("ascii").translate(TO_BASE64, b" \t\r\n=")
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise UnreadablePicture("image_file_b64 is not base64 (RFC 4648)") from error


def _headers(result: Result, asked: Asked) -> dict[str, str]:
    largest = result.source.at_most(max(LARGEST, asked.options.max_pixels))
    told = answers.headers(result) | {
        "X-Max-Width": str(largest.width),
        "X-Max-Height": str(largest.height),
        "Access-Control-Allow-Origin": "*",  # to whoever asks, as there; elsewhere to origins alone
    }
    return told | ({"X-Type": asked.subject_type} if asked.subject_type else {})


def _wants_json(request: Request) -> bool:
    """Who takes anything besides, as axios does, gets the picture."""
    accepted = request.headers.get("accept", "").lower()
    takes_more = "image/" in accepted or "*/*" in accepted
    return "application/json" in accepted and not takes_more
