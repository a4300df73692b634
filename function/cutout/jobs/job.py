"""Jobs as items of the table, and the writes that change their state.

A job goes from queued to running and ends as done, failed or cancelled. A worker that runs it holds
a lease; when the lease has ended, another worker may take the job over.
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
    """A job as it is stored: its request, its state, and its result or error."""

    id: str
    state: str
    request: JobRequest
    created_at: str
    expires_at: int
    holder: str  # id of the worker's lease; empty if there is none
    lease_ends_at: int
    outcome: Mapping[str, Any]  # facts about the result, once that is in the bucket
    error: Mapping[str, str]
    is_deleted: bool  # the pictures of a job that had ended before
    is_notified: bool
    is_counted: bool  # among the account's jobs that have not ended

    @property
    def is_over(self) -> bool:
        return self.state in FINAL

    @property
    def has_result(self) -> bool:
        return self.state == "done" and not self.is_deleted

    def status(self) -> dict[str, Any]:
        """Return what the API and the webhook report, without the result's URL."""
        data: dict[str, Any] = {
            "job_id": self.id,
            "status": self.state,
            "created_at": self.created_at,
        }
        if self.state == "done":
            hidden = ("quarters", "media_type")
            data |= {name: value for name, value in self.outcome.items() if name not in hidden}
            data["credits_charged"] = self.outcome["quarters"] / QUARTERS_PER_CREDIT
        if self.state == "failed":
            data["error"] = self.error
        return {"data": data}


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
    """Return the facts about a result that the job keeps."""
    facts: dict[str, Any] = {
        "width": result.size.width,
        "height": result.size.height,
        **{f"foreground_{side}": px for side, px in asdict(result.placed).items()},
        "media_type": result.media_type,
        "quarters": quarters,
    }
    if result.confidence is None:
        return facts
    confidence = round(result.confidence, 3)
    return facts | {
        "confidence": confidence,
        "subjects": result.subject_count,
        "model": result.model,
        "model_version": result.model_version,
        "looks": result.looks,
        "looks_skipped": result.looks_skipped,
    }


def load(table: Table, job_id: str, now: float) -> Job | None:
    """Return None if there is no such job or it has expired."""
    item = table.get(key(job_id))
    job = _from_item(item) if item else None
    return job if job and job.expires_at > now else None


def _from_item(item: Item) -> Job:
    return Job(
        id=str(item["pk"]).removeprefix("job#"),
        state=str(item["state"]),
        request=request.from_text(str(item.get("order", ""))),
        created_at=str(item["created_at"]),
        expires_at=int(item["expires_at"]),
        holder=str(item.get("holder", "")),
        lease_ends_at=int(item.get("until", 0)),
        outcome=json.loads(str(item.get("outcome", "{}"))),
        error=json.loads(str(item.get("error", "{}"))),
        is_deleted=bool(item.get("is_deleted", False)),
        is_notified=bool(item.get("is_notified", False)),
        is_counted=bool(item.get("is_counted", False)),
    )


def new_job(
    job_id: str, job_request: JobRequest, created_at: str, expires_at: int, is_counted: bool
) -> Job:
    """Return a job that is still to be created, counted in the account's backlog or not."""
    return Job(
        id=job_id,
        state="queued",
        request=job_request,
        created_at=created_at,
        expires_at=expires_at,
        holder="",
        lease_ends_at=0,
        outcome={},
        error={},
        is_deleted=False,
        is_notified=False,
        is_counted=is_counted,
    )


def create_write(job: Job) -> Write:
    """Return the write that creates a queued job."""
    attributes: dict[str, Value] = {
        "state": job.state,
        # the attribute's name since version 0.1.0
        "order": json.dumps(request.to_json(job.request)),
        "created_at": job.created_at,
        "expires_at": job.expires_at,
        "is_counted": job.is_counted,
    }
    return Write(key(job.id), set=attributes)


def lease_write(job: Job, holder: str, ends_at: int) -> Write:
    """Start a lease, unless the job has changed since it was loaded."""
    unchanged = (
        Condition("holder", "=", job.holder) if job.holder else Condition("holder", "absent")
    )
    attributes: dict[str, Value] = {"state": "running", "holder": holder, "until": ends_at}
    return Write(key(job.id), set=attributes, when=(Condition("state", "=", job.state), unchanged))


def requeue_write(job: Job) -> Write:
    return _by_holder(job, {"state": "queued"}, remove=("holder", "until"))


def outcome_write(job: Job) -> Write:
    return _by_holder(job, {"outcome": json.dumps(job.outcome)})


def done_write(job: Job) -> Write:
    return _by_holder(job, {"state": "done"}, remove=("holder", "until"))


def error_details(error: CutoutError) -> dict[str, str]:
    """Return an error's code, title and sentence, as a failed job stores them."""
    return {"code": error.code, "title": error.title, "detail": str(error)}


def failed_write(job: Job, error: Mapping[str, str]) -> Write:
    attributes = {"state": "failed", "error": json.dumps(error)}
    return _by_holder(job, attributes, remove=("holder", "until"))


def delete_write(job: Job) -> Write:
    """Mark a job that has ended as deleted; cancel any other, even if a worker holds it."""
    attributes: dict[str, Value] = {"is_deleted": True} if job.is_over else {"state": "cancelled"}
    return Write(key(job.id), set=attributes, when=(Condition("state", "=", job.state),))


def notified_write(job: Job) -> Write:
    return Write(key(job.id), set={"is_notified": True}, when=(Condition("state", "=", job.state),))


def _by_holder(job: Job, attributes: Mapping[str, Value], remove: tuple[str, ...] = ()) -> Write:
    is_held = (Condition("state", "=", "running"), Condition("holder", "=", job.holder))
    return Write(key(job.id), set=attributes, remove=remove, when=is_held)
