"""Reads the parameters of a request, texts and files, from a form, JSON or the query.

Bodies may have many MB, since a picture may be in base64. The reader therefore creates no object
for each character of a body: 15 million escapes or brackets would take gigabytes and seconds.
"""

import json
from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from cutout.credits.allowance import Visitor
from cutout.errors import (
    ApiKeyMissing,
    CutoutError,
    InvalidParameter,
    MalformedRequest,
    MultipleBackgrounds,
    MultipleSources,
    UnsupportedOption,
)
from cutout.options.grammar import quoted

from . import multipart
from .access import WITHOUT_A_KEY
from .bodies import BodyFile, BodyMemory, BodyStore
from .concurrency import Slots
from .middleware import limited
from .routing import Call

MULTIPART, URLENCODED, JSON = (
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "application/json",
)
MAX_FIELDS = 100
MAX_MARKS = 10 * MAX_FIELDS  # quotes, commas and brackets of JSON; base64 has none
LONG = 64 * 1024  # bytes; a longer text can only be base64 or a data URL
BASE64_PUNCTUATION = b"+/=\r\n:;,"


@dataclass(frozen=True)
class Body:
    """The parameters of a request, without those that are empty: clients send an empty text or file
    for what they leave out."""

    texts: Mapping[str, str]
    files: Mapping[str, BodyFile]

    def __contains__(self, name: str) -> bool:
        return name in self.texts or name in self.files


def reader(
    memory: BodyMemory, max_text_bytes: int, visitor_bytes: int = 0, slots: Slots | None = None
) -> Callable[[Call], AbstractAsyncContextManager[Body]]:
    """Return a function that reads a call's body, whose memory is released after the block.

    It reads at most visitor_bytes of a visitor's body, where they are not 0, and then raises
    ApiKeyMissing. Where no more pictures may wait for one of the slots it reads nothing and raises
    QueueFull.
    """

    @asynccontextmanager
    async def body(call: Call) -> AsyncIterator[Body]:
        request = call.request
        if slots:
            slots.check()
        if isinstance(call.identity, Visitor) and visitor_bytes:
            receive = limited(request.receive, visitor_bytes, ApiKeyMissing(WITHOUT_A_KEY))
            request = Request(request.scope, receive)
        with closing(BodyStore(memory)) as store:
            yield await read(request, store, max_text_bytes)

    return body


def with_query(body: Body, request: Request, names: Container[str]) -> Body:
    """Return the body with the parameters of the query that have one of these names.

    Raises InvalidParameter where the two have different values of one parameter."""
    items = request.query_params.multi_items()
    query = _once_each((name, text) for name, text in items if name in names)
    for name, text in query.items():
        if body.texts.get(name, text) != text:
            raise InvalidParameter(
                f"{quoted(name)} has one value in the form and another in the query"
            )
    return replace(body, texts={**query, **body.texts})


def refuse_files(body: Body, names: Container[str]) -> None:
    """Raise UnsupportedOption for a file with one of these names."""
    for name in body.files:
        if name in names:
            raise UnsupportedOption(f"there is no file {quoted(name)}")


async def discard(request: Request) -> None:
    """Read the body of a request to an endpoint that has no use for it."""
    async for _ in _chunks(request):
        pass


async def read(request: Request, store: BodyStore, max_text_bytes: int) -> Body:
    """Read a body into the store; max_text_bytes are of one text of a multipart form.

    Raises InvalidParameter for a body that is not valid, MalformedRequest for one that is broken or
    cut short, and OutOfSpace."""
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == MULTIPART:
        items = await multipart.parse(
            _chunks(request), content_type, store, MAX_FIELDS, max_text_bytes
        )
        return _from_multipart(items)
    text = store.new_text()
    async for chunk in _chunks(request):
        text.append(chunk)
    data = text.take()
    if kind == URLENCODED:
        return Body(await run_in_threadpool(_from_urlencoded, data), {})
    if kind == JSON:
        return Body(await run_in_threadpool(_from_json, data), {})
    if data:
        raise InvalidParameter(f"a body is of type {MULTIPART}, {URLENCODED} or {JSON}")
    return Body({}, {})


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise MalformedRequest("the body was cut short") from error


def _from_multipart(items: Iterable[tuple[str, BodyFile | str]]) -> Body:
    texts: dict[str, str] = {}
    files: dict[str, BodyFile] = {}
    for name, value in items:
        if value == "":
            continue
        if name in texts or name in files:
            raise _repeated(name, name in files)
        if isinstance(value, str):
            texts[name] = value
        else:
            files[name] = value
    return Body(texts, files)


def _from_urlencoded(data: bytes) -> dict[str, str]:
    if data.count(b"&") >= MAX_FIELDS:
        raise InvalidParameter(f"the form has more than {MAX_FIELDS} fields")
    pairs = [pair.partition(b"=") for pair in data.split(b"&")]
    return _once_each((_unescaped(name), _unescaped(value)) for name, _, value in pairs)


def _unescaped(text: bytes) -> str:
    is_long, escapes = len(text) > LONG, text.count(b"%")
    text = text.replace(b"+", b" ")
    if is_long and 0 < escapes <= len(text) // 3:  # more cannot be escapes, and are slow to search
        for mark in BASE64_PUNCTUATION:
            for escape in (b"%%%02X" % mark, b"%%%02x" % mark):
                text = text.replace(escape, bytes([mark]))
    if is_long and b"%" in text:
        raise InvalidParameter("a text of this length has to be base64")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter("the form is not in UTF-8") from error


def _from_json(data: bytes) -> dict[str, str]:
    if sum(map(data.count, (b'"', b",", b"[", b"{"))) > MAX_MARKS:
        raise InvalidParameter(f"the body is no object of at most {MAX_FIELDS} parameters")
    try:
        pairs = json.loads(data, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise InvalidParameter("the body is not JSON") from error
    if not isinstance(pairs, _Pairs):
        raise InvalidParameter("the body is not an object of JSON")
    return _once_each((name, _text(name, value)) for name, value in pairs if value is not None)


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON, in which a name may stand twice."""


def _once_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, text in pairs:
        if text and name in texts:
            raise _repeated(name)
        if text:
            texts[name] = text
    return texts


def _text(name: str, value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case _:
            raise InvalidParameter(f"{quoted(name)} is no text, no number and no truth")


def _repeated(name: str, is_file: bool = False) -> CutoutError:
    sentence = f"{quoted(name)} was sent more than once"
    if name.startswith("bg_"):
        return MultipleBackgrounds(sentence)
    is_photo = is_file or name.startswith("image_")
    return MultipleSources(sentence) if is_photo else InvalidParameter(sentence)
