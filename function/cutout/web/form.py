"""What a request says, in a form of either kind or in JSON: texts and files by their names.

A picture in base64 makes bodies of many MB lawful, so nothing here makes an object of each sign of
one: 15 million escapes, or as many brackets, would take gigabytes and seconds.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from cutout.errors import (
    CutoutError,
    InvalidParameter,
    MultipleBackgrounds,
    MultipleSources,
    UnreadablePicture,
    UnsupportedOption,
)
from cutout.options.text import quoted

MULTIPART, URLENCODED, JSON = (
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "application/json",
)
MOST = 100  # fields
MOST_SIGNS = 10 * MOST  # quotes, commas and brackets of JSON, of which base64 has none
LONG = 64 * 1024  # bytes; a longer text is base64, in lines or not, or a data URL
SIGNS_OF_BASE64 = b"+/=\r\n:;,"


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
        data = self.files[name].file.read()
        if not data:
            raise UnreadablePicture(f"{name}: the file is empty")
        return data


async def read(request: Request, files: Collection[str], max_text_bytes: int) -> Body:
    """files: the names of what may come as a file."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == MULTIPART:
            form = await request.form(max_files=MOST, max_fields=MOST, max_part_size=max_text_bytes)
            return _from_multipart(form.multi_items(), files)
        data = await request.body()
    except ClientDisconnect as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the body was cut short") from error
    if kind == URLENCODED:
        return Body(await run_in_threadpool(_from_urlencoded, data), {})
    if kind == JSON:
        return Body(await run_in_threadpool(_from_json, data), {})
    if data:
        raise InvalidParameter(f"a body is of type {MULTIPART}, {URLENCODED} or {JSON}")
    return Body({}, {})


def _from_multipart(items: Iterable[tuple[str, UploadFile | str]], names: Collection[str]) -> Body:
    texts: dict[str, str] = {}
    files: dict[str, UploadFile] = {}
    for name, value in items:
        if not (value if isinstance(value, str) else value.filename or value.size):
            continue
        if name in texts or name in files:
            raise _twice(name)
        if isinstance(value, str):
            texts[name] = value
        elif name in names:
            files[name] = value
        else:
            raise UnsupportedOption(f"there is no file {quoted(name)}")
    return Body(texts, files)


def _from_urlencoded(data: bytes) -> dict[str, str]:
    if data.count(b"&") >= MOST:
        raise InvalidParameter(f"the form has more than {MOST} fields")
    pairs = [pair.partition(b"=") for pair in data.split(b"&")]
    return _once_each((_unescaped(name), _unescaped(value)) for name, _, value in pairs)


def _unescaped(text: bytes) -> str:
    text = text.replace(b"+", b" ")
    for sign in SIGNS_OF_BASE64:
        for escape in (b"%%%02X" % sign, b"%%%02x" % sign):
            text = text.replace(escape, bytes([sign]))
    if len(text) > LONG and b"%" in text:
        raise InvalidParameter("a text of this length has to be base64")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter("the form is not in UTF-8") from error


def _from_json(data: bytes) -> dict[str, str]:
    if sum(map(data.count, (b'"', b",", b"[", b"{"))) > MOST_SIGNS:
        raise InvalidParameter(f"the body is no object of at most {MOST} parameters")
    try:
        given = json.loads(data, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise InvalidParameter("the body is not JSON") from error
    if not isinstance(given, _Pairs):
        raise InvalidParameter("the body is not an object of JSON")
    return _once_each((name, _text(name, value)) for name, value in given if value is not None)


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON, in which a name may stand twice."""


def _once_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, text in pairs:
        if text and name in given:
            raise _twice(name)
        if text:
            given[name] = text
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
