"""The item of a job, which goes from queued to running, and ends as done, failed or cancelled.

Who works at it holds it, until a moment: from then on another may take it over.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cutout.credits.entries import QUARTERS_PER_CREDIT
from cutout.errors import CutoutError
from cutout.picture import Result
from cutout.ports import Condition, Item, Key, Table, Value, Write

from . import request
from .request import JobRequest
from .retention import JOBS_FOLDER

FINAL = ("done", "failed", "cancelled")
STATES = ("queued", "running", *FINAL)


@dataclass(frozen=True)
class Job:
    id: str
    state: str
    request: JobRequest
    created_at: str
    expires_at: int
    holder: str  # empty is nobody
    until: int
    outcome: Mapping[str, Any]  # of the result, as soon as that is in the bucket
    error: Mapping[str, str]
    is_deleted: bool  # its pictures, where it had ended before
    is_notified: bool

    @property
    def is_over(self) -> bool:
        return self.state in FINAL

    @property
    def has_result(self) -> bool:
        return self.state == "done" and not self.is_deleted

    def status(self) -> dict[str, Any]:
        """What its owner is told, but for the result's address."""
        told: dict[str, Any] = {
            "job_id": self.id,
            "status": self.state,
            "created_at": self.created_at,
        }
        if self.state == "done":
            hidden = ("quarters", "media_type")
            told |= {name: value for name, value in self.outcome.items() if name not in hidden}
            told["credits_charged"] = self.outcome["quarters"] / QUARTERS_PER_CREDIT
        if self.state == "failed":
            told["error"] = self.error
        return {"data": told}


def key(job_id: str) -> Key:
    return Key(f"job#{job_id}", "job")


def webhook_id(job_id: str) -> str:
    return f"msg_{job_id}"


def folder(job_id: str) -> str:
    return f"{JOBS_FOLDER}{job_id}/"


def picture_name(job_id: str, picture: str) -> str:
    return f"{folder(job_id)}{picture}"


def result_name(job_id: str, media_type: str) -> str:
    return f"{folder(job_id)}result.{media_type.rpartition('/')[2]}"


def outcome(result: Result, quarters: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "width": result.size.width,
        "height": result.size.height,
        **{f"foreground_{side}": px for side, px in asdict(result.placed).items()},
        "media_type": result.media_type,
        "quarters": quarters,
    }
    if result.confidence is None:
        return told
    confidence = round(result.confidence, 3)
    return told | {
        "confidence": confidence,
        "model": result.model,
        "model_version": result.model_version,
    }


def read(table: Table, job_id: str, now: float) -> Job | None:
    """None where it is forgotten, or never was."""
    found = table.get(key(job_id))
    job = of(found) if found else None
    return job if job and job.expires_at > now else None


def of(item: Item) -> Job:
    return Job(
        id=str(item["pk"]).removeprefix("job#"),
        state=str(item["state"]),
        request=request.from_json(json.loads(str(item["order"]))),
        created_at=str(item["created_at"]),
        expires_at=int(item["expires_at"]),
        holder=str(item.get("holder", "")),
        until=int(item.get("until", 0)),
        outcome=json.loads(str(item.get("outcome", "{}"))),
        error=json.loads(str(item.get("error", "{}"))),
        is_deleted=bool(item.get("is_deleted", False)),
        is_notified=bool(item.get("is_notified", False)),
    )


def queued(job_id: str, asked: JobRequest, created_at: str, expires_at: int) -> Write:
    news: dict[str, Value] = {
        "state": "queued",
        "order": json.dumps(request.to_json(asked)),  # under the name it had in version 0.1.0
        "created_at": created_at,
        "expires_at": expires_at,
    }
    return Write(key(job_id), set=news)


def held(job: Job, holder: str, until: int) -> Write:
    """By nobody else since it was read."""
    unchanged = (
        Condition("holder", "=", job.holder) if job.holder else Condition("holder", "absent")
    )
    news: dict[str, Value] = {"state": "running", "holder": holder, "until": until}
    return Write(key(job.id), set=news, when=(Condition("state", "=", job.state), unchanged))


def given_back(job: Job) -> Write:
    return _by_holder(job, {"state": "queued"}, remove=("holder", "until"))


def with_outcome(job: Job, outcome: Mapping[str, Any]) -> Write:
    return _by_holder(job, {"outcome": json.dumps(outcome)})


def done(job: Job) -> Write:
    return _by_holder(job, {"state": "done"}, remove=("holder", "until"))


def failed(job: Job, error: CutoutError) -> Write:
    told = {"code": error.code, "title": error.title, "detail": str(error)}
    news = {"state": "failed", "error": json.dumps(told)}
    return _by_holder(job, news, remove=("holder", "until"))


def deleted(job: Job) -> Write:
    """One that has not ended is cancelled, whoever holds it."""
    news: dict[str, Value] = {"is_deleted": True} if job.is_over else {"state": "cancelled"}
    return Write(key(job.id), set=news, when=(Condition("state", "=", job.state),))


def notified(job: Job) -> Write:
    return Write(key(job.id), set={"is_notified": True}, when=(Condition("state", "=", job.state),))


def _by_holder(job: Job, news: Mapping[str, Value], remove: tuple[str, ...] = ()) -> Write:
    mine = (Condition("state", "=", "running"), Condition("holder", "=", job.holder))
    return Write(key(job.id), set=news, remove=remove, when=mine)
