"""The endpoints of uploads, /v1.0/uploads: photos that are too large for a request."""

from typing import Any

from starlette.responses import JSONResponse, Response

from cutout.credits.allowance import UPLOAD_CALLS
from cutout.credits.meter import LEAST_PRICE, Identity
from cutout.deadline import Deadline
from cutout.errors import InvalidParameter, MultipleSources, UnsupportedOption
from cutout.jobs.uploads import Uploads
from cutout.options import removebg as dialect
from cutout.options.grammar import quoted

from . import access, concurrency, form
from .form import Body
from .middleware import FORM_BYTES
from .ports import Ports
from .routing import Call, Endpoints

OF_A_FILE = ("type", "bytes")
NAMES = (*OF_A_FILE, "url")
MOST_DIGITS = 15


def endpoints(ports: Ports, uploads: Uploads) -> Endpoints:
    """Return the endpoints that create and delete uploads, for accounts and visitors."""
    endpoints = Endpoints(f"{dialect.PREFIX}/uploads")
    rule = ports.visitor_rule()
    reader = form.reader(ports.body_memory, FORM_BYTES, FORM_BYTES)

    @endpoints.add("POST", "", rule, concurrency.clock(ports.deadline_s))
    async def create(call: Call) -> Response:
        """Create an upload. Post the photo to `url` as a form with all of `fields`, and with `file`
        as its last field. A photo with a public URL is fetched from `url` instead. The `upload_id`
        is then one of removebg's sources."""
        async with reader(call) as body:
            return JSONResponse({"data": await new_upload(call, body)}, 201)

    async def new_upload(call: Call, body: Body) -> dict[str, Any]:
        identity, deadline = call.identity, call.deadline
        _check_names(body)

        async def work() -> dict[str, Any]:
            if "url" not in body:
                return await ports.store_threads.run(created, identity, body)
            async with ports.downloads.slot(deadline):
                return await ports.downloads.run(fetched, identity, body.texts["url"], deadline)

        return await concurrency.while_connected(call.request, deadline, work)

    def created(identity: Identity, body: Body) -> dict[str, Any]:
        media_type, count = body.texts.get("type", ""), _bytes(body)
        uploads.check(media_type, count)
        ports.admit(identity, counts_free=False, calls=UPLOAD_CALLS)
        upload = uploads.create(access.account(identity), media_type, count)
        return {
            "upload_id": upload.id,
            "url": upload.ticket.url,
            "fields": upload.ticket.fields,
            "expires_in": upload.ticket_s,
        }

    def fetched(identity: Identity, url: str, deadline: Deadline) -> dict[str, Any]:
        ports.check_url(url)
        ports.admit(identity, LEAST_PRICE, calls=UPLOAD_CALLS)
        upload = uploads.store(access.account(identity), ports.fetch(url, deadline))
        return {"upload_id": upload.id, "photo_url": upload.photo_url}

    @endpoints.add("DELETE", "/{upload_id}", rule)
    async def delete(call: Call) -> Response:
        """Delete the photo and its results at once."""
        account, upload_id = access.account(call.identity), call.request.path_params["upload_id"]
        await ports.store_threads.run(uploads.delete, account, upload_id)
        return Response(status_code=204)

    return endpoints


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
