"""The licences of packages and models, against the list of those that the image may have."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.utils import canonicalize_name

from .lock import Package

_RULES = tomllib.loads(Path(__file__).with_name("licences.toml").read_text())
ALLOWED = frozenset(_RULES["allowed"])
READ_IN_FILES: dict[str, str] = _RULES["packages"]


def of_package(package: Package) -> str:
    """Return the SPDX expression of an installed package, which a row of licences.toml corrects;
    empty if nothing says its licence."""
    read = READ_IN_FILES.get(canonicalize_name(package.name))
    expressions = distribution(package.name).metadata.get_all("License-Expression")
    return read or (expressions[0] if expressions else "")


def violations(licences: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a sentence for each name whose licence is unknown or not allowed.

    Of alternatives (OR) one has to be allowed, of parts (AND) all."""
    for name, expression in licences:
        if not expression:
            yield f"{name} names no licence: read its licence files, and add it to licences.toml"
        elif not _is_allowed(expression):
            yield f"{name} is under {expression}, which licences.toml does not allow"


def _is_allowed(expression: str) -> bool:
    """Evaluate an SPDX expression without parentheses; AND binds its parts before OR does."""
    return any(
        all(part.strip() in ALLOWED for part in re.split(r"\bAND\b", alternative))
        for alternative in re.split(r"\bOR\b", expression)
    )
