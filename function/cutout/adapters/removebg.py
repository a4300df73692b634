"""remove.bg's door: POST /v1.0/removebg, as its API 1.0 has it.

Its clients send the same in a form of either kind or as JSON, and an empty text for what they leave
out.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from cutout.contract import Result
from cutout.deadline import Deadline
from cutout.dialects import removebg as dialect
from cutout.errors import (
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

from . import access, answers, bodies, descriptions, turns
from .bodies import Body
from .ports import Ports

PICTURES = dialect.SOURCES | dialect.BACKDROPS
LARGEST = 25_000_000  # pixels, of what X-Max-Width and X-Max-Height tell


def door(ports: Ports) -> APIRouter:
    rule = access.Key if ports.ask_for_keys else access.Anyone
    router = APIRouter(prefix="/v1.0", tags=["remove.bg"], route_class=rule)

    async def read(request: Request) -> AsyncIterator[Body]:
        try:
            yield await bodies.read(request, dialect.FILES, ports.max_bytes * 4 // 3)
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
        body: Annotated[Body, Depends(read)],
        deadline: Annotated[Deadline, Depends(turns.clock(ports.deadline_s))],
    ) -> Response:
        """The cutout of one picture, which is sent as a file, in base64 or by its address."""
        if request.query_params:
            raise UnsupportedOption("parameters belong into the body, and not into the address")
        asked = {name: text for name, text in body.texts.items() if name not in PICTURES}
        kind = dialect.kind(asked)
        options = dialect.options(asked, any(name in body for name in dialect.BACKDROPS))
        pinned = request.headers.get("X-Cutout-Model-Version", "")
        photo = _photo(body, ports, deadline)
        backdrop = _backdrop(body, ports, deadline)
        options = replace(options, backdrop=backdrop, model_version=pinned)
        with turns.turn(ports.slots, deadline):
            result = ports.remove_background(photo, options, deadline)
        ports.record(result)
        return _answer(request, result, ports.max_result_bytes, kind)

    return router


def _photo(body: Body, ports: Ports, deadline: Deadline) -> bytes:
    sent = [name for name in dialect.SOURCES if name in body]
    if not sent:
        raise MissingSource(f"send one of {', '.join(dialect.SOURCES)}")
    if len(sent) > 1:
        raise MultipleSources(f"{' and '.join(sent)} were sent; send one of them")
    if sent[0] == "image_url":
        return ports.fetch(body.texts["image_url"], deadline)
    if sent[0] == "image_file_b64":
        return _from_base64(body.texts["image_file_b64"])
    return body.file("image_file")


def _backdrop(body: Body, ports: Ports, deadline: Deadline) -> bytes:
    sent = [name for name in dialect.BACKDROPS if name in body]
    if len(sent) > 1:
        raise MultipleBackgrounds(f"{' and '.join(sent)} were sent; send one of them")
    if not sent:
        return b""
    if sent[0] == "bg_image_file":
        return body.file("bg_image_file")
    try:
        return ports.fetch(body.texts["bg_image_url"], deadline)
    except InvalidImageUrl as error:
        raise InvalidBackgroundUrl(str(error)) from error
    except ImageDownloadFailed as error:
        raise BackgroundDownloadFailed(str(error)) from error


def _from_base64(text: str) -> bytes:
    """With or without lines, and with or without the head of a data URL."""
    head, comma, rest = text.partition(",")
    coded = rest if comma and head.startswith("data:") else text
    try:
        return b64decode(re.sub(r"\s", "", coded), validate=True)
    except ValueError as error:
        raise UnreadablePicture("image_file_b64 is not base64") from error


def _answer(request: Request, result: Result, max_bytes: int, kind: str) -> Response:
    largest = result.source.at_most(LARGEST)
    headers = answers.headers(result) | {
        "X-Type": kind,
        "X-Max-Width": str(largest.width),
        "X-Max-Height": str(largest.height),
        "X-Credits-Charged": "0",
    }
    if not _wants_json(request):
        return answers.bounded(result.data, result.media_type, headers, max_bytes)
    box = result.box
    told = {
        "result_b64": b64encode(result.data).decode(),
        "foreground_top": box.top,
        "foreground_left": box.left,
        "foreground_width": box.width,
        "foreground_height": box.height,
    }
    data = json.dumps({"data": told}).encode()
    return answers.bounded(data, "application/json", headers, max_bytes)


def _wants_json(request: Request) -> bool:
    """Where a client lists both, it is one that takes whatever comes."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "image/" not in accepted
