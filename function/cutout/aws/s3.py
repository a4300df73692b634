"""A bucket in S3."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from io import SEEK_END, BufferedReader
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, unquote_plus
from xml.sax.saxutils import escape

from cutout.errors import FileTooLarge
from cutout.ports import (
    NO_METADATA,
    FileChanged,
    FileInfo,
    FileMissing,
    FileUnreadable,
    ListedFile,
    PresignedPost,
    StoredFile,
)

from .client import Caller, Response
from .errors import AwsError, NoResponse, transient
from .signature import encoded

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_DELETED = 1000  # in one request, S3's limit
MISSING = {"NoSuchKey", "404"}  # a response to HEAD has no error code
METADATA = "x-amz-meta-"


class S3Bucket:
    """A bucket of any region. Browsers refuse the redirects of S3's old host, so that addresses
    have the host of the bucket in its region."""

    def __init__(self, caller: Caller, name: str) -> None:
        self._caller = caller
        self._name = name
        self._region = caller.account.region

    def presigned_post(
        self, name: str, media_type: str, max_bytes: int, seconds: int
    ) -> PresignedPost:
        fields = {"Content-Type": media_type, "key": name}
        conditions = [
            {"Content-Type": media_type}, ["content-length-range", 1, max_bytes],
            {"bucket": self._name}, {"key": name},
        ]  # fmt: skip
        signer = self._caller.account.signer("s3", self._region)
        return PresignedPost(self._url(), signer.post_fields(fields, conditions, seconds))

    def get(self, name: str, etag: str = "", max_bytes: int = 0) -> StoredFile:
        with _errors(), transient("bucket"):
            response = self._call("GET", name, headers={"If-Match": etag} if etag else {})
            count = int(response.headers["Content-Length"])
            if 0 < max_bytes < count:
                response.close()
                raise FileTooLarge(f"{count:,} bytes are more than the {max_bytes:,} allowed")
            return StoredFile(response.body(), response.headers["ETag"])

    def head(self, name: str) -> FileInfo:
        with _errors(), transient("bucket"):
            response = self._call("HEAD", name)
            response.body()
        metadata = {
            header.lower().removeprefix(METADATA): text
            for header, text in response.headers.items()
            if header.lower().startswith(METADATA)
        }
        return FileInfo(response.headers["ETag"], metadata)

    def open(self, name: str) -> BufferedReader:
        with _errors(), transient("bucket"):
            file = self._call("GET", name).file
        file.auto_close = False  # else urllib3 closes it at its end, where readers still ask
        return BufferedReader(file)

    def put(
        self, name: str, data: bytes, media_type: str, metadata: Mapping[str, str] = NO_METADATA
    ) -> None:
        described = {METADATA + key: text for key, text in metadata.items()}
        with transient("bucket"):
            self._call("PUT", name, described | {"Content-Type": media_type}, data).body()

    def put_file(self, name: str, file: BinaryIO, media_type: str) -> None:
        """Store what is left of a file, of at most 5 GB."""
        start, end = file.tell(), file.seek(0, SEEK_END)
        file.seek(start)
        headers = {"Content-Type": media_type, "Content-Length": str(end - start)}
        with transient("bucket"):
            self._call("PUT", name, headers, file).body()

    def presigned_url(self, name: str, seconds: int) -> str:
        signer = self._caller.account.signer("s3", self._region)
        return signer.presigned_url(self._url(name), seconds)

    def files(self, prefix: str, after: str = "") -> Iterator[ListedFile]:
        asked = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
        if after:
            asked["start-after"] = after
        while True:
            with _errors(), transient("bucket"):
                page = _xml(self._call("GET", query=asked).body())
            for file in page.iterfind("{*}Contents"):
                at, etag, size = (_text(file, name) for name in ("LastModified", "ETag", "Size"))
                name = unquote_plus(_text(file, "Key"))
                yield ListedFile(name, datetime.fromisoformat(at).timestamp(), etag, int(size))
            if _text(page, "IsTruncated") != "true":
                return
            asked["continuation-token"] = _text(page, "NextContinuationToken")

    def delete(self, names: Iterable[str]) -> None:
        remaining = iter(names)
        while batch := list(islice(remaining, MOST_DELETED)):
            with transient("bucket"):
                self._delete(batch)

    def _delete(self, names: list[str]) -> None:
        """Raise the first error in the response, whose status is 200 in any case."""
        objects = "".join(f"<Object><Key>{escape(name)}</Key></Object>" for name in names)
        body = f"<Delete>{objects}<Quiet>true</Quiet></Delete>".encode()
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        response = self._call("POST", headers={"Content-MD5": md5}, body=body, query={"delete": ""})
        for error in _xml(response.body()).iterfind("{*}Error"):
            raise AwsError(_text(error, "Code"), _text(error, "Message"), HTTPStatus.OK)

    def _call(
        self,
        method: str,
        name: str = "",
        headers: Mapping[str, str] = NO_METADATA,
        body: bytes | BinaryIO | None = None,
        query: Mapping[str, str] = NO_METADATA,
    ) -> Response:
        for _ in range(2):
            url = self._url(name) + (f"?{encoded(query)}" if query else "")
            try:
                return self._caller.call(method, url, headers, body, self._region)
            except AwsError as error:
                region = error.headers.get("x-amz-bucket-region", "")
                if region in ("", self._region):
                    raise
                self._region = region  # of a batch's bucket, which may be in another one
        raise AssertionError("a bucket is in one region")

    def _url(self, name: str = "") -> str:
        """Return the address of the bucket, or of a file in it."""
        account, path = self._caller.account, quoted_key(name)
        if account.endpoint:
            return f"{account.endpoint}/{self._name}{'/' if name else ''}{path}"
        if "." in self._name:  # no certificate of S3 covers such a host
            return f"https://{account.host('s3', self._region)}/{self._name}/{path}"
        return f"https://{self._name}.{account.host('s3', self._region)}/{path}"


def quoted_key(name: str) -> str:
    """Percent-encode a file's name for a URL, its slashes excepted, as signatures need it."""
    return quote(name, safe="/-_.~")


def _xml(body: bytes) -> "Element":
    from xml.etree import ElementTree  # not at the top: few calls list or delete files

    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise NoResponse(f"S3's response is not XML: {error}") from error


def _text(element: "Element", name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


@contextmanager
def _errors() -> Iterator[None]:
    """Translate errors of reads. Any other 4xx means unreadable: S3 may refuse an object for
    its owner, key, encryption or storage class."""
    try:
        yield
    except AwsError as error:
        if error.code in MISSING:
            raise FileMissing from error
        if error.code in ("PreconditionFailed", "412"):
            raise FileChanged from error
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise FileUnreadable(error.code) from error
        raise
