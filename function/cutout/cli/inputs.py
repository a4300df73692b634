"""The photos that a command line names: files, patterns, URLs and standard input."""

import glob
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from errno import EISDIR, ENOENT
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from cutout.config import Settings
from cutout.errors import InvalidParameter, MissingSource
from cutout.options.spelling import nearest

from .commands import BY_NAME
from .files import read_at_most

STDIN = 0
SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class Photo:
    """A photo to cut out."""

    name: str  # as the command line has it

    @property
    def is_stdin(self) -> bool:
        return self.name == "-"

    @property
    def is_url(self) -> bool:
        return self.name.lower().startswith(SCHEMES)

    @property
    def path(self) -> Path:
        """The path of the file; for standard input and a URL, a path in the current folder, from
        which the name of the cutout is made."""
        if self.is_stdin:
            return Path("stdin")
        return Path(_file_name(self.name)) if self.is_url else Path(self.name)

    def read(self, settings: Settings) -> bytes:
        """Return the bytes of the photo, at most settings.max_bytes.

        Raises an OSError for a file, and a CutoutError for a URL, that cannot be read.
        """
        if self.is_url:
            return _fetch(self.name, settings)
        if self.path.is_dir():
            sentence = "this is a folder, whose photos `cutout batch DIR OUT` cuts out"
            raise IsADirectoryError(EISDIR, sentence, self.name or ".")
        with open(STDIN if self.is_stdin else self.path, "rb", closefd=not self.is_stdin) as file:
            return read_at_most(file, settings.max_bytes)


def find(words: Sequence[str]) -> list[Photo]:
    """Return the photos that the words name, each once. Raises MissingSource for a pattern that no
    file matches, InvalidParameter for standard input among other photos, and FileNotFoundError for
    a misspelt command."""
    _refuse_misspelt_command(words[0])
    names = list(dict.fromkeys(name for word in words for name in _expanded(word)))
    if other := next((name for name in names if _is_other_url(name)), ""):
        raise InvalidParameter(f"{other}: only http and https URLs are fetched")
    if "-" in names and len(names) > 1:
        raise InvalidParameter("- is standard input, which is read alone; leave the others out")
    return [Photo(name) for name in names]


def _is_other_url(name: str) -> bool:
    has_scheme = "://" in name and not name.lower().startswith(SCHEMES)
    return has_scheme and not Path(name).exists()


def tell_terminal() -> None:
    """Say that the command waits for a photo, if a person would have to type it."""
    if sys.stdin.isatty():
        print("cutout: waiting for a photo on standard input; Ctrl-D ends it", file=sys.stderr)


def _refuse_misspelt_command(word: str) -> None:
    suggestion = nearest(word, BY_NAME) if word.isalpha() and not Path(word).exists() else ""
    if suggestion:
        raise FileNotFoundError(ENOENT, f"no such photo or command{suggestion}", word)


def _expanded(word: str) -> list[str]:
    """Return the files that a pattern matches, which the shell has left to us, or the word."""
    is_pattern = glob.has_magic(word) and not word.lower().startswith(SCHEMES)
    if not is_pattern or Path(word).exists():
        return [word]
    found = sorted(name for name in glob.glob(word, recursive=True) if Path(name).is_file())  # noqa: PTH207 - names as the user wrote them
    if not found:
        raise MissingSource(f"{word}: no file matches this pattern")
    return found


def _file_name(url: str) -> str:
    name = PurePosixPath(unquote(urlsplit(url).path)).name.replace("\\", "_").lstrip(".")
    return "".join(filter(str.isprintable, name)) or "photo"


def _fetch(url: str, settings: Settings) -> bytes:
    # Imported here, because files need no HTTP.
    from cutout.net.fetch import Fetcher
    from cutout.net.policy import Policy

    policy = Policy.parse(settings.url_ports, settings.url_sources)
    return Fetcher(settings.max_bytes, policy)(url)
