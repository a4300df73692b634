"""The JSON schemas of responses' bodies, as components of the description."""

from collections.abc import Iterator
from json import loads
from typing import Any, get_args

from cutout import errors
from cutout.jobs.job import STATES
from cutout.jobs.webhooks import State

from .. import middleware
from ..reply import SIDES
from .values import INTEGER, NUMBER, TEXT, Schema, choice, ref, words

BOX = [f"foreground_{side}" for side in SIDES]
MOMENT = TEXT | {"format": "date-time", "examples": ["2026-12-01T09:30:00Z"]}

# Errors of commands and of clients that have gone, which no response has.
ELSEWHERE = (
    errors.RemoteError, errors.ExtraMissing, errors.InvalidPairs, errors.NotBetter,
    errors.Abandoned,
)  # fmt: skip
# The statuses and codes with which the middleware refuses headers.
REFUSALS = tuple(
    (refusal.status_code, str(loads(bytes(refusal.body))["errors"][0]["code"]))
    for refusal in (middleware.UNSUPPORTED_CODING, middleware.EXPECTATION_FAILED)
)
# The codes that are no CutoutError's: of HTTP, of /readyz, of a server that stops, and API
# Gateway's bad_request.
OTHER_CODES = (
    "not_found", "method_not_allowed", "bad_request", "loading", "stopping",
    *(code for _, code in REFUSALS),
)  # fmt: skip


def record(properties: dict[str, Schema], *optional: str, description: str = "") -> Schema:
    """Return the schema of an object whose properties are required, but for the optional ones."""
    required = [name for name in properties if name not in optional]
    schema = {"type": "object", "required": required, "properties": properties}
    return schema | ({"description": description} if description else {})


def data(schema: Schema) -> Schema:
    return record({"data": schema})


def kinds(kind: type[errors.CutoutError]) -> Iterator[type[errors.CutoutError]]:
    """Yield the subclasses of an error that responses can have."""
    for each in kind.__subclasses__():
        if each not in ELSEWHERE:
            yield each
            yield from kinds(each)


def codes() -> list[str]:
    """Return all values of an error's code, sorted."""
    return sorted({*OTHER_CODES, *(each.code for each in kinds(errors.CutoutError))})


ERROR = record(
    {
        "title": TEXT | {"description": "a short name, remove.bg's where it has one"},
        "code": choice("ErrorCode", codes(), description="for programs"),
        "detail": TEXT | {"description": "a sentence about this request, for people"},
    }
)
CREDITS = record(
    {
        "total": NUMBER | {"description": "credits left, in quarters"},
        "subscription": NUMBER | {"description": "always 0, as credits do not renew"},
        "payg": NUMBER | {"description": "the same as total"},
        "enterprise": NUMBER | {"description": "always 0"},
    }
)
ACCOUNT = record(
    {
        "attributes": record(
            {
                "credits": CREDITS,
                "api": record({"free_calls": INTEGER, "sizes": TEXT | {"examples": ["all"]}}),
            }
        )
    },
    description="the account, with remove.bg's keys",
)
UPLOAD_TICKET = record(
    {
        "upload_id": TEXT,
        "url": TEXT | {"format": "uri", "description": "post the form to it"},
        "fields": {
            "type": "object",
            "additionalProperties": TEXT,
            "description": "the form's fields; `file`, the photo, comes after them",
        },
        "expires_in": INTEGER | {"description": "seconds within which the form can be posted"},
    },
    description="the presigned POST by which a client uploads its photo",
)
FETCHED_PHOTO = record(
    {"upload_id": TEXT, "photo_url": TEXT | {"format": "uri"}},
    description="of a photo that the service has fetched; photo_url works for ten minutes, and for"
    " one minute if the request had no API key",
)
BOX_PROPERTIES = {
    name: INTEGER | {"description": "of the box around the subject in the result, px"}
    for name in BOX
}
CUTOUT = record(
    {
        "result_b64": TEXT | {"contentEncoding": "base64", "description": "the picture"},
        "result_url": TEXT
        | {"description": "instead of result_b64: the picture is here for ten minutes, of an "
           "upload or if it is too large for the response"},
        **BOX_PROPERTIES,
    },
    "result_b64", "result_url",
    description="the cutout and its box, for `Accept: application/json`",
)  # fmt: skip
STATUS = choice("JobStatus", STATES)
NEW_JOB = record(
    {
        "job_id": TEXT,
        "status": STATUS,
        "status_url": TEXT | {"description": "a path, the same as Location"},
    },
    description="the job that was created, or that the same Idempotency-Key has created before",
)
ATTEMPT = record(
    {
        "at": MOMENT,
        "ms": INTEGER,
        "status": INTEGER
        | {"description": "HTTP status of the receiver's response; 2xx is a delivery"},
        "error": TEXT | {"description": "instead of status: why there was no response, in a word"},
    },
    "status", "error",
)  # fmt: skip
WEBHOOK = record(
    {
        "state": choice("WebhookState", get_args(State)),
        "attempts": {"type": "array", "items": ATTEMPT},
    },
    description="with a webhook_url: the attempts so far to deliver the status, in order",
)
OF_A_RESULT: dict[str, Schema] = {
    "width": INTEGER | {"description": "of the result, px"},
    "height": INTEGER | {"description": "of the result, px"},
    **BOX_PROPERTIES,
    "confidence": NUMBER
    | {"description": "probability that the cutout's IoU with the true mask is 0.8 or more"},
    "subjects": INTEGER | {"description": "separate subjects found"},
    "model": TEXT,
    "model_version": TEXT,
    "looks": INTEGER | {"description": "inferences made"},
    "looks_skipped": INTEGER | {"description": "inferences for which there was no time"},
    "credits_charged": NUMBER,
    "result_url": TEXT
    | {"description": "works for ten minutes; absent once the result is deleted"},
}
JOB_ERROR = record({"code": TEXT, "title": TEXT, "detail": TEXT}, description="of a failed job")
JOB = record(
    {
        "job_id": TEXT,
        "status": STATUS,
        "created_at": MOMENT,
        **OF_A_RESULT,
        "error": JOB_ERROR,
        "webhook": ref("WebhookDelivery"),
    },
    *OF_A_RESULT, "error", "webhook",
    description="a job, with its result's facts when it is done, or its error when it has failed",
)  # fmt: skip
REMBG_SERVER = record(
    {
        "version": TEXT | {"description": "of Cutout"},
        "endpoints": {"type": "array", "items": TEXT},
        "docs": TEXT | {"description": "the path of a page that describes the API"},
    }
)
MODELS: Schema = {"type": "array", "items": TEXT, "examples": [["u2net", "u2netp"]]}
HEALTH = record({"status": words(["ok"]), "version": TEXT | {"description": "of Cutout"}})
READINESS = record({"status": words(["ready"])})


def components() -> dict[str, Any]:
    """Return the named schemas of bodies in responses."""
    return {
        "ErrorResponse": record(
            {"errors": {"type": "array", "items": ref("Error"), "minItems": 1}}
        ),
        "Error": ERROR,
        "Account": ACCOUNT,
        "UploadTicket": UPLOAD_TICKET,
        "FetchedPhoto": FETCHED_PHOTO,
        "NewUpload": {"anyOf": [ref("UploadTicket"), ref("FetchedPhoto")]},
        "Cutout": CUTOUT,
        "NewJob": NEW_JOB,
        "Job": JOB,
        "WebhookDelivery": WEBHOOK,
        "RembgServer": REMBG_SERVER,
        "Health": HEALTH,
        "Readiness": READINESS,
    }
