"""Downloads over HTTP that resume where an earlier one ended, and are checked by their sha256."""

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

from cutout.errors import ModelsMissing
from cutout.loopback import is_loopback
from cutout.version import VERSION

from .catalogue import file_sha256

CHUNK_BYTES = 64 * 1024
TIMEOUT_S = 30  # without a byte


def download(url: str, path: Path, size: int, sha256: str) -> None:
    """Download a file of `size` bytes to `path`, and no more bytes than that.

    The bytes go to a file beside it with the suffix .download, which a later call continues. A file
    with another sha256 is deleted. Raises ModelsMissing, or an OSError of the file system.
    """
    part = path.with_suffix(".download")
    if not part.exists() or part.stat().st_size < size:
        _receive(url, part, size)
    if (found := file_sha256(part)) != sha256:
        part.unlink()
        raise ModelsMissing(
            f"{url} was deleted after its download: its sha256 is {found}, and {sha256} is expected"
        )
    part.replace(path)


def is_allowed(url: str) -> bool:
    """Whether the address is of https, or of http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return bool(host) and (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        )
    except ValueError:  # such as of a bracket that stays open
        return False


def _receive(url: str, part: Path, size: int) -> None:
    received = part.stat().st_size if part.exists() else 0
    try:
        response = _open(url, received)
    except (OSError, HTTPException, UnicodeError) as error:
        raise _failed(url, error) from error
    is_rest = response.status == HTTPStatus.PARTIAL_CONTENT
    received = received if is_rest else 0
    with (
        response,
        part.open("ab" if is_rest else "wb") as file,
        tqdm(desc=part.stem, total=size, initial=received, unit="B", unit_scale=True,
             disable=None) as bar,
    ):  # fmt: skip
        while received < size:
            try:
                chunk = response.read1(min(CHUNK_BYTES, size - received))
            except (OSError, HTTPException) as error:
                raise _failed(url, error) from error
            if not chunk:
                ended = f"the connection ended after {received:,} of {size:,} bytes"
                raise _failed(url, ConnectionError(ended))
            file.write(chunk)
            received += len(chunk)
            bar.update(len(chunk))


def _open(url: str, start: int) -> HTTPResponse:
    # http is allowed from this machine only, which a proxy cannot reach.
    proxies: dict[str, str] | None = {} if url.startswith("http:") else None
    opener = OpenerDirector()
    for handler in (ProxyHandler(proxies), HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(),
                    HTTPDefaultErrorHandler(), _CheckedRedirects()):  # fmt: skip
        opener.add_handler(handler)
    headers = {"User-Agent": f"cutout/{VERSION}"} | ({"Range": f"bytes={start}-"} if start else {})
    response: HTTPResponse = opener.open(Request(url, headers=headers), timeout=TIMEOUT_S)
    return response


class _CheckedRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not is_allowed(newurl):
            raise URLError(f"it redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _failed(url: str, error: Exception) -> ModelsMissing:
    reason = error.reason if type(error) is URLError else error
    cause = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return ModelsMissing(
        f"{url} could not be downloaded ({str(cause).splitlines()[0]}); "
        "run the command again to continue"
    )
