"""rembg's door: GET and POST /api/remove, as `rembg s` has them (rembg 2.0.86).

Unlike there, each parameter is taken from the form and from the query alike, and a value that is
not offered or not understood is refused and not ignored.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from threading import TIMEOUT_MAX, BoundedSemaphore
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field, field_validator, model_validator

from cutout.contract import Options
from cutout.deadline import Deadline
from cutout.errors import (
    InvalidColour,
    InvalidParameter,
    MissingSource,
    MultipleSources,
    UnsupportedOption,
)

from . import access, answers
from .ports import Ports

BYTE = "[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5]"
Byte = Annotated[int, Field(ge=0, le=255)]


class Parameters(BaseModel):
    """rembg's own, with its names. Those of alpha matting count only with a=true."""

    url: str = Field(
        "", description="fetch the picture from here; public http and https hosts only"
    )
    model: str = Field("", description="u2net or u2netp; the server's default unless given")
    a: bool = Field(False, description="alpha matting: not offered yet")
    af: Byte = Field(240, description="alpha matting: foreground threshold")
    ab: Byte = Field(10, description="alpha matting: background threshold")
    ae: int = Field(10, ge=0, description="alpha matting: erosion in px")
    om: bool = Field(False, description="only the mask, as a grey picture")
    ppm: bool = Field(False, description="post-process the mask: opened, smoothed, and hard-edged")
    dc: bool = Field(False, description="decontaminate the edge's colours: not offered yet")
    vm: bool = Field(False, description="ViTMatte: not offered")
    bgc: str = Field("", description="background colour: r,g,b,a or #rrggbb or a CSS name")
    extras: str = Field("", description="a model's own arguments as JSON: not offered")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_given(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if value != ""}


UNSUPPORTED = {
    "a": "alpha matting is not offered yet; leave `a` out",
    "dc": "decontamination of edge colours is not offered yet; leave `dc` out",
    "vm": "ViTMatte is not offered; leave `vm` out",
    "extras": "no model here takes arguments of its own; leave `extras` out",
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
    **{
        status: {
            "description": sentence,
            "content": {
                "application/json": {
                    "example": {"errors": [{"title": "…", "code": "…", "detail": "…"}]}
                }
            },
        }
        for status, sentence in (
            (400, "the picture or its URL cannot be read, or an option is not offered"),
            (403, "this route is for callers with an API key"),
            (413, "too many bytes or pixels, in or out"),
            (422, "a parameter is not valid, or the picture has no clear subject"),
            (504, "the picture took too long"),
        )
    },
}


class Upload(Parameters):
    file: UploadFile | None = Field(None, description="the picture")

    @field_validator("file", mode="before")
    @classmethod
    def _is_a_file(cls, file: Any) -> Any:
        if isinstance(file, str):
            raise ValueError("has to be sent as a file, as in curl -F file=@photo.jpg")
        return file


async def _one_file(request: Request) -> None:
    if len((await request.form()).getlist("file")) > 1:
        raise MultipleSources("more than one `file` was sent")


def door(ports: Ports) -> APIRouter:
    asks = ports.ask_for_keys and not ports.open_rembg_door
    rule = access.Key if asks else access.Anyone
    router = APIRouter(prefix="/api", tags=["rembg"], route_class=rule)

    # async, for a route that is not may have to wait for a thread, and that counts.
    async def start_clock() -> Deadline:
        return Deadline.after(ports.deadline_s or inf)

    Clock = Annotated[Deadline, Depends(start_clock)]

    @router.get("/remove", response_class=Response, responses=ANSWERS)
    def remove_by_url(query: Annotated[Parameters, Query()], deadline: Clock) -> Response:
        """The cutout of the picture at `url`, as PNG."""
        return answer(query, None, deadline)

    @router.post(
        "/remove",
        response_class=Response,
        responses=ANSWERS,
        dependencies=[Depends(_one_file)],
    )
    def remove(
        form: Annotated[Upload, Form(media_type="multipart/form-data")],
        query: Annotated[Parameters, Query()],
        deadline: Clock,
    ) -> Response:
        """The cutout of `file`, or of the picture at `url`, as PNG."""
        return answer(_merge(form, query), form.file, deadline)

    def answer(given: Parameters, file: UploadFile | None, deadline: Deadline) -> Response:
        options = _options(given)
        if file and given.url:
            raise MultipleSources("both `file` and `url` were sent")
        if not file and not given.url:
            raise MissingSource(
                "send the picture as the form field `file`, or its address as `url`"
            )
        fetched = b"" if file else ports.fetch(given.url, deadline)
        with _turn(ports.slots, deadline):
            photo = file.file.read() if file else fetched
            result = ports.remove_background(photo, options, deadline)
        ports.record(result)
        return answers.picture(result, ports.max_result_bytes)

    return router


@contextmanager
def _turn(slots: BoundedSemaphore, deadline: Deadline) -> Iterator[None]:
    if not slots.acquire(timeout=min(deadline.left(), TIMEOUT_MAX)):
        raise deadline.exceeded()
    try:
        yield
    finally:
        slots.release()


def _merge(form: Parameters, query: Parameters) -> Parameters:
    in_form, in_query = (given.model_dump(exclude_unset=True) for given in (form, query))
    for name in in_form.keys() & in_query.keys():
        if in_form[name] != in_query[name]:
            raise InvalidParameter(f"{name} has one value in the form and another in the query")
    return Parameters.model_validate({**in_query, **in_form})


def _options(given: Parameters) -> Options:
    for name, sentence in UNSUPPORTED.items():
        if getattr(given, name):
            raise UnsupportedOption(sentence)
    return Options(
        model=given.model,
        channels="alpha" if given.om else "rgba",
        background=_colour(given.bgc),
        binary=given.ppm,
    )


def _colour(text: str) -> str:
    """rembg's "r,g,b,a" as "#rrggbbaa"; other ways to write a colour as they are."""
    if "," not in text:
        return text
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (3, 4) or not all(re.fullmatch(BYTE, part) for part in parts):
        raise InvalidColour(f"bgc: {text[:40]!r} is not r,g,b,a with four numbers of 0 to 255")
    return "#" + "".join(f"{int(part):02x}" for part in parts)
