"""The README and the pages of docs/, as the tests that hold them to the code read them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def read(name):
    """Return the text of a page of docs/, by its path there."""
    return (DOCS / name).read_text()


def snippets(name, language):
    """Return the code blocks of a page that are in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(name), re.DOTALL | re.MULTILINE)
