"""Of results: a.jpg becomes a.png, and where two would become one, they keep their whole names:
a.jpg.png."""

from hashlib import blake2b

from .folder import SUFFIXES
from .lists import Line
from .order import FOLDER
from .places import Place

MANY = 0  # sources, where otherwise one's digest is


class Duplicate(Exception):
    """An earlier line has the same source and the same name."""


class Taken(Exception):
    """str(error) says which name."""


class Names:
    """Each line is counted, then compared, then given its name. Digests alone are kept, as there
    may be ten million: a hundred bytes of each line, and four hundred of one that is contested."""

    def __init__(self, root: Place, suffix: str) -> None:
        """Names begin below root, where that is a folder."""
        self._root = root.key if root.is_folder else ""
        self._suffix = suffix
        self._seen: set[int] = set()
        self._twice: set[int] = set()
        self._rivals: dict[int, int] = {}  # source by name, of the contested
        self._given: dict[int, int] = {}

    def count(self, line: Line) -> None:
        name = _digest(self._wanted(line))
        (self._twice if name in self._seen else self._seen).add(name)

    def compare(self, line: Line) -> None:
        name, source = _digest(self._wanted(line)), _digest(str(line.source))
        if name in self._twice and self._rivals.setdefault(name, source) != source:
            self._rivals[name] = MANY

    def give(self, line: Line) -> str:
        """Raises Duplicate and Taken."""
        name = wanted = self._wanted(line)
        if self._rivals.get(_digest(wanted)) == MANY and not line.name:
            name = self._whole(line)
        if name.startswith(FOLDER) or {".", ".."} & {*name.split("/")}:
            raise Taken(f"{name} is not for results")
        if name != wanted and _digest(name) in self._seen:
            raise Taken(f"another picture has the name {name}; a manifest may give others")
        if _digest(wanted) in self._rivals:
            self._give_contested(name, _digest(str(line.source)))
        return name

    def _give_contested(self, name: str, source: int) -> None:
        holder = self._given.get(_digest(name))
        if holder == source:
            raise Duplicate
        if holder is not None:
            raise Taken(f"another line gives the name {name}")
        self._given[_digest(name)] = source

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
