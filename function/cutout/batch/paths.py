"""Paths of files and folders in S3, written as s3://bucket/key."""

import re
from dataclasses import dataclass

from cutout.errors import InvalidParameter
from cutout.options.grammar import quoted

LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
# S3's rule for names of new buckets, which must not look like IP addresses.
BUCKET = re.compile(rf"(?=.{{3,63}}$)(?![0-9.]+$){LABEL}(?:\.{LABEL})*")
MOST_KEY_BYTES = 1024  # S3's limit
SCHEME = "s3://"


@dataclass(frozen=True)
class S3Path:
    bucket: str
    key: str  # a folder's is empty or ends with /

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @property
    def is_folder(self) -> bool:
        return not self.key or self.key.endswith("/")

    def file(self, name: str) -> "S3Path":
        """Return the path of a file in this folder."""
        return S3Path(self.bucket, self.key + name)

    def holds(self, other: "S3Path") -> bool:
        return self.bucket == other.bucket and other.key.startswith(self.key)


def parse(text: str) -> S3Path:
    """Raises InvalidParameter if the text is not a path that S3 allows."""
    bucket, _, key = text.removeprefix(SCHEME).partition("/")
    if not text.startswith(SCHEME) or not BUCKET.fullmatch(bucket):
        raise InvalidParameter(f"{quoted(text)} is not s3://BUCKET/KEY")
    if len(key.encode()) > MOST_KEY_BYTES:
        raise InvalidParameter(f"{quoted(text)} is longer than S3's {MOST_KEY_BYTES:,} bytes")
    return S3Path(bucket, key)


def parse_folder(text: str) -> S3Path:
    """Like parse, with the final slash added if it is missing."""
    path = parse(text)
    return path if path.is_folder else path.file("/")
