"""The bucket, in S3."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from io import BufferedReader
from itertools import islice
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from cutout.errors import FileTooLarge
from cutout.ports.bucket import (
    NO_NOTES,
    Changed,
    Known,
    Listed,
    Missing,
    Stored,
    Ticket,
    Unreadable,
)

from .errors import passing

AT_ONCE = 1000  # S3's limit of one DeleteObjects
PASSING = {"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"}
MISSING = {"NoSuchKey", "404"}  # an answer to HEAD has no words


class S3Bucket:
    """The client has to sign with version 4 and its region, or browsers meet a redirect."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def ticket(self, name: str, media_type: str, max_bytes: int, seconds: int) -> Ticket:
        made = self._client.generate_presigned_post(
            self._name,
            name,
            Fields={"Content-Type": media_type},
            Conditions=[{"Content-Type": media_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=seconds,
        )
        return Ticket(made["url"], made["fields"])

    def get(self, name: str, etag: str = "", most_bytes: int = 0) -> Stored:
        only = {"IfMatch": etag} if etag else {}
        with _errors(), passing("bucket", PASSING):
            found = self._client.get_object(Bucket=self._name, Key=name, **only)
            count = found["ContentLength"]
            if 0 < most_bytes < count:
                found["Body"].close()
                raise FileTooLarge(f"{count:,} bytes are more than the {most_bytes:,} allowed")
            return Stored(found["Body"].read(), found["ETag"])

    def know(self, name: str) -> Known:
        with _errors(), passing("bucket", PASSING):
            found = self._client.head_object(Bucket=self._name, Key=name)
        return Known(found["ETag"], found["Metadata"])

    def open(self, name: str) -> BufferedReader:
        with _errors(), passing("bucket", PASSING):
            body = self._client.get_object(Bucket=self._name, Key=name)["Body"]
        return BufferedReader(body)

    def put(
        self, name: str, data: bytes, media_type: str, notes: Mapping[str, str] = NO_NOTES
    ) -> None:
        with passing("bucket", PASSING):
            self._client.put_object(
                Bucket=self._name, Key=name, Body=data, ContentType=media_type, Metadata=notes
            )

    def put_file(self, name: str, file: BinaryIO, media_type: str) -> None:
        with passing("bucket", PASSING):
            self._client.upload_fileobj(
                file, self._name, name, ExtraArgs={"ContentType": media_type}
            )

    def link(self, name: str, seconds: int) -> str:
        address: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": name}, ExpiresIn=seconds
        )
        return address

    def files(self, prefix: str, after: str = "") -> Iterator[Listed]:
        pages = self._client.get_paginator("list_objects_v2")
        with _errors(), passing("bucket", PASSING):
            for page in pages.paginate(Bucket=self._name, Prefix=prefix, StartAfter=after):
                for file in page.get("Contents", []):
                    yield Listed(file["Key"], file["LastModified"].timestamp(), file["ETag"])

    def delete(self, names: Iterable[str]) -> None:
        left = iter(names)
        while some := list(islice(left, AT_ONCE)):
            with passing("bucket", PASSING):
                self._delete(some)

    def _delete(self, names: list[str]) -> None:
        """S3's answer is 200, whatever it has not deleted."""
        objects = {"Objects": [{"Key": name} for name in names], "Quiet": True}
        answer = self._client.delete_objects(Bucket=self._name, Delete=objects)
        for error in answer.get("Errors", []):
            raise ClientError({"Error": error}, "DeleteObjects")


@contextmanager
def _errors() -> Iterator[None]:
    """Of what is read. There are too many ways in which S3 refuses an object to name them: by its
    key, its owner, its encryption, its storage class."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in MISSING:
            raise Missing from error
        if code == "PreconditionFailed":
            raise Changed from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreadable(code) from error
        raise
