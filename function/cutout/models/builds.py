"""Tells whether a built network is current.

It is if it has the sha256 that MODELS.toml pins. Other versions of onnx, onnxruntime or numpy, or
another platform, may build other bytes: a stamp beside such a file holds its sha256 and what it was
built from, so that it is built once and not at each start.
"""

import hashlib
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from .catalogue import Entry, sha256

SOURCES = ("graph", "prune", "quantize", "qdq", "cards")
PACKAGES = ("onnx", "onnxruntime", "numpy")


def is_current(entry: Entry) -> bool:
    """False for a file that is missing, damaged, replaced or built from something else."""
    if not entry.built.exists():
        return False
    found = sha256(entry.built)
    if found == entry.built_sha256:
        return True
    if not entry.stamp.exists() or entry.stamp.read_text() != _stamp(entry, found):
        return False
    _warn(entry, found)
    return True


def record(entry: Entry) -> None:
    """Stamps a file that was just built, unless it is the pinned one."""
    found = sha256(entry.built)
    if found == entry.built_sha256:
        entry.stamp.unlink(missing_ok=True)
    else:
        entry.stamp.write_text(_stamp(entry, found))
        _warn(entry, found)


def _warn(entry: Entry, found: str) -> None:
    print(
        f"{entry.name}: the file built here has sha256 {found}, which differs from the pinned "
        f"{entry.built_sha256}; it is used",
        file=sys.stderr,
    )


def _stamp(entry: Entry, built: str) -> str:
    return f"{built} built from {recipe_id(entry)}\n"


def recipe_id(entry: Entry) -> str:
    """Changes with everything that the built file depends on."""
    here = Path(__file__).parent
    parts = [repr(replace(entry, built_sha256="", built_bytes=0)).encode()]
    parts += [path.read_bytes() for path in (entry.ranges, entry.silent)]
    parts += [(here / f"{name}.py").read_bytes() for name in SOURCES]
    parts += [version(package).encode() for package in PACKAGES]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
