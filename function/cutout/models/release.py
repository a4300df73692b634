"""Downloads quantized networks from a release: resumed, checked, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from tqdm import tqdm

from cutout.errors import InvalidSetting, ModelsMissing
from cutout.loopback import is_loopback
from cutout.version import VERSION

from .catalogue import Entry, folder, sha256
from .lock import exclusive

CHUNK_BYTES = 64 * 1024
SILENCE_S = 30  # without a byte
BUILD_INSTEAD = 'build it here: `pip install "cutout-bg[build]"`, then `cutout models build`'


def download(entry: Entry, address: str) -> None:
    """Puts the network at entry.built. `address` is the folder of a release.

    Raises ModelsMissing, InvalidSetting, or an OSError of the file system.
    """
    entry.built.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder()):
        if entry.is_pinned():  # by another process, which had the lock
            return
        url = f"{address.rstrip('/')}/{entry.built.name}"
        part = entry.built.with_suffix(".download")
        _receive(entry, url, part)
        _check_sha256(entry, url, part)
        part.replace(entry.built)
        entry.stamp.unlink(missing_ok=True)  # of a build that the download replaces


def _receive(entry: Entry, url: str, part: Path) -> None:
    """Appends to what an interrupted download left."""
    have = part.stat().st_size if part.exists() else 0
    if have >= entry.built_bytes:
        return
    with _network(entry, url):
        answer = _open(url, have)
    is_rest = answer.status == HTTPStatus.PARTIAL_CONTENT
    with answer, part.open("ab" if is_rest else "wb") as file:
        _copy(entry, url, answer, file, have if is_rest else 0)


def _copy(entry: Entry, url: str, answer: HTTPResponse, file: IO[bytes], have: int) -> None:
    total = entry.built_bytes
    with tqdm(
        desc=entry.built.name, total=total, initial=have, unit="B", unit_scale=True, disable=None
    ) as bar:
        while have < total:
            with _network(entry, url):
                chunk = answer.read1(min(CHUNK_BYTES, total - have))
                if not chunk:
                    raise ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")
            file.write(chunk)
            have += len(chunk)
            bar.update(len(chunk))


def _check_sha256(entry: Entry, url: str, part: Path) -> None:
    found = sha256(part)
    if found != entry.built_sha256:
        part.unlink()
        raise ModelsMissing(
            f"{url} was deleted after its download: its sha256 is {found}, "
            f"and this version of Cutout needs {entry.built_sha256}"
        )


@contextmanager
def _network(entry: Entry, url: str) -> Iterator[None]:
    """Explains what the network did. What the file system does is told by its own errors."""
    try:
        yield
    except (OSError, HTTPException, UnicodeError) as error:
        raise ModelsMissing(
            f"{entry.name} could not be downloaded from {url} ({_cause(error)}); "
            f"run the command again to go on, or {BUILD_INSTEAD}"
        ) from error


def _cause(error: Exception) -> str:
    reason = error.reason if type(error) is URLError else error
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return str(text).splitlines()[0]


def _open(url: str, have: int) -> HTTPResponse:
    _check_address(url)
    # http is allowed from this machine only, which a proxy cannot reach.
    proxies: dict[str, str] | None = {} if url.startswith("http:") else None
    opener = OpenerDirector()
    for handler in (ProxyHandler(proxies), HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(),
                    HTTPDefaultErrorHandler(), _CheckedRedirects()):  # fmt: skip
        opener.add_handler(handler)
    headers = {"User-Agent": f"cutout/{VERSION}"} | ({"Range": f"bytes={have}-"} if have else {})
    answer: HTTPResponse = opener.open(Request(url, headers=headers), timeout=SILENCE_S)
    return answer


class _CheckedRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    except ValueError:  # such as of a bracket that stays open
        host, is_allowed = "", False
    if not (host and is_allowed):
        raise InvalidSetting(
            f"CUTOUT_MODELS_URL: models come by https, or by http from this machine; not from {url}"
        )
