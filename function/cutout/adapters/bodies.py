"""What a request says, in a form of either kind or in JSON: texts and files by their names."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from cutout.errors import (
    CutoutError,
    InvalidParameter,
    MultipleBackgrounds,
    MultipleSources,
    UnsupportedOption,
)
from cutout.grammar import quoted

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MOST = 100  # fields of a form


@dataclass(frozen=True)
class Body:
    """Without the empty texts and files that clients send for what they leave out."""

    texts: Mapping[str, str]
    files: Mapping[str, UploadFile]

    def __contains__(self, name: str) -> bool:
        return name in self.texts or name in self.files

    def file(self, name: str) -> bytes:
        if name not in self.files:
            raise InvalidParameter(f"{name} has to be a file of a form: curl -F {name}=@a.jpg")
        return self.files[name].file.read()


async def read(request: Request, files: Collection[str], max_text_bytes: int) -> Body:
    """files: the names of what may come as a file."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await run_in_threadpool(_from_json, await request.body())
    if kind not in FORMS:
        return Body({}, {})
    form = await request.form(max_files=MOST, max_fields=MOST, max_part_size=max_text_bytes)
    body = _from_form(form)
    for name in body.files:
        if name not in files:
            raise UnsupportedOption(f"there is no file {quoted(name)}")
    return body


def _from_form(form: FormData) -> Body:
    texts: dict[str, str] = {}
    files: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if not (value if isinstance(value, str) else value.filename or value.size):
            continue
        if name in texts or name in files:
            raise _twice(name)
        if isinstance(value, str):
            texts[name] = value
        else:
            files[name] = value
    return Body(texts, files)


def _from_json(data: bytes) -> Body:
    try:
        given = json.loads(data, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise InvalidParameter("the body is not JSON") from error
    if not isinstance(given, dict):
        raise InvalidParameter("the body is not an object of JSON")
    texts = {name: _text(name, value) for name, value in given.items() if value is not None}
    return Body({name: text for name, text in texts.items() if text}, {})


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in given:
            raise _twice(name)
        given[name] = value
    return given


def _text(name: str, value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case _:
            raise InvalidParameter(f"{quoted(name)} is no text, no number and no truth")


def _twice(name: str) -> CutoutError:
    sentence = f"{quoted(name)} was sent more than once"
    if name.startswith("image_"):
        return MultipleSources(sentence)
    return MultipleBackgrounds(sentence) if name.startswith("bg_") else InvalidParameter(sentence)
