"""rembg's door: GET and POST /api/remove, as `rembg s` has them (rembg 2.0.86).

Unlike there, each parameter is taken from the form and from the query alike, and a value that is
not offered or not understood is refused and not ignored. Names that are not known are, as there.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field, field_validator, model_validator

from cutout.deadline import Deadline
from cutout.errors import (
    InvalidParameter,
    MissingSource,
    MultipleSources,
    UnreadablePicture,
)
from cutout.options import rembg as dialect
from cutout.options.record import MOST_ERODE_PX, Edges, Options
from cutout.picture import Result

from . import access, charges
from . import concurrency as turns
from . import reply as answers
from .call import IN_BODY
from .ports import Ports

NOT_OPTIONS = {"url", "file", "mask", "alpha"}
Byte = Annotated[int, Field(ge=0, le=255)]


class Parameters(BaseModel):
    """rembg's own, with its names, and below them what only we have."""

    url: str = Field(
        "", description="fetch the picture from here; public http and https hosts only"
    )
    model: str = Field("", description="u2net or u2netp; the server's default unless given")
    a: bool = Field(False, description="alpha matting: the same as edges=fine")
    af: Byte = Field(240, description="with a: what of the map is above this is opaque")
    ab: Byte = Field(10, description="with a: what of the map is below this is gone")
    ae: int = Field(
        10, ge=0, le=MOST_ERODE_PX, description="with a: both shrink by a square of this side in px"
    )
    om: bool = Field(False, description="only the mask, as a grey picture; with a, the refined one")
    ppm: bool = Field(False, description="post-process the mask: opened, smoothed, and hard-edged")
    dc: bool = Field(
        False, description="no spill of the background; done anyway, but for edges=off"
    )
    vm: bool = Field(False, description="ViTMatte: not offered")
    bgc: str = Field("", description="background colour: r,g,b,a or #rrggbb or a CSS name")
    extras: str = Field(
        "",
        description="JSON; sam_prompt's points and rectangle steer what is kept, as roi and points",
    )
    edges: Edges | None = Field(None, description="off, fast (the default) or fine")
    roi: str = Field(
        "", description="look for the subject in this rectangle alone: x1 y1 x2 y2, in px or %"
    )
    points: str = Field(
        "", description="x,y is of the subject and x,y,0 is not, in px or %; spaces between points"
    )
    subject: str = Field(
        "", description="of several: all (the default), largest, or 0, 1, 2 by size"
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_given(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if value != ""}


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
    303: {"description": "the cutout is at Location: it is too large for the answer"},
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
            (402, "the account has not enough credits"),
            (403, "this route is for callers with an API key"),
            (413, "too many bytes or pixels, in or out"),
            (
                422,
                "a parameter is not valid, the picture has no clear subject, or the"
                " Idempotency-Key was sent with another request",
            ),
            (429, "more came than the key may send in a minute, or than may without one in a day"),
            (503, "the service is not available"),
            (504, "the picture took too long"),
        )
    },
}


class Upload(Parameters):
    file: UploadFile | None = Field(None, description="the picture")
    mask: UploadFile | None = Field(
        None, description="a rough one, as a picture: white is subject, black is not, grey is open"
    )
    alpha: UploadFile | None = Field(
        None,
        description="your own, in grey, of the photo's size or smaller: nothing is predicted",
    )

    @field_validator("file", "mask", "alpha", mode="before")
    @classmethod
    def _is_a_file(cls, file: Any) -> Any:
        if isinstance(file, str):
            raise ValueError("has to be sent as a file, as in curl -F file=@photo.jpg")
        return file


async def _one_of_each(request: Request) -> None:
    form = await request.form()
    for name in ("file", "mask", "alpha"):
        if len(form.getlist(name)) > 1:
            raise MultipleSources(f"more than one `{name}` was sent")


def door(ports: Ports) -> APIRouter:
    rule = ports.bounded() if ports.open_rembg_door else ports.keyed()
    router = APIRouter(prefix="/api", tags=["rembg"], route_class=rule)

    Clock = Annotated[Deadline, Depends(turns.clock(ports.deadline_s, bool(ports.jobs)))]

    @router.get("/remove", response_class=Response, responses=ANSWERS)
    def remove_by_url(
        request: Request, query: Annotated[Parameters, Query()], deadline: Clock
    ) -> Response:
        """The cutout of the picture at `url`, as PNG."""
        return answer(request, query, Upload.model_validate({}), deadline)

    @router.post(
        "/remove",
        response_class=Response,
        responses=ANSWERS,
        dependencies=[Depends(_one_of_each)],
    )
    def remove(
        request: Request,
        form: Annotated[Upload, Form(media_type="multipart/form-data")],
        query: Annotated[Parameters, Query()],
        deadline: Clock,
    ) -> Response:
        """The cutout of `file`, or of the picture at `url`, as PNG."""
        return answer(request, _merge(form, query), form, deadline)

    def answer(request: Request, given: Parameters, sent: Upload, deadline: Deadline) -> Response:
        options, payer = _options(given, sent), access.payer(request)
        ports.check(options)
        if sent.file and given.url:
            raise MultipleSources("both `file` and `url` were sent")
        if not sent.file and not given.url:
            raise MissingSource(
                "send the picture as the form field `file`, or its address as `url`"
            )
        fetches = not sent.file
        ports.admit(payer, fetches)
        fetched = ports.fetch(given.url, deadline) if fetches else b""

        def present(result: Result) -> Response:
            place = answers.Place(access.owner(payer))
            return answers.picture(result, answers.headers(result), ports, place)

        with turns.turn(ports.slots, deadline):
            photo = sent.file.file.read() if sent.file else fetched
            pictures = {name: _bytes(name, getattr(sent, name)) for name in options.references()}
            options = options.with_pictures(pictures)
            return charges.answer(ports, request, photo, options, deadline, present, fetches)

    return router


def _merge(form: Parameters, query: Parameters) -> Parameters:
    in_form, in_query = (given.model_dump(exclude_unset=True) for given in (form, query))
    for name in in_form.keys() & in_query.keys():
        if in_form[name] != in_query[name]:
            raise InvalidParameter(f"{name} has one value in the form and another in the query")
    return Parameters.model_validate({**in_query, **in_form})


def _options(given: Parameters, sent: Upload) -> Options:
    parameters = {
        name: str(value)
        for name, value in given.model_dump(exclude_unset=True, exclude=NOT_OPTIONS).items()
        if value is not None
    }
    pictures = {name: IN_BODY for name in ("mask", "alpha") if getattr(sent, name)}
    return dialect.parse(parameters, pictures)


def _bytes(name: str, file: UploadFile | None) -> bytes:
    if not file:
        return b""
    data = file.file.read()
    if not data:
        raise UnreadablePicture(f"{name}: the file is empty")
    return data
