"""Match pinned packages with vulnerabilities from a file, in the format of OSV (https://ossf.github.io/osv-schema).

pip-audit asks a service on the network for each package, and reads no file. OSV publishes all that
it knows of PyPI as one archive: https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from packaging.utils import canonicalize_name
from packaging.version import Version

from .lock import Package

Record = dict[str, Any]


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a JSON list, of one record, or of a ZIP archive of records."""
    if is_zipfile(path):
        with ZipFile(path) as archive:
            for name in archive.namelist():
                yield json.loads(archive.read(name))
        return
    content = json.loads(path.read_text())
    yield from content if isinstance(content, list) else [content]


def findings(packages: Iterable[Package], records: Iterable[Record]) -> Iterator[str]:
    """Yield a sentence for each vulnerability of a package in its pinned version."""
    pinned = {canonicalize_name(package.name): package for package in packages}
    for record in records:
        if "withdrawn" in record:
            continue
        for affected in record.get("affected", []):
            named = affected.get("package", {})
            if named.get("ecosystem") != "PyPI":
                continue
            package = pinned.get(canonicalize_name(named["name"]))
            if package and _is_affected(package.version, affected):
                summary = record.get("summary") or record.get("details", "")[:100]
                yield f"{package.name} {package.version}: {record['id']} {summary}".rstrip()


def _is_affected(version: str, affected: Record) -> bool:
    if version in affected.get("versions", []):
        return True
    return any(
        _is_within(Version(version), span["events"])
        for span in affected.get("ranges", [])
        if span["type"] == "ECOSYSTEM"
    )


def _is_within(version: Version, events: list[dict[str, str]]) -> bool:
    """Apply the events up to a version in their order: introduced, fixed, last_affected."""
    is_affected = False
    for event in sorted(events, key=lambda event: _at(next(iter(event.values())))):
        kind, text = next(iter(event.items()))
        at = _at(text)
        if kind == "introduced" and at <= version:
            is_affected = True
        elif (kind == "fixed" and at <= version) or (kind == "last_affected" and at < version):
            is_affected = False
    return is_affected


def _at(text: str) -> Version:
    return Version(text)  # "0", which means the first version, is the lowest of all
