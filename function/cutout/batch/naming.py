"""Names of a batch's results: a.jpg becomes a.png. Where two sources would share a name, both keep
their suffix: a.jpg.png."""

from hashlib import blake2b

from .folder import SUFFIXES
from .paths import S3Path
from .request import FOLDER
from .sources import Line

SEVERAL = 0  # stands in for the digest of a source where a name has several sources


class DuplicateLine(Exception):
    """An earlier line has the same source and the same name."""


class NameTaken(Exception):
    """The name cannot be used; str(error) says why."""


class ResultNames:
    """Assigns names in three passes over the lines: count, compare, assign.

    There may be ten million lines, so it keeps digests only: 100 bytes of memory for each line, 400
    for one whose name is contested.
    """

    def __init__(self, root: S3Path, suffix: str) -> None:
        """Names are relative to root if that is a folder."""
        self._root = root.key if root.is_folder else ""
        self._suffix = suffix
        self._seen: set[int] = set()
        self._contested: set[int] = set()
        self._sources: dict[int, int] = {}  # by contested name
        self._assigned: dict[int, int] = {}

    def count(self, line: Line) -> None:
        name = _digest(self._preferred(line))
        (self._contested if name in self._seen else self._seen).add(name)

    def compare(self, line: Line) -> None:
        name, source = _digest(self._preferred(line)), _digest(str(line.source))
        if name in self._contested and self._sources.setdefault(name, source) != source:
            self._sources[name] = SEVERAL

    def assign(self, line: Line) -> str:
        """Return the name of the line's result. Raises DuplicateLine and NameTaken."""
        name = preferred = self._preferred(line)
        if self._sources.get(_digest(preferred)) == SEVERAL and not line.name:
            name = self._with_suffix(line)
        if name.startswith(FOLDER) or {".", ".."} & {*name.split("/")}:
            raise NameTaken(f"{name} cannot be the name of a result")
        if name != preferred and _digest(name) in self._seen:
            raise NameTaken(f"another picture has the name {name}; set names in a manifest")
        if _digest(preferred) in self._sources:
            self._assign_contested(name, _digest(str(line.source)))
        return name

    def _assign_contested(self, name: str, source: int) -> None:
        holder = self._assigned.get(_digest(name))
        if holder == source:
            raise DuplicateLine
        if holder is not None:
            raise NameTaken(f"another line has the name {name}")
        self._assigned[_digest(name)] = source

    def _preferred(self, line: Line) -> str:
        # Not by pathlib, whose paths have no a//b as S3's keys do.
        relative = self._relative(line)
        stem, dot, suffix = relative.rpartition(".")
        is_suffix = dot + suffix.lower() in SUFFIXES and stem.rpartition("/")[2]
        return line.name or (stem + self._suffix if is_suffix else self._with_suffix(line))

    def _with_suffix(self, line: Line) -> str:
        return self._relative(line) + self._suffix

    def _relative(self, line: Line) -> str:
        return line.source.key.removeprefix(self._root)


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
