"""What all parsers of the command line have in common."""

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from cutout.options.spelling import nearest

from .console import printable


class Parser(ArgumentParser):
    """Refuses wrong usage by one sentence. With `mixed`, options may also stand between several
    photos."""

    def __init__(self, mixed: bool = False, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self._mixed = mixed

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> Namespace:
        parse = self.parse_known_intermixed_args if self._mixed else self.parse_known_args
        arguments, unknown = parse(args, namespace)
        if unknown:
            suggestion = nearest(unknown[0], self.option_names())
            self.error(f"there is no {_kind(unknown[0])} {unknown[0]}{suggestion}")
        return arguments

    def error(self, message: str) -> NoReturn:
        """Exit with one sentence, which quotes words of the command line: names of files, at
        times."""
        self.exit(2, f"cutout: {printable(message)}; see {self.prog} --help\n")

    def actions(self) -> Iterable[Action]:
        """Return the arguments in the order in which they were added."""
        return self._actions  # argparse has no public name for them

    def option_names(self) -> list[str]:
        """Return the names of all options."""
        return [name for action in self.actions() for name in action.option_strings]


def _kind(word: str) -> str:
    return "option" if word.startswith("-") else "argument"
