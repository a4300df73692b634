"""The OpenAPI description of all endpoints, whose requests come from the tables of parameters.

Imported at the first request for it.
"""

import re
from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Any

from cutout.jobs.job import STATES
from cutout.jobs.uploads import MEDIA_TYPES as MEDIA_TYPES_IN
from cutout.options import rembg, removebg
from cutout.picture import MEDIA_TYPES
from cutout.version import VERSION

from . import pictures
from .pictures import Parameter
from .reply import SIDES
from .routing import Endpoint

TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}
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
    "X-Cutout-Subjects": INTEGER,
    "X-Cutout-Looks": INTEGER,
    "X-Cutout-Looks-Skipped": INTEGER,
    "X-Cutout-Notice": TEXT,
    "X-RateLimit-Limit": INTEGER,
    "X-RateLimit-Remaining": INTEGER,
    "X-RateLimit-Reset": INTEGER,
    "X-Request-Id": TEXT,
    "Server-Timing": TEXT,
}
IDEMPOTENCY = "Idempotency-Key"
STRICT = "X-Cutout-Strict"
HEADERS_IN = {
    "X-Cutout-Model-Version": "refused unless the model has this version",
    STRICT: "true: refused, instead of X-Cutout-Notice, where Cutout does otherwise than asked",
    IDEMPOTENCY: "a request that is repeated with the same key is charged once, for a day",
}


def _operation(
    brought: Mapping[str, Parameter], texts: dict[str, str], *headers: str
) -> dict[str, Any]:
    """Describe a request whose body has pictures and texts, and which has these headers."""
    files = [name for name, parameter in brought.items() if parameter.kind == "file"]
    helps = {name: parameter.help for name, parameter in brought.items()} | texts
    names = [name for name in helps if name not in files]

    def schema(names: Iterable[str]) -> dict[str, Any]:
        properties = {
            name: (BINARY if name in files else TEXT) | {"description": helps[name]}
            for name in names
        }
        return {"schema": {"type": "object", "properties": properties}}

    content = {
        "multipart/form-data": schema(helps),
        "application/x-www-form-urlencoded": schema(names),
        "application/json": schema(names),
    }
    return {
        "requestBody": {"required": True, "content": content},
        "parameters": [_parameter("header", name, HEADERS_IN[name]) for name in headers],
    }


def _parameter(location: str, name: str, sentence: str) -> dict[str, Any]:
    return {
        "name": name, "in": location, "required": False, "schema": TEXT, "description": sentence,
    }  # fmt: skip


def _data(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    data = {"type": "object", "required": required, "properties": properties}
    schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    return {"application/json": {"schema": schema}}


def _json(schema: dict[str, Any], sentence: str) -> dict[int, dict[str, Any]]:
    """Describe the responses of an endpoint without parameters."""
    return {200: {"description": sentence, "content": {"application/json": {"schema": schema}}}}


def _texts(names: list[str]) -> dict[str, Any]:
    """Return the schema of an object whose values are strings."""
    return {"type": "object", "required": names, "properties": dict.fromkeys(names, TEXT)}


def _link(operation: str, path: str = "", body: str = "") -> dict[str, Any]:
    """Describe a call that may follow, with an id of the response in its path or its body."""
    found = f"$response.body#/data/{path or body}"
    if path:
        return {"operationId": operation, "parameters": {path: found}}
    return {"operationId": operation, "requestBody": {body: found}}


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
                            "items": _texts(["title", "code", "detail"]),
                        }
                    },
                }
            }
        },
    }


TOO_MANY = _error("more requests or jobs than allowed; the code tells which; see Retry-After")
NO_CREDITS = _error("the account has not enough credits")
BY_URL = "instead of both: fetch the picture from here; public http and https hosts only"
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
                        "url": TEXT | {"description": BY_URL},
                    },
                }
            }
            for kind in ("application/json", "application/x-www-form-urlencoded")
        },
    }
}
UPLOADS_ERRORS: dict[int, dict[str, Any]] = {
    400: _error("a parameter is not valid, the file too large, or no picture at the address"),
    403: _error("the route requires an API key, or the key may not be used from here"),
    404: _error("there is no such upload"),
    422: _error("the path is not valid"),
    429: TOO_MANY,
    503: _error("the service is not available"),
    504: _error("fetching the picture took too long"),
}
TICKET = {
    "type": "object",
    "required": ["upload_id", "url", "fields", "expires_in"],
    "properties": {
        "upload_id": TEXT,
        "url": TEXT,
        "fields": {"type": "object", "additionalProperties": TEXT},
        "expires_in": INTEGER | {"description": "seconds"},
    },
    "description": "the presigned POST by which a client uploads its photo",
}
FETCHED_PHOTO = _texts(["upload_id", "photo_url"]) | {
    "description": "of a photo that the service has fetched; photo_url works for ten minutes, and"
    " for one minute if the request had no API key"
}
UPLOADS: dict[int, dict[str, Any]] = {
    201: {
        "description": "the upload, to which the photo is posted or was fetched",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["data"],
                    "properties": {"data": {"anyOf": [TICKET, FETCHED_PHOTO]}},
                }
            }
        },
        "links": {
            "removebg": _link("removebg_v1_0_removebg_post", body="upload_id"),
            "job": _link("create_v1_0_jobs_post", body="upload_id"),
            "delete": _link("delete_v1_0_uploads__upload_id__delete", path="upload_id"),
        },
    },
    402: NO_CREDITS,
    **UPLOADS_ERRORS,
}
REMOVEBG = _operation(
    pictures.REMOVEBG, removebg.PARAMETERS, "X-Cutout-Model-Version", IDEMPOTENCY, STRICT
)
REMOVEBG_RESPONSES: dict[int, dict[str, Any]] = {
    200: {
        "description": "the cutout, or with `Accept: application/json` its description in JSON",
        "headers": {name: {"schema": schema} for name, schema in HEADERS.items()},
        "content": {kind: {"schema": BINARY} for kind in MEDIA_TYPES.values()}
        | _data(BOX, {"result_b64": TEXT, "result_url": TEXT} | dict.fromkeys(BOX, INTEGER)),
    },
    400: _error("the picture or a parameter is not valid, or not offered; the code tells which"),
    303: {"description": "the cutout is at Location: of an upload, or too large for the response"},
    402: NO_CREDITS,
    403: _error("the route requires an API key, or the key may not be used from here"),
    404: _error("there is no such upload"),
    409: _error("the upload has changed since it was used"),
    410: _error("the upload is deleted"),
    422: _error("the Idempotency-Key was sent with another request"),
    429: TOO_MANY,
    503: _error("the service is not available"),
    504: _error("the picture took too long"),
}

REMBG_TEXTS: dict[str, str] = {"url": pictures.REMBG["url"].help} | rembg.PARAMETERS
REMBG_QUERY = {name: _parameter("query", name, text) for name, text in REMBG_TEXTS.items()}
REMBG_HEADERS = [_parameter("header", name, HEADERS_IN[name]) for name in (IDEMPOTENCY, STRICT)]
REMBG_GET: dict[str, Any] = {"parameters": [*REMBG_QUERY.values(), *REMBG_HEADERS]}
REMBG_POST = _operation(pictures.REMBG, rembg.PARAMETERS) | {
    "parameters": [*(REMBG_QUERY[name] for name in rembg.IN_QUERY), *REMBG_HEADERS]
}
REMBG_RESPONSES: dict[int, dict[str, Any]] = {
    200: {"description": "the cutout", "content": {"image/png": {"schema": BINARY}}},
    303: {"description": "the cutout is at Location: it is too large for the response"},
    400: _error("the picture or its URL cannot be read, or an option is not offered"),
    402: NO_CREDITS,
    403: REMOVEBG_RESPONSES[403],
    413: _error("too many bytes or pixels, in the request or in the result"),
    422: _error(
        "a parameter is not valid, the picture has no clear subject, or the"
        " Idempotency-Key was sent with another request"
    ),
    429: TOO_MANY,
    503: REMOVEBG_RESPONSES[503],
    504: REMOVEBG_RESPONSES[504],
}

WEBHOOK = "the job's status is sent to this http or https URL when the job has ended"
JOB_BODY = _operation(
    pictures.REMOVEBG,
    {"webhook_url": WEBHOOK} | removebg.PARAMETERS,
    "X-Cutout-Model-Version",
    IDEMPOTENCY,
    STRICT,
)
JOB_ERRORS: dict[int, dict[str, Any]] = {
    403: REMOVEBG_RESPONSES[403],
    404: _error("there is no such job, or it has expired"),
    422: _error("the path is not valid"),
    503: REMOVEBG_RESPONSES[503],
}
STATUS = TEXT | {"enum": list(STATES)}
JOB_TAKEN: dict[int, dict[str, Any]] = {
    202: {
        "description": "the job; its URL is at Location, too",
        "headers": {"Location": {"schema": TEXT}},
        "content": _data(
            ["job_id", "status", "status_url"],
            {"job_id": TEXT, "status": STATUS, "status_url": TEXT},
        ),
        "links": {
            "status": _link("status_v1_0_jobs__job_id__get", path="job_id"),
            "delete": _link("delete_v1_0_jobs__job_id__delete", path="job_id"),
        },
    },
    **{
        status: REMOVEBG_RESPONSES[status]
        for status in (400, 402, 403, 404, 409, 410, 422, 429, 503, 504)
    },
}
RESULT_PROPERTIES = {
    **dict.fromkeys(["width", "height", *BOX, "subjects", "looks", "looks_skipped"], INTEGER),
    **dict.fromkeys(["model", "model_version"], TEXT),
    **dict.fromkeys(["confidence", "credits_charged"], NUMBER),
    "result_url": TEXT
    | {"description": "works for ten minutes; absent once the result is deleted"},
}
MOMENT = TEXT | {"format": "date-time"}
ATTEMPT: dict[str, Any] = {
    "type": "object",
    "required": ["at", "ms"],
    "properties": {
        "at": MOMENT,
        "ms": INTEGER,
        "status": INTEGER
        | {"description": "HTTP status of the receiver's response; 2xx is a delivery"},
        "error": TEXT | {"description": "instead of status: why there was no response, in a word"},
    },
}
WEBHOOK_ATTEMPTS: dict[str, Any] = {
    "type": "object",
    "required": ["state", "attempts"],
    "properties": {
        "state": {"type": "string", "enum": ["waiting", "delivered", "gone", "given_up"]},
        "attempts": {"type": "array", "items": ATTEMPT},
    },
    "description": "with a webhook_url: the attempts so far to deliver the status, in order",
}
JOB: dict[int, dict[str, Any]] = {
    200: {
        "description": "the job, with its result when it is done, or its error when it has failed",
        "content": _data(
            ["job_id", "status", "created_at"],
            {"job_id": TEXT, "status": STATUS, "created_at": MOMENT}
            | RESULT_PROPERTIES
            | {"error": _texts(["code", "title", "detail"]), "webhook": WEBHOOK_ATTEMPTS},
        ),
    },
    **JOB_ERRORS,
}

DELETED = {204: {"description": "it is deleted"}}
OBJECT = {"type": "object"}
# Endpoints that are not here are not described: those that repeat another, or describe the others.
OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1.0/removebg"): {"tags": ["remove.bg"], "responses": REMOVEBG_RESPONSES} | REMOVEBG,
    ("GET", "/v1.0/account"): {
        "tags": ["remove.bg"],
        "responses": _json(OBJECT, "the account, with remove.bg's keys"),
    },
    ("POST", "/v1.0/uploads"): {"tags": ["uploads"], "responses": UPLOADS} | UPLOADS_BODY,
    ("DELETE", "/v1.0/uploads/{upload_id}"): {
        "tags": ["uploads"],
        "responses": DELETED | UPLOADS_ERRORS,
    },
    ("POST", "/v1.0/jobs"): {"tags": ["jobs"], "responses": JOB_TAKEN} | JOB_BODY,
    ("GET", "/v1.0/jobs/{job_id}"): {"tags": ["jobs"], "responses": JOB},
    ("DELETE", "/v1.0/jobs/{job_id}"): {"tags": ["jobs"], "responses": DELETED | JOB_ERRORS},
    ("GET", "/api"): {"tags": ["rembg"], "responses": _json(OBJECT, "version and endpoints")},
    ("GET", "/api/models"): {
        "tags": ["rembg"],
        "responses": _json({"type": "array", "items": TEXT}, "the models"),
    },
    ("GET", "/api/remove"): {"tags": ["rembg"], "responses": REMBG_RESPONSES} | REMBG_GET,
    ("POST", "/api/remove"): {"tags": ["rembg"], "responses": REMBG_RESPONSES} | REMBG_POST,
    ("GET", "/healthz"): {"tags": ["operators"], "responses": _json(OBJECT, "status and version")},
    ("GET", "/readyz"): {"tags": ["operators"], "responses": _json(OBJECT, "the process is ready")},
}


def describe(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI description of those of the endpoints that OPERATIONS has."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        if operation := OPERATIONS.get((endpoint.method, endpoint.path)):
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _described(
                endpoint, operation
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cutout",
            "version": VERSION,
            "description": "Takes the background out of photos, for clients of remove.bg and of"
            " rembg.",
        },
        "paths": paths,
    }


def _described(endpoint: Endpoint, operation: dict[str, Any]) -> dict[str, Any]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in endpoint.param_convertors
    ]
    # Generated clients name their methods by it, so that it never changes.
    operation_id = re.sub(r"\W", "_", f"{endpoint.name}{endpoint.path}_{endpoint.method.lower()}")
    return operation | {
        "summary": endpoint.name.replace("_", " ").title(),
        "description": cleandoc(endpoint.handler.__doc__ or ""),
        "operationId": operation_id,
        "parameters": [*in_path, *operation.get("parameters", ())],
        "responses": {str(status): response for status, response in operation["responses"].items()},
    }
