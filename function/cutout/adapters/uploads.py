"""/v1.0/uploads: for pictures that are too large for a request, and for the page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from cutout.dialects import removebg as dialect
from cutout.errors import InvalidParameter, UnsupportedOption
from cutout.services.uploads import Uploads

from . import access, bodies, descriptions
from .bodies import Body
from .middleware import FORM_BYTES
from .ports import Ports

NAMES = ("type", "bytes")
MOST_DIGITS = 15


class Ticket(BaseModel):
    upload_id: str
    url: str
    fields: dict[str, str]
    expires_in: int


class Answer(BaseModel):
    data: Ticket


def door(ports: Ports, uploads: Uploads) -> APIRouter:
    router = APIRouter(
        prefix=f"{dialect.PREFIX}/uploads",
        tags=["uploads"],
        route_class=ports.bounded(FORM_BYTES),
    )

    async def read(request: Request) -> Body:
        return await bodies.read(request, (), FORM_BYTES)

    @router.post(
        "",
        status_code=201,
        responses=descriptions.UPLOADS_ERRORS,
        openapi_extra=descriptions.UPLOADS_BODY,
    )
    def create(request: Request, body: Annotated[Body, Depends(read)]) -> Answer:
        """Where to post the picture: as a form to `url` with all of `fields`, and as its last field
        `file`. Then its `upload_id` is one of removebg's sources."""
        payer = access.payer(request)
        media_type, count = _type(body), _bytes(body)
        ports.admit(payer)
        made = uploads.create(access.owner(payer), media_type, count)
        return Answer(
            data=Ticket(
                upload_id=made.id,
                url=made.ticket.url,
                fields=made.ticket.fields,
                expires_in=made.ticket_s,
            )
        )

    @router.delete(
        "/{upload_id}",
        status_code=204,
        response_class=Response,
        responses=descriptions.UPLOADS_ERRORS,
    )
    def delete(request: Request, upload_id: str) -> Response:
        """The picture and its results are deleted, at once."""
        uploads.delete(access.owner(access.payer(request)), upload_id)
        return Response(status_code=204)

    return router


def _type(body: Body) -> str:
    for name in (*body.texts, *body.files):
        if name not in NAMES:
            raise UnsupportedOption(f"there is no parameter {name[:40]!r}; send {', '.join(NAMES)}")
    return body.texts.get("type", "")


def _bytes(body: Body) -> int:
    text = body.texts.get("bytes", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > MOST_DIGITS:
        raise InvalidParameter("bytes has to be the size of the file, a whole number")
    return int(text)
