"""What OpenAPI tells of remove.bg's door, whose bodies FastAPI does not read by itself."""

from collections.abc import Mapping
from typing import Any

from cutout.jobs.job import STATES
from cutout.jobs.uploads import MEDIA_TYPES as MEDIA_TYPES_IN
from cutout.options import removebg as dialect
from cutout.picture import MEDIA_TYPES

from .call import FILES, PICTURES

TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}
SIDES = ("top", "left", "width", "height")  # of the box around the subject
BOX = [f"foreground_{side}" for side in SIDES]
INTEGER, NUMBER = {"type": "integer"}, {"type": "number"}
HEADERS = {
    "X-Width": INTEGER,
    "X-Height": INTEGER,
    "X-Max-Width": INTEGER,
    "X-Max-Height": INTEGER,
    "X-Type": TEXT,
    "X-Credits-Charged": NUMBER,
    "X-Foreground-Top": INTEGER,
    "X-Foreground-Left": INTEGER,
    "X-Foreground-Width": INTEGER,
    "X-Foreground-Height": INTEGER,
    "X-Cutout-Model": TEXT,
    "X-Cutout-Model-Version": TEXT,
    "X-Cutout-Confidence": NUMBER,
    "X-RateLimit-Limit": INTEGER,
    "X-RateLimit-Remaining": INTEGER,
    "X-RateLimit-Reset": INTEGER,
    "X-Request-Id": TEXT,
    "Server-Timing": TEXT,
}


def _properties(files: bool, more: Mapping[str, str]) -> dict[str, Any]:
    said = dict(more) | PICTURES | dialect.PARAMETERS
    return {
        name: (BINARY if name in FILES else TEXT) | {"description": sentence}
        for name, sentence in said.items()
        if files or name not in FILES
    }


def _call(more: Mapping[str, str], *headers: dict[str, Any]) -> dict[str, Any]:
    """With the door's own parameters, and what they are."""

    def schema(files: bool) -> dict[str, Any]:
        return {"schema": {"type": "object", "properties": _properties(files, more)}}

    content = {
        "multipart/form-data": schema(files=True),
        "application/x-www-form-urlencoded": schema(files=False),
        "application/json": schema(files=False),
    }
    return {
        "requestBody": {"required": True, "content": content},
        "parameters": list(headers),
    }


def _header(name: str, sentence: str) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "required": False, "schema": TEXT, "description": sentence,
    }  # fmt: skip


def _data(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    data = {"type": "object", "required": required, "properties": properties}
    schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    return {"application/json": {"schema": schema}}


def _object(names: list[str]) -> dict[str, Any]:
    """Of texts."""
    return {"type": "object", "required": names, "properties": dict.fromkeys(names, TEXT)}


def _error(sentence: str) -> dict[str, Any]:
    return {
        "description": sentence,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["errors"],
                    "properties": {
                        "errors": {
                            "type": "array",
                            "items": _object(["title", "code", "detail"]),
                        }
                    },
                }
            }
        },
    }


FETCHED = "instead of both: fetch the picture from here; public http and https hosts only"
UPLOADS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {
                "schema": {
                    "type": "object",
                    "oneOf": [{"required": ["type", "bytes"]}, {"required": ["url"]}],
                    "properties": {
                        "type": TEXT | {"enum": list(MEDIA_TYPES_IN), "description": "of the file"},
                        "bytes": INTEGER | {"description": "the file's size"},
                        "url": TEXT | {"description": FETCHED},
                    },
                }
            }
            for kind in ("application/json", "application/x-www-form-urlencoded")
        },
    }
}
UPLOADS_ERRORS: dict[int | str, dict[str, Any]] = {
    400: _error("a parameter is not valid, the file too large, or no picture at the address"),
    403: _error("this route is for callers with an API key"),
    404: _error("there is no such upload"),
    422: _error("the path is not valid"),
    429: _error("the day's calls without a key are used up, or the key's minute; see Retry-After"),
    503: _error("the service is not available"),
    504: _error("fetching the picture took too long"),
}
MODEL_VERSION = _header("X-Cutout-Model-Version", "refused unless the model has this version")
BODY = _call({}, MODEL_VERSION)
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the cutout, or with `Accept: application/json` what JSON tells of it",
        "headers": {name: {"schema": schema} for name, schema in HEADERS.items()},
        "content": {kind: {"schema": BINARY} for kind in MEDIA_TYPES.values()}
        | _data(BOX, {"result_b64": TEXT, "result_url": TEXT} | dict.fromkeys(BOX, INTEGER)),
    },
    400: _error("the picture or a parameter is not valid, or not offered; the code tells which"),
    303: {"description": "the cutout is at Location: it is too large, or of an upload"},
    402: _error("the account has not enough credits"),
    403: _error("this route is for callers with an API key"),
    404: _error("there is no such upload"),
    409: _error("the upload has changed since it was used"),
    410: _error("the upload is deleted"),
    422: _error("the Idempotency-Key was sent with another request"),
    429: _error("more megapixels came than the key may send in a minute; see Retry-After"),
    503: _error("the service is not available"),
    504: _error("the picture took too long"),
}

WEBHOOK = "the status goes there when the job has ended; http and https"
JOB_BODY = _call(
    {"webhook_url": WEBHOOK},
    MODEL_VERSION,
    _header("Idempotency-Key", "the same gives the same job, for a day"),
)
JOB_ERRORS: dict[int | str, dict[str, Any]] = {
    403: ANSWERS[403],
    404: _error("there is no such job, or not any more"),
    422: _error("the path is not valid"),
    503: ANSWERS[503],
}
STATUS = TEXT | {"enum": list(STATES)}
JOB_TAKEN: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "the job, which is at Location, too",
        "headers": {"Location": {"schema": TEXT}},
        "content": _data(
            ["job_id", "status", "status_url"],
            {"job_id": TEXT, "status": STATUS, "status_url": TEXT},
        ),
    },
    **{status: ANSWERS[status] for status in (400, 403, 404, 409, 410, 422, 429, 503, 504)},
}
OF_A_RESULT = {
    **dict.fromkeys(["width", "height", *BOX], INTEGER),
    **dict.fromkeys(["model", "model_version"], TEXT),
    **dict.fromkeys(["confidence", "credits_charged"], NUMBER),
    "result_url": TEXT | {"description": "good for ten minutes; none once it is deleted"},
}
MOMENT = TEXT | {"format": "date-time"}
ATTEMPT: dict[str, Any] = {
    "type": "object",
    "required": ["at", "ms"],
    "properties": {
        "at": MOMENT,
        "ms": INTEGER,
        "status": INTEGER | {"description": "what was answered; 2xx is a delivery"},
        "error": TEXT | {"description": "instead, where nothing was: a word"},
    },
}
WEBHOOK_SENT: dict[str, Any] = {
    "type": "object",
    "required": ["attempts"],
    "properties": {"attempts": {"type": "array", "items": ATTEMPT}},
    "description": "with a webhook_url: the attempts to deliver it so far, in order",
}
JOB: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the job; of one that is done its result, of one that has failed the error",
        "content": _data(
            ["job_id", "status", "created_at"],
            {"job_id": TEXT, "status": STATUS, "created_at": MOMENT}
            | OF_A_RESULT
            | {"error": _object(["code", "title", "detail"]), "webhook": WEBHOOK_SENT},
        ),
    },
    **JOB_ERRORS,
}
