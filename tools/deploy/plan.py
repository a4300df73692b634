"""Show what a deployment would change, and ask the operator once whether to go on."""

import sys
from collections.abc import Iterable, Sequence

from .changesets import Change
from .stacks import DeployError

TITLES = "stack", "action", "logical id", "type", "replacement"
NO_TERMINAL = "there is no terminal to ask on; look at what is above, and add YES=1 to go on"


class Consent:
    """What the operator has agreed to.

    The first question is for all changes. A change set that can be made only after another stack is
    deployed is asked about again if it would remove or replace data that no earlier table showed,
    or if its stack had no table.
    """

    def __init__(self, *, is_given: bool) -> None:
        self._is_given = is_given
        self._agreed: set[Change] = set()
        self._shown: set[str] = set()

    def ask(self, changes: Sequence[Change]) -> None:
        """Print all changes and ask. Raises DeployError where the answer is not yes.

        A change without a type stands for a stack whose changes are not known yet.
        """
        if not changes:
            print("nothing changes", flush=True)
        else:
            self._question(changes)
        self._shown.update(change.stack for change in changes if change.type)

    def confirm(self, changes: Sequence[Change]) -> None:
        """Ask again for changes that need it. Raises DeployError where the answer is not yes."""
        new = [
            change
            for change in changes
            if change not in self._agreed and (change.warning() or change.stack not in self._shown)
        ]
        if new:
            self._question(new)

    def _question(self, changes: Sequence[Change]) -> None:
        print(table(changes), flush=True)
        for change in changes:
            if warning := change.warning():
                print(f"WARNING: {warning}", flush=True)
        answered_yes("deploy", is_agreed=self._is_given)
        self._agreed.update(changes)


def answered_yes(verb: str, *, is_agreed: bool) -> None:
    """Ask for "yes" on the terminal, unless the operator agreed by an argument.

    Raises DeployError where the answer is another or there is no terminal.
    """
    if is_agreed:
        return
    if not sys.stdin.isatty():
        raise DeployError(NO_TERMINAL)
    print(f"Type yes to {verb}: ", end="", flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise DeployError("the answer was not yes; nothing more is changed")


def table(changes: Iterable[Change]) -> str:
    """Return the changes in columns, one a line, below a line of titles."""
    rows = [TITLES] + [
        (change.stack, change.action, change.name, change.type, change.replacement)
        for change in changes
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(TITLES))]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
