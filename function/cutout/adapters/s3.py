"""The bucket, in S3."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from cutout.errors import Unavailable
from cutout.services.bucket import Changed, Listed, Missing, Stored, Ticket

AT_ONCE = 1000  # S3's limit of one DeleteObjects
PASSING = {"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"}


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

    def get(self, name: str, etag: str = "") -> Stored:
        only = {"IfMatch": etag} if etag else {}
        try:
            with _passing():
                found = self._client.get_object(Bucket=self._name, Key=name, **only)
                return Stored(found["Body"].read(), found["ETag"])
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "NoSuchKey":
                    raise Missing from error
                case "PreconditionFailed":
                    raise Changed from error
            raise

    def put(self, name: str, data: bytes, media_type: str) -> None:
        with _passing():
            self._client.put_object(Bucket=self._name, Key=name, Body=data, ContentType=media_type)

    def link(self, name: str, seconds: int) -> str:
        address: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": name}, ExpiresIn=seconds
        )
        return address

    def files(self, prefix: str) -> Iterator[Listed]:
        pages = self._client.get_paginator("list_objects_v2")
        with _passing():
            for page in pages.paginate(Bucket=self._name, Prefix=prefix):
                for file in page.get("Contents", []):
                    yield Listed(file["Key"], file["LastModified"].timestamp())

    def delete(self, names: Iterable[str]) -> None:
        left = iter(names)
        while some := list(islice(left, AT_ONCE)):
            with _passing():
                self._client.delete_objects(
                    Bucket=self._name,
                    Delete={"Objects": [{"Key": name} for name in some], "Quiet": True},
                )


@contextmanager
def _passing() -> Iterator[None]:
    try:
        yield
    except HTTPClientError as error:
        raise Unavailable("the service's bucket cannot be reached; try again") from error
    except ClientError as error:
        if error.response["Error"]["Code"] not in PASSING:
            raise
        raise Unavailable("the service's bucket is too busy; try again") from error
