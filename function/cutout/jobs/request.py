"""The request of a job and its JSON form, which the table stores with a version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cutout.errors import CutoutError, Unavailable
from cutout.options import canonical, removebg
from cutout.options.record import Options
from cutout.options.values import Reference

VERSION = 1
STORED = Reference()  # stands for a picture in the job's folder


@dataclass(frozen=True)
class JobRequest:
    """All that a job needs. Pictures without a URL are in the bucket, in the job's folder."""

    account: str  # empty if nobody is charged
    key_id: str
    is_test: bool
    photo: Reference
    options: Options  # with references for its pictures
    webhook_url: str = ""  # empty for none
    problem: Exception | None = None  # why a stored request cannot be read; the job then fails

    @property
    def is_free(self) -> bool:
        """Whether the job is not charged: of a test key, or where nobody is charged."""
        return self.is_test or not self.account

    def pictures(self) -> dict[str, Reference]:
        """Return the photo and the pictures of the options, by name."""
        return {"photo": self.photo, **self.options.references()}

    def stored(self) -> tuple[str, ...]:
        """Return the names of the pictures in the job's folder."""
        return tuple(name for name, picture in self.pictures().items() if not picture.url)


def to_json(request: JobRequest) -> dict[str, Any]:
    return {
        "v": VERSION,
        "account": request.account,
        "key_id": request.key_id,
        "is_test": request.is_test,
        "photo": {"url": request.photo.url} if request.photo.url else {},
        "options": canonical.to_json(request.options),
        "webhook_url": request.webhook_url,
    }


def from_text(text: str) -> JobRequest:
    """Read a stored request.

    One that cannot be read has a problem, with the fields that a webhook about its failure needs.
    """
    data: Any = None
    try:
        data = json.loads(text)
        return from_json(data)
    except (CutoutError, LookupError, TypeError, ValueError, AttributeError) as error:
        known = data if isinstance(data, dict) else {}
        texts = {name: str(known.get(name, "")) for name in ("account", "key_id", "webhook_url")}
        return JobRequest(
            **texts, is_test=False, photo=Reference(), options=Options(), problem=error
        )


def from_json(data: Mapping[str, Any]) -> JobRequest:
    """Read any version, including version 0.1.0's form without a number.

    Raises Unavailable for a later version: a worker of that version can still run the job.
    """
    if "v" not in data:
        return _from_0_1(data)
    if data["v"] != VERSION:
        raise Unavailable(f"the job was queued by a later version, as v {data['v']}")
    return JobRequest(
        account=data["account"],
        key_id=data["key_id"],
        is_test=data["is_test"],
        photo=Reference(url=data["photo"].get("url", "")),
        options=canonical.from_json(data["options"]),
        webhook_url=data["webhook_url"],
    )


def _from_0_1(data: Mapping[str, Any]) -> JobRequest:
    """Read a form that holds remove.bg's parameters as texts and the names of the pictures."""
    caller, call, urls = data["caller"] or {}, data["call"], data["addresses"]
    pictures: dict[str, Reference] = {}
    if call["backdrop"]:
        pictures["backdrop"] = Reference(url=urls.get("bg_image_url", ""))
    parameters = call["parameters"] | {"model_version": call["model_version"]}
    if not call["model_version"]:
        del parameters["model_version"]
    options = removebg.within_limits(
        removebg.parse(parameters, pictures), in_bucket=call["photo"] == "upload_id"
    )
    return JobRequest(
        account=caller.get("account", ""),
        key_id=caller.get("key_id", ""),
        is_test=caller.get("is_test", False),
        photo=Reference(url=urls.get("image_url", "")),
        options=replace(options, alpha=STORED) if "alpha" in data["pictures"] else options,
        webhook_url=data["webhook_url"],
    )
