"""Of results: a.jpg becomes a.png, and where two would become one, they keep their whole names:
a.jpg.png."""

from collections import defaultdict
from hashlib import blake2b

from cutout.services.batch import SUFFIXES

from .lists import Line
from .order import FOLDER
from .places import Place


class Duplicate(Exception):
    """An earlier line has the same source and the same name."""


class Taken(Exception):
    """str(error) says by whom."""


class Names:
    """Each line is counted, then compared, then given its name. Of all but the contested no more
    than eight bytes are kept: there may be ten million."""

    def __init__(self, root: Place, suffix: str) -> None:
        """Names begin below root, where that is a folder."""
        self._root = root.key if root.is_folder else ""
        self._suffix = suffix
        self._seen: set[int] = set()
        self._twice: set[int] = set()
        self._rivals: dict[str, set[Place]] = defaultdict(set)
        self._given: dict[str, Place] = {}

    def count(self, line: Line) -> None:
        digest = _digest(self._wanted(line))
        (self._twice if digest in self._seen else self._seen).add(digest)

    def compare(self, line: Line) -> None:
        wanted = self._wanted(line)
        if _digest(wanted) in self._twice:
            self._rivals[wanted].add(line.source)

    def give(self, line: Line) -> str:
        """Raises Duplicate and Taken."""
        name = wanted = self._wanted(line)
        if len(self._rivals.get(wanted, ())) > 1 and not line.name:
            name = self._whole(line)
        if name.startswith((FOLDER, "/")):
            raise Taken(f"{name} is not for results")
        if name != wanted and _digest(name) in self._seen:
            raise Taken(f"another picture has the name {name}; a manifest may give others")
        if wanted in self._rivals:
            self._give_contested(name, line.source)
        return name

    def _give_contested(self, name: str, source: Place) -> None:
        if name not in self._given:
            self._given[name] = source
        elif self._given[name] == source:
            raise Duplicate
        else:
            raise Taken(f"{self._given[name]} has the name {name}")

    def _wanted(self, line: Line) -> str:
        # By hand, for a path of pathlib's knows no a//b, and S3 does.
        below = self._below(line)
        stem, dot, suffix = below.rpartition(".")
        is_suffix = dot + suffix.lower() in SUFFIXES and stem.rpartition("/")[2]
        return line.name or (stem + self._suffix if is_suffix else self._whole(line))

    def _whole(self, line: Line) -> str:
        return self._below(line) + self._suffix

    def _below(self, line: Line) -> str:
        return line.source.key.removeprefix(self._root)


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
