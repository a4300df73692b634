"""Where things are in S3, as people write it: s3://bucket/key."""

import re
from dataclasses import dataclass

from cutout.errors import InvalidParameter
from cutout.options.text import quoted

LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
# S3's rule for new ones, which are no IP addresses.
BUCKET = re.compile(rf"(?=.{{3,63}}$)(?![0-9.]+$){LABEL}(?:\.{LABEL})*")
MOST_KEY_BYTES = 1024  # S3's
SCHEME = "s3://"


@dataclass(frozen=True)
class Place:
    bucket: str
    key: str  # of a file; of a folder it is empty, or ends with /

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @property
    def is_folder(self) -> bool:
        return not self.key or self.key.endswith("/")

    def file(self, name: str) -> "Place":
        """Of this folder."""
        return Place(self.bucket, self.key + name)

    def holds(self, other: "Place") -> bool:
        return self.bucket == other.bucket and other.key.startswith(self.key)


def place(text: str) -> Place:
    bucket, _, key = text.removeprefix(SCHEME).partition("/")
    if not text.startswith(SCHEME) or not BUCKET.fullmatch(bucket):
        raise InvalidParameter(f"{quoted(text)} is not s3://BUCKET/KEY")
    if len(key.encode()) > MOST_KEY_BYTES:
        raise InvalidParameter(f"{quoted(text)} is longer than S3's {MOST_KEY_BYTES:,} bytes")
    return Place(bucket, key)


def folder(text: str) -> Place:
    found = place(text)
    return found if found.is_folder else found.file("/")
