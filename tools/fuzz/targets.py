"""The targets: each gives arbitrary bytes to one reader and asserts what must hold for any of them.

A finding is an exception other than the reader's documented ones, a broken assertion, or an input
that takes more processor time or memory than MOST_S and MOST_MB (see `run.py`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from cutout import codec
from cutout.errors import CutoutError
from cutout.net.policy import InvalidUrl, NotPublic, Policy
from cutout.net.special_addresses import is_public
from cutout.net.target import Target
from cutout.options import canonical, rembg, removebg, text
from cutout.options.record import Options
from cutout.web import form, multipart
from cutout.web.bodies import BodyMemory, BodyStore

from . import seeds

MOST_BYTES, MOST_PIXELS = 1 << 20, 1 << 20
MOST_TEXT = 1 << 16  # bytes of one text of a form
POLICY = Policy.parse()
MEMORY = BodyMemory(1 << 22)
RUNNER = asyncio.Runner()


@dataclass(frozen=True)
class FuzzTarget:
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    max_bytes: int  # of an input


def decode(data: bytes) -> None:
    """A file that can be decoded has the size by which it was measured, limited and priced."""
    with suppress(CutoutError):
        codec.media_type(data, MOST_BYTES, MOST_PIXELS)
    with suppress(CutoutError):
        photo, source = codec.decode(data, MOST_BYTES, MOST_PIXELS, frames="first")
        measured = codec.measure(data, MOST_BYTES, MOST_PIXELS)
        assert sorted(source) == sorted((measured.width, measured.height)), (source, measured)
        assert photo.width * photo.height <= MOST_PIXELS, photo.size
    with suppress(CutoutError):
        photo, _ = codec.decode(data, MOST_BYTES, MOST_PIXELS, None, work_pixels=10)


def address(data: bytes) -> None:
    """An accepted URL names one public host, in ASCII, and the same one when parsed again."""
    url, _, base = data.decode("utf-8", "surrogateescape").partition("\n")
    for origin in ("", "https://a.example/b/c?d", base):
        with suppress(InvalidUrl, NotPublic):
            start = Target.parse(origin, POLICY).url if origin else ""  # as of a redirect
            target = Target.parse(url, POLICY, start)
            assert target.host.isascii() and target.path.isascii(), target
            assert target.address is None or is_public(target.address, target.port), target
            again = Target.parse(target.url, POLICY)
            assert _server(again) == _server(target), (again, target)


def _server(target: Target) -> tuple[str, str, int]:
    return target.scheme, target.host, target.port


def options(data: bytes) -> None:
    """Options that are accepted have a canonical form, which means the same options."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return
    with suppress(CutoutError):
        _check(canonical.from_json(values))
    if not isinstance(values, dict):
        return
    texts = {name: str(value) for name, value in values.items()}
    for dialect in (removebg, rembg):
        with suppress(CutoutError):
            _check(dialect.parse(texts))
    for name, value in texts.items():
        if name in text.FIELDS:
            with suppress(CutoutError):
                read = text.parse(name, value)
                _check(Options(**{name: read}))


def _check(options: Options) -> None:
    assert canonical.from_json(canonical.to_json(options)) == options, options
    json.dumps(canonical.to_json(options), allow_nan=False).encode()


def multipart_form(data: bytes) -> None:
    """A form that is accepted means the same in chunks of any size. Whether python-multipart skips
    what comes before the first boundary depends on the chunks, so that it may refuse one of them.
    """
    if data:
        whole, parts = (_parts(data[1:], step) for step in (len(data), data[0] + 1))
        assert None in (whole, parts) or whole == parts, (whole, parts)


def _parts(body: bytes, step: int) -> list[tuple[str, str | bytes]] | None:
    """Return the names and values of a form that comes in chunks; None if it is refused."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), step):
            yield body[start : start + step]

    kind = "multipart/form-data; boundary=x"
    with closing(BodyStore(MEMORY)) as store:
        try:
            items = RUNNER.run(multipart.parse(chunks(), kind, store, 20, MOST_TEXT))
        except CutoutError:
            return None
        return [(name, value if isinstance(value, str) else value.read()) for name, value in items]


def body(data: bytes) -> None:
    """A body of JSON or of a form in a URL's encoding becomes parameters that are texts."""
    kinds = (form.JSON, form.URLENCODED)
    for kind in kinds:
        with closing(BodyStore(MEMORY)) as store, suppress(CutoutError):
            read = RUNNER.run(form.read(_request(kind, data), store, MOST_TEXT))
            assert all(isinstance(value, str) and value for value in read.texts.values()), read
            assert not read.files, read
    assert MEMORY.has_room(1 << 22)


def _request(kind: str, data: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


TARGETS = {
    "decode": FuzzTarget(decode, seeds.pictures, 1 << 14),
    "address": FuzzTarget(address, lambda: map(str.encode, seeds.URLS), 300),
    "options": FuzzTarget(options, lambda: map(str.encode, seeds.OPTIONS), 1000),
    "multipart": FuzzTarget(
        multipart_form,
        lambda: [b"%c%b" % (n, seed) for n in (0, 6, 255) for seed in seeds.FORMS],
        2000,
    ),
    "body": FuzzTarget(body, lambda: seeds.BODIES, 2000),
}
