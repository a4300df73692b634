"""Read lists of pinned packages with hashes, as `make lock` writes them."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """One pin of a list, with the sha256 of every file that its index has for that version."""

    name: str
    version: str
    sha256: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package URL by which bills of materials and vulnerability databases name it."""
        return f"pkg:pypi/{canonicalize_name(self.name)}@{self.version}"


def read(path: Path) -> list[Package]:
    """Return the pins of a list, in its order."""
    text = path.read_text()
    pins = list(PIN.finditer(text))
    ends = [pin.start() for pin in pins[1:]] + [len(text)]
    return [
        Package(pin[1], pin[2], tuple(sorted(HASH.findall(text, pin.end(), end))))
        for pin, end in zip(pins, ends, strict=True)
    ]
