"""Upload the page to its bucket, and replace one version of it by the next.

The files that index.html uses are stored under a prefix named after the content of them all, and
never change there. index.html and the service worker keep their names: they are uploaded last, and
the old version's files are deleted once no edge of CloudFront serves the old index.html any more.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
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
SERVICE_WORKER = "sw.js"  # stands at the root, for it may serve nothing above its own folder
IMMUTABLE = "public, max-age=31536000, immutable"  # a year, the most that is usual
# Browsers ask each time; CloudFront for an hour not, should an invalidation have been missed.
REVALIDATED = "public, max-age=0, s-maxage=3600"
LINK = re.compile(rb'\b(href|src)="([^"]+)"')
POLL_S, POLLS = 5, 180  # a quarter of an hour; an invalidation takes seconds, at times minutes


@dataclass(frozen=True)
class File:
    body: bytes
    type: str
    caching: str

    @property
    def etag(self) -> str:
        """The ETag that S3 gives to an object uploaded in one piece, encrypted with S3's keys."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


def version(folder: Path) -> dict[str, File]:
    """Return the page's files by their keys in the bucket.

    HTML and the service worker have their own names, the others the version's prefix, which is
    also put before the links to them in HTML.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256(repr((contents, TYPES, IMMUTABLE, REVALIDATED)).encode()).hexdigest()
    prefix = f"version/{digest[:12]}/"

    def with_prefix(link: re.Match[bytes]) -> bytes:
        name = link[2].decode()
        if name not in contents or _is_at_the_root(name):
            return link[0]
        return b'%s="/%s"' % (link[1], (prefix + name).encode())

    files = {}
    for name, body in contents.items():
        kind = TYPES[Path(name).suffix]
        if _is_at_the_root(name):
            files[name] = File(LINK.sub(with_prefix, body), kind, REVALIDATED)
        else:
            files[prefix + name] = File(body, kind, IMMUTABLE)
    return files


def name(files: Mapping[str, File]) -> str:
    """Return the name of a version, which stands in the keys of its files."""
    return min(key.split("/")[1] for key in files if key.startswith("version/"))


def published(session: Any, bucket: str) -> list[str]:
    """Return the names of the versions in a bucket: one, or more after an interrupted upload."""
    found = session.client("s3").list_objects_v2(Bucket=bucket, Prefix="version/", Delimiter="/")
    return [item["Prefix"].split("/")[1] for item in found.get("CommonPrefixes", [])]


def publish(
    session: Any, bucket: str, distribution: str, files: Mapping[str, File]
) -> tuple[list[str], list[str]]:
    """Make the bucket hold these files and no others. Returns the keys uploaded and deleted."""
    s3 = session.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    etags = {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}
    uploads = sorted(
        (key for key, file in files.items() if etags.get(key) != file.etag),
        key=lambda key: (_is_at_the_root(key), key),
    )
    old = sorted(etags.keys() - files.keys())
    # Old files alone: the last run was interrupted, perhaps before its invalidation.
    if uploads or old:
        for key in uploads:
            file = files[key]
            s3.put_object(
                Bucket=bucket, Key=key, Body=file.body,
                ContentType=file.type, CacheControl=file.caching,
            )  # fmt: skip
        _invalidate(session.client("cloudfront"), distribution, filter(_is_at_the_root, files))
        for key in old:
            s3.delete_object(Bucket=bucket, Key=key)
    return uploads, old


def _is_at_the_root(name: str) -> bool:
    return name.endswith(".html") or name == SERVICE_WORKER


def _invalidate(cloudfront: Any, distribution: str, keys: Iterable[str]) -> None:
    paths = ["/", *(f"/{key}" for key in keys)]  # CloudFront caches index.html under "/" too
    batch = {
        "Paths": {"Quantity": len(paths), "Items": paths},
        "CallerReference": str(uuid.uuid4()),
    }
    made = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    cloudfront.get_waiter("invalidation_completed").wait(
        DistributionId=distribution,
        Id=made["Invalidation"]["Id"],
        WaiterConfig={"Delay": POLL_S, "MaxAttempts": POLLS},
    )
