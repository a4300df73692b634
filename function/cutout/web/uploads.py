"""The endpoints of uploads, /v1.0/uploads: photos that are too large for a request."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from cutout.credits.allowance import UPLOAD_CALLS
from cutout.credits.meter import LEAST_PRICE, Identity
from cutout.deadline import Deadline
from cutout.errors import InvalidParameter, MultipleSources, UnsupportedOption
from cutout.jobs.uploads import Uploads
from cutout.options import removebg as dialect
from cutout.options.grammar import quoted

from . import access, concurrency, form, openapi
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports

OF_A_FILE = ("type", "bytes")
NAMES = (*OF_A_FILE, "url")
MOST_DIGITS = 15


class Ticket(BaseModel):
    """The presigned POST by which a client uploads its photo."""

    upload_id: str
    url: str
    fields: dict[str, str]
    expires_in: int  # seconds


class FetchedPhoto(BaseModel):
    """A photo that the service has fetched. photo_url works for ten minutes, and for one minute if
    the request had no API key."""

    upload_id: str
    photo_url: str


class Created(BaseModel):
    data: Ticket | FetchedPhoto


def router(ports: Ports, uploads: Uploads) -> APIRouter:
    router = APIRouter(prefix=f"{dialect.PREFIX}/uploads", tags=["uploads"])
    rule = ports.visitor_rule()
    Identified = Annotated[Identity, Depends(rule)]

    @router.post(
        "",
        status_code=201,
        responses=openapi.UPLOADS,
        openapi_extra=openapi.UPLOADS_BODY,
    )
    async def create(
        request: Request,
        deadline: Annotated[Deadline, Depends(concurrency.clock(ports.deadline_s))],
        identity: Identified,
        body: Annotated[
            Body, Depends(form.reader(rule, ports.body_memory, FORM_BYTES, FORM_BYTES))
        ],
    ) -> Created:
        """Create an upload. Post the photo to `url` as a form with all of `fields`, and with `file`
        as its last field. A photo with a public URL is fetched from `url` instead. The `upload_id`
        is then one of removebg's sources."""
        _check_names(body)

        async def work() -> Created:
            if "url" not in body:
                return await ports.store_threads.run(created, identity, body)
            async with ports.downloads.slot(deadline):
                return await ports.downloads.run(fetched, identity, body.texts["url"], deadline)

        return await concurrency.while_connected(request, deadline, work)

    def created(identity: Identity, body: Body) -> Created:
        media_type, count = body.texts.get("type", ""), _bytes(body)
        uploads.check(media_type, count)
        ports.admit(identity, counts_free=False, calls=UPLOAD_CALLS)
        upload = uploads.create(access.account(identity), media_type, count)
        return Created(
            data=Ticket(
                upload_id=upload.id,
                url=upload.ticket.url,
                fields=upload.ticket.fields,
                expires_in=upload.ticket_s,
            )
        )

    def fetched(identity: Identity, url: str, deadline: Deadline) -> Created:
        ports.check_url(url)
        ports.admit(identity, LEAST_PRICE, calls=UPLOAD_CALLS)
        upload = uploads.store(access.account(identity), ports.fetch(url, deadline))
        return Created(data=FetchedPhoto(upload_id=upload.id, photo_url=upload.photo_url))

    @router.delete(
        "/{upload_id}",
        status_code=204,
        response_class=Response,
        responses=openapi.UPLOADS_ERRORS,
    )
    async def delete(identity: Identified, upload_id: str) -> Response:
        """Delete the photo and its results at once."""
        await ports.store_threads.run(uploads.delete, access.account(identity), upload_id)
        return Response(status_code=204)

    return router


def _check_names(body: Body) -> None:
    form.refuse_files(body, body.files)
    for name in body.texts:
        if name not in NAMES:
            raise UnsupportedOption(
                f"there is no parameter {quoted(name)}; send {', '.join(NAMES)}"
            )
        if name in OF_A_FILE and "url" in body:
            raise MultipleSources(f"url and {name} were sent; {name} is of a file that you post")


def _bytes(body: Body) -> int:
    text = body.texts.get("bytes", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > MOST_DIGITS:
        raise InvalidParameter("bytes has to be the size of the file, a whole number")
    return int(text)
