"""What a batch is told to take: a folder, a manifest of JSON lines or CSV, or S3's own inventory.

Of a line that makes no sense that is said, and those after it are read.
"""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any
from urllib.parse import unquote_plus

from cutout.errors import InvalidParameter
from cutout.ports import Bucket, FileMissing, FileUnreadable

from . import places
from .folder import SUFFIXES
from .places import Place

Buckets = Callable[[str], Bucket]
MOST_LINE_BYTES = 16_384
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
ARN = "arn:aws:s3:::"


@dataclass(frozen=True)
class Line:
    source: Place
    name: str = ""  # of the result under the batch's target, where one is given
    etag: str = ""


@dataclass(frozen=True)
class BadLine:
    source: str  # where it is
    reason: str


Read = Iterator[Line | BadLine]
Parse = Callable[[str], Mapping[str, Any]]  # of a line its fields; raises ValueError


def read(source: Place, target: Place, buckets: Buckets) -> Read:
    """What is under target is not taken, as it is what batches have made."""
    if source.is_folder:
        return _folder(source, target, buckets(source.bucket))
    if source.key.endswith(".json"):
        return _inventory(source, target, buckets)
    file = _opened(source, buckets)
    if source.key.endswith(".csv"):
        return _table(source, file)
    return _manifest(source, _numbered(file), _fields)


def _folder(source: Place, target: Place, bucket: Bucket) -> Read:
    try:
        for file in bucket.files(source.key):
            found = Place(source.bucket, file.name)
            if _is_picture(found, target):
                yield Line(found, etag=file.etag)
    except FileUnreadable as error:
        raise InvalidParameter(f"{source} may not be listed here: {error}") from None


def _is_picture(found: Place, target: Place) -> bool:
    _, dot, suffix = found.key.rpartition("/")[2].rpartition(".")
    return dot + suffix.lower() in SUFFIXES and not target.holds(found)


def _opened(source: Place, buckets: Buckets) -> BufferedIOBase:
    try:
        return buckets(source.bucket).open(source.key)
    except FileMissing:
        raise InvalidParameter(f"there is no {source}") from None
    except FileUnreadable as error:
        raise InvalidParameter(f"{source} may not be read here: {error}") from None


def _numbered(file: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """Lines from 1 on; of one that is too long the beginning, which is longer than allowed."""
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        rest = line
        while len(rest) > MOST_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MOST_LINE_BYTES + 1)
        if line.strip():
            yield number, line


def _manifest(source: Place, lines: Iterator[tuple[int, bytes]], parse: Parse) -> Read:
    for number, line in lines:
        try:
            yield _line(parse(_text(line)), source)
        except (ValueError, InvalidParameter) as error:
            yield BadLine(f"{source}#{number}", str(error))


def _text(line: bytes) -> str:
    if len(line) > MOST_LINE_BYTES:
        raise ValueError(f"longer than {MOST_LINE_BYTES:,} bytes")
    try:
        return line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None


def _line(fields: Mapping[str, Any], manifest: Place) -> Line:
    source, name = fields.get("source"), fields.get("target") or ""
    if not _is_text(source) or not source or not _is_text(name):
        raise ValueError("no source, or one or a target that is no text")
    if not source.startswith(places.SCHEME):
        source = str(Place(manifest.bucket, source))
    found = places.place(source)
    if found.is_folder:
        raise ValueError(f"{found} is a folder")
    return Line(found, name)


def _is_text(value: object) -> bool:
    """JSON can write what UTF-8 cannot."""
    return isinstance(value, str) and not LONE_SURROGATE.search(value)


def _fields(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("not an object of JSON")
    return fields


def _table(source: Place, file: BufferedIOBase) -> Read:
    lines = _numbered(file)
    head = next(lines, None)
    if not head:
        return iter(())
    try:
        names = [name.strip() for name in _cells(_text(head[1]))]
    except ValueError as error:
        raise InvalidParameter(f"{source}: its first line is {error}") from None
    if "source" not in names:
        raise InvalidParameter(f"{source}: its first line names no column source")
    return _manifest(source, lines, lambda text: dict(zip(names, _cells(text), strict=False)))


def _cells(text: str) -> list[str]:
    """A row is a line: a key with a line's end in it is for JSON."""
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        raise ValueError("not CSV") from None


def _inventory(source: Place, target: Place, buckets: Buckets) -> Read:
    try:
        told = json.loads(_opened(source, buckets).read())
        names = [name.strip() for name in told["fileSchema"].split(",")]
        bucket, listed = told["destinationBucket"].removeprefix(ARN), told["sourceBucket"]
        files = [places.place(f"s3://{bucket}/{file['key']}") for file in told["files"]]
        is_readable = told["fileFormat"] == "CSV" and {"Bucket", "Key"} <= {*names}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidParameter(f"{source} is no inventory's manifest") from None
    if not is_readable:
        raise InvalidParameter(f"{source} is no inventory of CSV")
    if target.holds(Place(listed, "")):
        raise InvalidParameter(f"{source} is of the bucket that target is; target a folder of it")
    return (line for file in files for line in _rows(file, names, target, buckets))


def _rows(file: Place, names: list[str], target: Place, buckets: Buckets) -> Read:
    try:
        with gzip.open(_opened(file, buckets)) as unpacked:
            for number, line in _numbered(unpacked):
                yield from _row(f"{file}#{number}", line, names, target)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InvalidParameter(f"{file} is damaged, or no part of an inventory") from None


def _row(where: str, line: bytes, names: list[str], target: Place) -> Read:
    """Without its ETag: an inventory is days old, and the picture may be another by now."""
    try:
        cells = _cells(_text(line))
        if len(cells) != len(names):
            raise ValueError(f"{len(cells)} columns, of {len(names)} in the schema")
        row = dict(zip(names, cells, strict=True))
        found = places.place(f"s3://{row['Bucket']}/{unquote_plus(row['Key'])}")
    except (ValueError, InvalidParameter) as error:
        yield BadLine(where, str(error))
        return
    if _is_picture(found, target) and _is_there(row):
        yield Line(found)


def _is_there(row: Mapping[str, str]) -> bool:
    """Inventories may list what is deleted, and what has been put over."""
    return row.get("IsDeleteMarker", "false") != "true" and row.get("IsLatest", "true") != "false"
