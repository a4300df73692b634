"""The bucket, in S3."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from cutout.services.bucket import Changed, Listed, Missing, Stored, Ticket

from .aws import passing

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
            with passing("bucket", PASSING):
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
        with passing("bucket", PASSING):
            self._client.put_object(Bucket=self._name, Key=name, Body=data, ContentType=media_type)

    def link(self, name: str, seconds: int) -> str:
        address: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": name}, ExpiresIn=seconds
        )
        return address

    def files(self, prefix: str) -> Iterator[Listed]:
        pages = self._client.get_paginator("list_objects_v2")
        with passing("bucket", PASSING):
            for page in pages.paginate(Bucket=self._name, Prefix=prefix):
                for file in page.get("Contents", []):
                    yield Listed(file["Key"], file["LastModified"].timestamp())

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
