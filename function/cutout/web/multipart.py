"""Reads forms of multipart/form-data (RFC 7578): texts, and files that a BodyStore keeps."""

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from cutout.errors import InvalidParameter, MalformedRequest
from cutout.options.grammar import quoted

from .bodies import BodyFile, BodyStore

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FILES = 8  # a request has four pictures at most; each file may take a descriptor
QUOTED = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|$)')  # an open quote ends with the text: linear time
EXTENDED_NAME = re.compile(r";\s*filename\*\s*=\s*[^\s;]", re.IGNORECASE)


async def parse(
    chunks: AsyncIterator[bytes],
    content_type: str,
    store: BodyStore,
    max_parts: int,
    max_text_bytes: int,
) -> list[tuple[str, str | BodyFile]]:
    """Return the names and values of the form, without the files that a browser's form has for
    inputs that nobody filled in. Raises MalformedRequest, InvalidParameter and OutOfSpace."""
    form = _Form(store, max_parts, max_text_bytes)
    try:
        parser = MultipartParser(_boundary(content_type), form.callbacks())
        async for chunk in chunks:
            parser.write(chunk)
            await form.write_files()
    except FormParserError as error:
        raise MalformedRequest(
            "the body is not a form with the boundary that Content-Type names"
        ) from error
    if form.is_in_part:
        raise MalformedRequest("the form ends within one of its parts")
    return [(part.name, part.value()) for part in form.parts if not part.is_blank()]


class _Part:
    """One text or file of a form."""

    def __init__(self, disposition: str, store: BodyStore) -> None:
        names = parse_options_header(disposition)[1]
        if b"name" not in names:
            raise MalformedRequest("a part of the form has no name in its Content-Disposition")
        self.name = _name(names[b"name"])
        # RFC 7578 forbids filename*=, and some clients send it alone.
        is_extended = bool(EXTENDED_NAME.search(QUOTED.sub("", disposition)))
        self._has_file_name = is_extended or bool(names.get(b"filename"))
        self.file = store.new_file() if is_extended or b"filename" in names else None
        self.text = store.new_text()

    def is_blank(self) -> bool:
        return self.file is not None and not self._has_file_name and not self.file.size

    def value(self) -> str | BodyFile:
        if self.file:
            return self.file
        try:
            return self.text.take().decode()
        except UnicodeDecodeError as error:
            raise InvalidParameter(
                f"{quoted(self.name)} is a text that is not in UTF-8; a picture has to be a file "
                "of the form, with a filename in its Content-Disposition"
            ) from error


class _Form:
    """The parts of a form, as python-multipart's callbacks build them."""

    def __init__(self, store: BodyStore, max_parts: int, max_text_bytes: int) -> None:
        self.parts: list[_Part] = []
        self.is_in_part = False
        self._store = store
        self._max_parts = max_parts
        self._max_text_bytes = max_text_bytes
        self._header, self._value = bytearray(), bytearray()
        self._disposition = ""
        self._to_write: list[tuple[BodyFile, bytes]] = []

    async def write_files(self) -> None:
        for file, data in self._to_write:
            await file.write(data)
        self._to_write.clear()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_to_header,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._add_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition = ""

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self.is_in_part = True
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value.decode("latin-1")  # of which names are decoded again
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        if len(self.parts) == self._max_parts:
            raise InvalidParameter(f"the form has more than {self._max_parts} fields")
        self.parts.append(_Part(self._disposition, self._store))
        if sum(part.file is not None for part in self.parts) > MAX_FILES:
            raise InvalidParameter(f"the form has more than {MAX_FILES} files")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        if part.file:
            self._to_write.append((part.file, data[start:end]))
            return
        if len(part.text) + end - start > self._max_text_bytes:
            raise InvalidParameter(
                f"{part.name[:40]} has more than the {self._max_text_bytes:,} bytes of a text"
            )
        part.text.append(data[start:end])

    def _end(self) -> None:
        self.is_in_part = False


def _boundary(content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise MalformedRequest("Content-Type names no boundary of the form")
    return boundary


def _name(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter("the form is not in UTF-8") from error
