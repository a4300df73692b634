"""Read the source of a batch: a folder, a manifest of JSON lines or CSV, or an S3 inventory.

A line that cannot be read becomes a BadLine, and the lines after it are still read.
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

from . import paths
from .folder import SUFFIXES, is_hidden
from .paths import S3Path

Buckets = Callable[[str], Bucket]  # by name
MOST_LINE_BYTES = 16_384
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
ARN = "arn:aws:s3:::"


@dataclass(frozen=True)
class Line:
    source: S3Path
    name: str = ""  # of the result in the batch's target; empty if it follows from the source
    etag: str = ""  # empty if unknown


@dataclass(frozen=True)
class BadLine:
    source: str  # the manifest and the line's number
    reason: str


Lines = Iterator[Line | BadLine]
Parse = Callable[[str], Mapping[str, Any]]  # a line's fields; raises ValueError


def read(source: S3Path, target: S3Path, buckets: Buckets) -> Lines:
    """Yield the lines of a source. Files under target are left out: they are results of batches.

    Raises InvalidParameter if the source itself cannot be read.
    """
    if source.is_folder:
        return _folder(source, target, buckets(source.bucket))
    if source.key.endswith(".json"):
        return _inventory(source, target, buckets)
    file = _opened(source, buckets)
    if source.key.endswith(".csv"):
        return _table(source, file)
    return _manifest(source, _numbered(file), _fields)


def _folder(source: S3Path, target: S3Path, bucket: Bucket) -> Lines:
    try:
        for file in bucket.files(source.key):
            path = S3Path(source.bucket, file.name)
            if file.size and _is_picture(path, source, target):
                yield Line(path, etag=file.etag)
    except FileUnreadable as error:
        raise InvalidParameter(f"{source} cannot be listed: {error}") from None


def _is_picture(path: S3Path, root: S3Path, target: S3Path) -> bool:
    """Return whether the key is that of a photo. The start of the file is not read: for ten million
    files that would cost more than a batch of some of them."""
    _, dot, suffix = path.key.rpartition("/")[2].rpartition(".")
    is_picture = dot + suffix.lower() in SUFFIXES and not is_hidden(path.key.removeprefix(root.key))
    return is_picture and not target.holds(path)


def _opened(source: S3Path, buckets: Buckets) -> BufferedIOBase:
    try:
        return buckets(source.bucket).open(source.key)
    except FileMissing:
        raise InvalidParameter(f"there is no {source}") from None
    except FileUnreadable as error:
        raise InvalidParameter(f"{source} cannot be read: {error}") from None


def _numbered(file: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their numbers from 1. A line that is too long is cut, but stays too long."""
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        rest = line
        while len(rest) > MOST_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MOST_LINE_BYTES + 1)
        if line.strip():
            yield number, line


def _manifest(source: S3Path, lines: Iterator[tuple[int, bytes]], parse: Parse) -> Lines:
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


def _line(fields: Mapping[str, Any], manifest: S3Path) -> Line:
    source, name = fields.get("source"), fields.get("target") or ""
    if not _is_text(source) or not source or not _is_text(name):
        raise ValueError("source is missing, or source or target is not a text")
    if not source.startswith(paths.SCHEME):
        source = str(S3Path(manifest.bucket, source))
    path = paths.parse(source)
    if path.is_folder:
        raise ValueError(f"{path} is a folder")
    return Line(path, name)


def _is_text(value: object) -> bool:
    """JSON can hold lone surrogates, which UTF-8 cannot."""
    return isinstance(value, str) and not LONE_SURROGATE.search(value)


def _fields(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    return fields


def _table(source: S3Path, file: BufferedIOBase) -> Lines:
    lines = _numbered(file)
    head = next(lines, None)
    if not head:
        return iter(())
    try:
        names = [name.strip() for name in _cells(_text(head[1]))]
    except ValueError as error:
        raise InvalidParameter(f"{source}: its first line is {error}") from None
    if "source" not in names:
        raise InvalidParameter(f"{source}: its first line has no column named source")
    return _manifest(source, lines, lambda text: dict(zip(names, _cells(text), strict=False)))


def _cells(text: str) -> list[str]:
    """A row is one line. Keys that contain a line break need a manifest of JSON lines."""
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        raise ValueError("not CSV") from None


def _inventory(source: S3Path, target: S3Path, buckets: Buckets) -> Lines:
    try:
        manifest = json.loads(_opened(source, buckets).read())
        names = [name.strip() for name in manifest["fileSchema"].split(",")]
        bucket, listed = manifest["destinationBucket"].removeprefix(ARN), manifest["sourceBucket"]
        files = [paths.parse(f"s3://{bucket}/{file['key']}") for file in manifest["files"]]
        is_readable = manifest["fileFormat"] == "CSV" and {"Bucket", "Key"} <= {*names}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidParameter(f"{source} is not the manifest of an S3 inventory") from None
    if not is_readable:
        raise InvalidParameter(f"{source} is not a CSV inventory with Bucket and Key")
    if target.holds(S3Path(listed, "")):
        raise InvalidParameter(f"{source} lists the target's own bucket; target a folder in it")
    return (line for file in files for line in _rows(file, names, target, buckets))


def _rows(file: S3Path, names: list[str], target: S3Path, buckets: Buckets) -> Lines:
    try:
        with gzip.open(_opened(file, buckets)) as unpacked:
            for number, line in _numbered(unpacked):
                yield from _row(f"{file}#{number}", line, names, target)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InvalidParameter(f"{file} is damaged or not part of an inventory") from None


def _row(where: str, line: bytes, names: list[str], target: S3Path) -> Lines:
    """Without the ETag, since an inventory is up to days old and the picture may have changed."""
    try:
        cells = _cells(_text(line))
        if len(cells) != len(names):
            raise ValueError(f"{len(cells)} columns instead of the schema's {len(names)}")
        row = dict(zip(names, cells, strict=True))
        path = paths.parse(f"s3://{row['Bucket']}/{unquote_plus(row['Key'])}")
    except (ValueError, InvalidParameter) as error:
        yield BadLine(where, str(error))
        return
    if _is_picture(path, S3Path(path.bucket, ""), target) and _is_current(row):
        yield Line(path)


def _is_current(row: Mapping[str, str]) -> bool:
    """Leave out delete markers, former versions and empty files, which inventories may list."""
    is_latest = (
        row.get("IsDeleteMarker", "false") != "true" and row.get("IsLatest", "true") != "false"
    )
    return is_latest and row.get("Size") != "0"
