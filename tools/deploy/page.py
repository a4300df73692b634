"""The page's files: what goes into the bucket, and how a new version takes the place of the old.

What index.html uses goes into a folder named after the content of it all, and is never changed
there. Only index.html and the service worker are: the page comes last, when all that it names is
there, and what only the old one named goes when no edge of CloudFront has the old one any more.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
# Has to stand at the root, for a service worker is in charge of nothing above its own folder.
SERVICE_WORKER = "sw.js"
KEPT = "public, max-age=31536000, immutable"  # a year, the most that is usual
# Browsers ask each time. CloudFront is told of changes, and an hour mends what it was not told.
ASKED_FOR = "public, max-age=0, s-maxage=3600"
LINK = re.compile(rb'\b(href|src)="([^"]+)"')
SECONDS, CHECKS = 5, 180  # a quarter of an hour; an invalidation takes seconds, at times minutes


@dataclass(frozen=True)
class File:
    body: bytes
    type: str
    caching: str

    @property
    def etag(self) -> str:
        """S3's, for what is put in one piece and encrypted with S3's own keys."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


def version(folder: Path) -> dict[str, File]:
    """The files by their keys: HTML and the service worker under their own names, and what is
    left under the version's."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    made_of = repr((contents, TYPES, KEPT, ASKED_FOR)).encode()
    prefix = f"version/{hashlib.sha256(made_of).hexdigest()[:12]}/"

    def moved(link: re.Match[bytes]) -> bytes:
        name = link[2].decode()
        if name not in contents or _is_at_the_root(name):
            return link[0]
        return b'%s="/%s"' % (link[1], (prefix + name).encode())

    files = {}
    for name, body in contents.items():
        kind = Path(name).suffix
        if _is_at_the_root(name):
            files[name] = File(LINK.sub(moved, body), TYPES[kind], ASKED_FOR)
        else:
            files[prefix + name] = File(body, TYPES[kind], KEPT)
    return files


def _is_at_the_root(name: str) -> bool:
    return name.endswith(".html") or name == SERVICE_WORKER


def publish(
    s3: Any, cloudfront: Any, bucket: str, distribution: str, files: Mapping[str, File]
) -> tuple[list[str], list[str]]:
    """The keys that were new or other than before, and those that are gone."""
    there = _etags(s3, bucket)
    changed = sorted(
        (key for key, file in files.items() if there.get(key) != file.etag),
        key=lambda key: (key.endswith(".html"), key),
    )
    gone = sorted(there.keys() - files.keys())
    if changed or gone:  # gone alone: the last run was cut short, maybe before its invalidation
        for key in changed:
            _put(s3, bucket, key, files[key])
        _invalidate(cloudfront, distribution, [key for key in files if _is_at_the_root(key)])
        for key in gone:
            s3.delete_object(Bucket=bucket, Key=key)
    return changed, gone


def _etags(s3: Any, bucket: str) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", [])}


def _put(s3: Any, bucket: str, key: str, file: File) -> None:
    s3.put_object(
        Bucket=bucket, Key=key, Body=file.body, ContentType=file.type, CacheControl=file.caching
    )


def _invalidate(cloudfront: Any, distribution: str, pages: list[str]) -> None:
    paths = ["/", *(f"/{page}" for page in pages)]  # "/" is index.html under another name
    made = cloudfront.create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": paths},
            "CallerReference": str(uuid.uuid4()),
        },
    )
    cloudfront.get_waiter("invalidation_completed").wait(
        DistributionId=distribution,
        Id=made["Invalidation"]["Id"],
        WaiterConfig={"Delay": SECONDS, "MaxAttempts": CHECKS},
    )
