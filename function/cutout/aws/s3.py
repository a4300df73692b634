"""A bucket in S3."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from io import BufferedReader
from itertools import islice
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

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

from .errors import transient

MOST_DELETED = 1000  # in one request, S3's limit
MISSING = {"NoSuchKey", "404"}  # a response to HEAD has no error code


class S3Bucket:
    """Needs a client that signs with version 4 and its region: browsers refuse the redirects."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def presigned_post(
        self, name: str, media_type: str, max_bytes: int, seconds: int
    ) -> PresignedPost:
        post = self._client.generate_presigned_post(
            self._name,
            name,
            Fields={"Content-Type": media_type},
            Conditions=[{"Content-Type": media_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=seconds,
        )
        return PresignedPost(post["url"], post["fields"])

    def get(self, name: str, etag: str = "", max_bytes: int = 0) -> StoredFile:
        condition = {"IfMatch": etag} if etag else {}
        with _errors(), transient("bucket"):
            response = self._client.get_object(Bucket=self._name, Key=name, **condition)
            count = response["ContentLength"]
            if 0 < max_bytes < count:
                response["Body"].close()
                raise FileTooLarge(f"{count:,} bytes are more than the {max_bytes:,} allowed")
            return StoredFile(response["Body"].read(), response["ETag"])

    def head(self, name: str) -> FileInfo:
        with _errors(), transient("bucket"):
            response = self._client.head_object(Bucket=self._name, Key=name)
        return FileInfo(response["ETag"], response["Metadata"])

    def open(self, name: str) -> BufferedReader:
        with _errors(), transient("bucket"):
            body = self._client.get_object(Bucket=self._name, Key=name)["Body"]
        return BufferedReader(body)

    def put(
        self, name: str, data: bytes, media_type: str, metadata: Mapping[str, str] = NO_METADATA
    ) -> None:
        with transient("bucket"):
            self._client.put_object(
                Bucket=self._name, Key=name, Body=data, ContentType=media_type, Metadata=metadata
            )

    def put_file(self, name: str, file: BinaryIO, media_type: str) -> None:
        with transient("bucket"):
            self._client.upload_fileobj(
                file, self._name, name, ExtraArgs={"ContentType": media_type}
            )

    def presigned_url(self, name: str, seconds: int) -> str:
        address: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": name}, ExpiresIn=seconds
        )
        return address

    def files(self, prefix: str, after: str = "") -> Iterator[ListedFile]:
        pages = self._client.get_paginator("list_objects_v2")
        with _errors(), transient("bucket"):
            for page in pages.paginate(Bucket=self._name, Prefix=prefix, StartAfter=after):
                for file in page.get("Contents", []):
                    at = file["LastModified"].timestamp()
                    yield ListedFile(file["Key"], at, file["ETag"], file["Size"])

    def delete(self, names: Iterable[str]) -> None:
        remaining = iter(names)
        while batch := list(islice(remaining, MOST_DELETED)):
            with transient("bucket"):
                self._delete(batch)

    def _delete(self, names: list[str]) -> None:
        """Raise the first error in the response, whose status is 200 in any case."""
        objects = {"Objects": [{"Key": name} for name in names], "Quiet": True}
        response = self._client.delete_objects(Bucket=self._name, Delete=objects)
        for error in response.get("Errors", []):
            raise ClientError({"Error": error}, "DeleteObjects")


@contextmanager
def _errors() -> Iterator[None]:
    """Translate errors of reads. Any other 4xx means unreadable: S3 may refuse an object for
    its owner, key, encryption or storage class."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in MISSING:
            raise FileMissing from error
        if code == "PreconditionFailed":
            raise FileChanged from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise FileUnreadable(code) from error
        raise
