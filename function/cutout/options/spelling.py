"""Suggestions for misspelt words."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that suggests the known word which is most like this one, or an
    empty text where none is."""
    from difflib import get_close_matches  # imported here, because most words are spelt correctly

    found = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" (did you mean {found[0]}?)" if found else ""
