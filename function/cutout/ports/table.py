"""The port of a table by partition and sort key, and of its conditional writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Value = str | int | bool
Item = Mapping[str, Value]


@dataclass(frozen=True)
class Key:
    pk: str
    sk: str


@dataclass(frozen=True)
class When:
    """What has to hold of an item for it to be written."""

    name: str
    relation: Literal["absent", "absent or <", "=", ">="]
    value: Value = ""


@dataclass(frozen=True)
class Write:
    """A change of one item, which comes into being by its first."""

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    when: tuple[When, ...] = ()


class Refused(Exception):
    """A condition did not hold, and nothing was written."""


class Table(Protocol):
    def get(self, key: Key) -> Item | None:
        """The item as it is now, after every write that has returned."""

    def query(self, pk: str, first: str, last: str) -> Iterator[Item]:
        """The items with sort keys from first to last, both included, in their order."""

    def due(self, due: str, before: str) -> Iterator[Item]:
        """The items whose `due` is this, and whose `due_at` is before that; a little late."""

    def write(self, *writes: Write) -> None:
        """All of them or none."""
