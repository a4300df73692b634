"""What all parsers of the command line have in common."""

import re
import sys
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
        words = list(sys.argv[1:] if args is None else args)
        parse = self.parse_known_args
        if self._mixed:
            parse, words = self.parse_known_intermixed_args, _as_paths_after_dashes(words)
        arguments, unknown = parse(words, namespace)
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


def _as_paths_after_dashes(words: list[str]) -> list[str]:
    """Write the names after -- as paths that no parser takes for options: intermixed parsing reads
    them twice, the second time without the --."""
    if "--" not in words:
        return words
    at = words.index("--")
    names = words[at + 1 :]
    return words[:at] + [name if name == "-" else re.sub("^-", "./-", name) for name in names]


def _kind(word: str) -> str:
    return "option" if word.startswith("-") else "argument"
