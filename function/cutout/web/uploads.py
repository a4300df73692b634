"""/v1.0/uploads: for pictures that are too large for a request, and for the page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from cutout.credits.meter import Identity
from cutout.deadline import Deadline
from cutout.errors import InvalidParameter, MultipleSources, UnsupportedOption
from cutout.jobs.uploads import Uploads
from cutout.options import removebg as dialect

from . import access
from . import concurrency as turns
from . import form as bodies
from . import openapi as descriptions
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports

OF_A_FILE = ("type", "bytes")
NAMES = (*OF_A_FILE, "url")
MOST_DIGITS = 15


class Ticket(BaseModel):
    upload_id: str
    url: str
    fields: dict[str, str]
    expires_in: int


class Photo(BaseModel):
    """What was fetched, and for ten minutes is to be had at photo_url, too."""

    upload_id: str
    photo_url: str


class Answer(BaseModel):
    data: Ticket | Photo


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
    def create(
        request: Request,
        deadline: Annotated[Deadline, Depends(turns.clock(ports.deadline_s))],
        body: Annotated[Body, Depends(read)],
    ) -> Answer:
        """Where to post the picture: as a form to `url` with all of `fields`, and as its last field
        `file`. A picture that has an address already is fetched from `url` instead. Then its
        `upload_id` is one of removebg's sources."""
        payer = access.payer(request)
        _check_names(body)
        if "url" in body:
            return Answer(data=fetched(payer, body.texts["url"], deadline))
        media_type, count = body.texts.get("type", ""), _bytes(body)
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

    def fetched(payer: Identity, url: str, deadline: Deadline) -> Photo:
        ports.admit(payer, fetches=True)
        taken = uploads.store(access.owner(payer), ports.fetch(url, deadline))
        return Photo(upload_id=taken.id, photo_url=taken.photo_url)

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


def _check_names(body: Body) -> None:
    for name in (*body.texts, *body.files):
        if name not in NAMES:
            raise UnsupportedOption(f"there is no parameter {name[:40]!r}; send {', '.join(NAMES)}")
        if name in OF_A_FILE and "url" in body:
            raise MultipleSources(f"url and {name} were sent; {name} is of a file that you post")


def _bytes(body: Body) -> int:
    text = body.texts.get("bytes", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > MOST_DIGITS:
        raise InvalidParameter("bytes has to be the size of the file, a whole number")
    return int(text)
