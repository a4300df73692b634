"""All operations of the description. An endpoint that is not in OPERATIONS is not described: it
repeats another, or describes the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cutout import errors
from cutout.errors import CutoutError
from cutout.options import rembg

from . import requests, responses
from .responses import DELETED, REMBG, REMOVEBG, json
from .schemas import MODELS, data
from .values import ref

Key = tuple[str, str]  # method and path
# In the order in which they are read.
TAGS = {
    "remove.bg": "remove.bg's API 1.0, which its clients call unmodified.",
    "rembg": "rembg's server, which its clients call unmodified. Errors have rembg's statuses.",
    "uploads": "Photos that are too large for a request, or come from a browser.",
    "jobs": "Cutouts that are made later, with results kept for a day and webhooks.",
    "operators": "Whether the process responds, and whether it can process a photo.",
}


@dataclass(frozen=True)
class Link:
    """An operation that may follow, with an id of the response in its path or its body."""

    to: Key
    name: str  # of the id
    in_path: bool = False


@dataclass(frozen=True)
class Operation:
    id: str  # generated clients name their methods by it, so that it never changes
    summary: str
    tag: str
    responses: Mapping[int, dict[str, Any]]
    errors: tuple[type[CutoutError], ...] = ()  # besides those of every operation
    other_errors: tuple[tuple[int, str], ...] = ()  # statuses and codes that no class has
    parameters: list[dict[str, Any]] = field(default_factory=list)
    body: dict[str, Any] | None = None
    links: Mapping[str, Link] = field(default_factory=dict)


IDEMPOTENCY, STRICT, VERSION = "Idempotency-Key", "X-Cutout-Strict", "X-Cutout-Model-Version"
REMOVE, UPLOADS, JOBS = ("POST", "/v1.0/removebg"), "/v1.0/uploads", "/v1.0/jobs"
UPLOAD, JOB = f"{UPLOADS}/{{upload_id}}", f"{JOBS}/{{job_id}}"
OF_REMBG = (
    *responses.OF_A_SOURCE, *responses.OF_A_PICTURE, *responses.OF_OPTIONS, *responses.OF_CREDITS,
    errors.AllowanceUsedUp,
)  # fmt: skip
OF_A_REQUEST = (*responses.OF_OPTIONS, *responses.OF_REMOVEBG, *responses.OF_UPLOADS)

OPERATIONS: Mapping[Key, Operation] = {
    REMOVE: Operation(
        "removeBackground",
        "Remove the background of a picture",
        "remove.bg",
        REMOVEBG,
        (
            *responses.OF_A_SOURCE, *responses.OF_A_PICTURE, *OF_A_REQUEST,
            *responses.OF_BACKGROUNDS, *responses.OF_CREDITS, errors.AllowanceUsedUp,
        ),
        parameters=requests.headers(VERSION, IDEMPOTENCY, STRICT),
        body=requests.body("RemoveBackground"),
    ),
    ("GET", "/v1.0/account"): Operation(
        "getAccount",
        "Show the credits of an account",
        "remove.bg",
        {200: json("the account, with remove.bg's keys", data(ref("Account")))},
    ),
    ("POST", "/api/remove"): Operation(
        "removeBackgroundRembg",
        "Remove the background of a picture, as rembg does",
        "rembg",
        REMBG,
        OF_REMBG,
        parameters=[
            *requests.rembg_query(rembg.IN_QUERY), *requests.headers(IDEMPOTENCY, STRICT)
        ],
        body=requests.body("RemoveBackgroundRembg"),
    ),
    ("GET", "/api/remove"): Operation(
        "removeBackgroundRembgByUrl",
        "Remove the background of the picture at a URL, as rembg does",
        "rembg",
        REMBG,
        OF_REMBG,
        parameters=[*requests.rembg_query(), *requests.headers(IDEMPOTENCY, STRICT)],
    ),
    ("GET", "/api/models"): Operation(
        "listModels",
        "List the models",
        "rembg",
        {200: json("the values of the parameter model", MODELS)},
    ),
    ("GET", "/api"): Operation(
        "getRembgServer",
        "Show version and endpoints",
        "rembg",
        {200: json("version and endpoints", ref("RembgServer"))},
    ),
    ("POST", UPLOADS): Operation(
        "createUpload",
        "Create an upload",
        "uploads",
        {201: json(
            "the upload, to which the photo is posted or was fetched", data(ref("NewUpload"))
        )},
        (
            *responses.OF_A_DOWNLOAD, errors.UnreadablePicture, errors.ResolutionTooHigh,
            errors.MultipleSources, errors.UnsupportedOption,
            errors.AllowanceUsedUp, *responses.OF_CREDITS,
        ),
        body=requests.upload_body(),
        links={
            "cutout": Link(REMOVE, "upload_id"),
            "job": Link(("POST", JOBS), "upload_id"),
            "deletion": Link(("DELETE", UPLOAD), "upload_id", in_path=True),
        },
    ),
    ("DELETE", UPLOAD): Operation(
        "deleteUpload", "Delete an upload", "uploads", DELETED, (errors.UploadNotFound,)
    ),
    ("POST", JOBS): Operation(
        "createJob",
        "Queue the cutout of a picture",
        "jobs",
        {202: json(
            "the job; its status is at Location", data(ref("NewJob")), "Location", "X-Cutout-Notice"
        )},
        (
            *responses.OF_A_SOURCE, *OF_A_REQUEST, errors.InvalidBackgroundUrl,
            errors.InvalidWebhookUrl, *responses.OF_CREDITS, errors.TooManyJobs,
            errors.TooManyWebhooks, errors.DeadlineExceeded,
        ),
        parameters=requests.headers(VERSION, IDEMPOTENCY, STRICT),
        body=requests.body("CreateJob"),
        links={
            "status": Link(("GET", JOB), "job_id", in_path=True),
            "deletion": Link(("DELETE", JOB), "job_id", in_path=True),
        },
    ),
    ("GET", JOB): Operation(
        "getJob",
        "Show the status and the result of a job",
        "jobs",
        {200: json("the job", data(ref("Job")))},
        (errors.JobNotFound,),
    ),
    ("DELETE", JOB): Operation(
        "deleteJob", "Delete or cancel a job", "jobs", DELETED, (errors.JobNotFound,)
    ),
    ("GET", "/healthz"): Operation(
        "getHealth",
        "Show that the process responds",
        "operators",
        {200: json("the process responds", ref("Health"))},
    ),
    ("GET", "/readyz"): Operation(
        "getReadiness",
        "Show whether a photo can be processed",
        "operators",
        {200: json("a photo can be processed", ref("Readiness"))},
        (errors.OutOfSpace,),
        ((503, "loading"), (503, "stopping")),
    ),
}  # fmt: skip
