"""What both kinds of secrets are told by."""

import sys


def show_once(secret: str) -> None:
    """It alone goes to stdout, for programs that take it from there."""
    print("Keep it: it cannot be shown again.", file=sys.stderr)
    print(secret)
