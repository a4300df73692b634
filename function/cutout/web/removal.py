"""The one way in: validates and admits a request for a cutout, and only then makes the cutout."""

import re
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cutout.credits.allowance import Visitor
from cutout.credits.meter import Identity, highest_price
from cutout.deadline import Deadline
from cutout.errors import InvalidParameter, UnsupportedOption
from cutout.jobs.uploads import Uploads
from cutout.options.record import Options
from cutout.picture import Result

from . import access, concurrency, pictures, reply
from .concurrency import Slots
from .pictures import Source
from .ports import Ports

IDEMPOTENCY_KEY = re.compile("[ -~]{0,255}")


@dataclass(frozen=True)
class CutoutRequest:
    """A request for one cutout, free of the names of either contract."""

    sources: Mapping[str, Source]  # of the photo, and of the options' pictures by their fields
    options: Options  # with references for its pictures
    idempotency_key: str  # empty is none
    notices: tuple[str, ...] = ()  # a sentence for each thing that is done otherwise than asked

    @property
    def needs_fetch(self) -> bool:
        return any(source.kind == "url" for source in self.sources.values())

    @property
    def upload_id(self) -> str:
        photo = self.sources["photo"]
        return photo.text if photo.kind == "upload" else ""


def idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidParameter("an Idempotency-Key has at most 255 characters, all of ASCII")
    return key


def check(ports: Ports, request: CutoutRequest) -> None:
    """Raise the CutoutError that fits a request that is not valid, without any work or fetch."""
    ports.check(request.options)
    pictures.check(request.sources, ports.check_url)
    if request.upload_id:
        _uploads(ports)


async def run(
    ports: Ports,
    request: Request,
    identity: Identity,
    cutout: CutoutRequest,
    deadline: Deadline,
    present: Callable[[Result], Response],
) -> Response:
    """Check and admit the request, make the cutout, and charge it once its response is ready.

    Raises the CutoutError of the step that fails, also where the client has gone; steps after it
    have not begun, and a reservation is released.
    """

    def fetch() -> dict[str, bytes]:
        return {
            picture: _fetch(ports, identity, picture, source, deadline)
            for picture, source in cutout.sources.items()
            if not source.is_in_body
        }

    def make(fetched: dict[str, bytes]) -> Response:
        data = fetched | read(cutout.sources)
        photo = data.pop("photo")
        options = replace(cutout.options, watermark=access.is_test(identity))
        options = options.with_pictures(data)
        key = cutout.idempotency_key
        with ports.meter(identity, photo, options, key, cutout.needs_fetch) as receipt:
            result = ports.remove_background(photo, options, deadline)
            response = present(result)
            if deadline.is_abandoned:  # nobody gets the response
                raise deadline.exceeded()
        ports.record(result)
        response.headers.update(reply.credit_headers(receipt, identity))
        response.headers.update(reply.notice_headers(cutout.notices))
        return response

    async def work() -> Response:
        outside = _outside(ports, cutout)
        for slots in (*outside, ports.slots):
            slots.check()
        await run_in_threadpool(check, ports, cutout)
        await ports.store_threads.run(_admit, ports, identity, cutout)
        async with AsyncExitStack() as stack:
            fetched = {}
            for slots in outside:
                await stack.enter_async_context(slots.slot(deadline))
                fetched = await slots.run(fetch)
            await stack.enter_async_context(ports.slots.slot(deadline))
            return await ports.slots.run(make, fetched)

    return await concurrency.while_connected(request, deadline, work)


def _admit(ports: Ports, identity: Identity, cutout: CutoutRequest) -> None:
    """Count the request as Ports.admit does, unless its upload has counted it."""
    is_visitor = isinstance(identity, Visitor)
    if is_visitor and cutout.upload_id and _uploads(ports).use_first(cutout.upload_id):
        return
    unseen = highest_price(cutout.options) if cutout.needs_fetch else None
    ports.admit(identity, unseen, cutout.idempotency_key)


def _outside(ports: Ports, cutout: CutoutRequest) -> tuple[Slots, ...]:
    """Return the slots for what is read from outside of the body; none if there is nothing."""
    if cutout.needs_fetch:
        return (ports.downloads,)
    return (ports.upload_reads,) if cutout.upload_id else ()


def read(sources: Mapping[str, Source]) -> dict[str, bytes]:
    """Return the pictures that are in the body: photo, mask, alpha, backdrop."""
    return {picture: source.read() for picture, source in sources.items() if source.is_in_body}


def read_upload(ports: Ports, identity: Identity, upload_id: str) -> bytes:
    """Return the photo of a client's own upload. Raises UnsupportedOption without uploads."""
    return _uploads(ports).read(access.account(identity), upload_id)


def _fetch(
    ports: Ports, identity: Identity, picture: str, source: Source, deadline: Deadline
) -> bytes:
    if source.kind == "upload":
        return read_upload(ports, identity, source.text)
    with pictures.errors_of(picture):
        return ports.fetch(source.text, deadline)


def _uploads(ports: Ports) -> Uploads:
    if not ports.uploads:
        raise UnsupportedOption("there are no uploads here; send the picture itself")
    return ports.uploads
