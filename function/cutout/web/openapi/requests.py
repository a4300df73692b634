"""Requests of the description: their parameters and bodies, from the tables of both contracts."""

from collections.abc import Iterable, Mapping
from typing import Any

from cutout.jobs.uploads import ID, MEDIA_TYPES
from cutout.picture import KINDS

from .. import form, pictures
from ..pictures import Parameter
from ..removal import IDEMPOTENCY_KEY
from .values import (
    BINARY,
    BOOLEAN,
    INTEGER,
    TEXT,
    URL,
    Schema,
    choice,
    of_rembg,
    of_removebg,
    per_type,
    ref,
)

BY_KIND: Mapping[str, Schema] = {
    "file": BINARY,
    "base64": TEXT | {"contentEncoding": "base64"},
    "url": URL,
    "upload": TEXT | {"pattern": f"^{ID.pattern}$"},
}
HEADERS: Mapping[str, tuple[Schema, str]] = {
    "Idempotency-Key": (
        TEXT | {"pattern": f"^{IDEMPOTENCY_KEY.pattern}$", "examples": ["order-1234-photo-1"]},
        "a request that is repeated with the same key is charged once, for a day",
    ),
    "X-Cutout-Model-Version": (
        TEXT | {"examples": ["2"]},
        "refused unless the model has this version",
    ),
    "X-Cutout-Strict": (
        BOOLEAN,
        "true: refused, instead of X-Cutout-Notice, where Cutout does otherwise than asked; the API"
        " key's own setting unless sent",
    ),
}
BY_URL = "fetch the picture from here; public http and https hosts only"
KINDS_OF_FILES = ", ".join(kind.media_type for kind in KINDS)


def _of_pictures(brought: Mapping[str, Parameter]) -> dict[str, Schema]:
    return {
        name: BY_KIND[parameter.kind] | {"description": parameter.help}
        for name, parameter in brought.items()
    }


PHOTOS = {
    contract: [name for name, each in brought.items() if each.picture == "photo"]
    for contract, brought in (("removebg", pictures.REMOVEBG), ("rembg", pictures.REMBG))
}
REMOVEBG = _of_pictures(pictures.REMOVEBG) | of_removebg()
REMBG = _of_pictures(pictures.REMBG) | of_rembg()
JOB = REMOVEBG | {
    "webhook_url": URL
    | {
        "description": "the job's status is sent to this URL when the job has ended; http or https",
        "examples": ["https://shop.example/hook"],
    }
}
# The names of bodies: of a form with files, and of a form or JSON without.
BODIES: Mapping[str, tuple[str, dict[str, Schema]]] = {
    "RemoveBackground": ("removebg", REMOVEBG),
    "CreateJob": ("removebg", JOB),
    "RemoveBackgroundRembg": ("rembg", REMBG),
}


def components() -> dict[str, Any]:
    """Return the named schemas of bodies of requests."""
    schemas = {}
    for name, (contract, properties) in BODIES.items():
        texts = {key: schema for key, schema in properties.items() if schema_is_text(schema)}
        schemas[f"{name}Form"] = _body(contract, properties)
        schemas[f"{name}Json"] = _body(contract, texts)
    return schemas | {
        "UploadOfFile": _closed(
            {
                "type": choice("MediaType", MEDIA_TYPES, description="the file's content type"),
                "bytes": INTEGER | {"minimum": 1, "description": "the file's size"},
            },
            "a file that the client will post",
        ),
        "UploadByUrl": _closed(
            {"url": URL | {"description": BY_URL}}, "a photo that the service fetches"
        ),
        "CreateUpload": {"anyOf": [ref("UploadOfFile"), ref("UploadByUrl")]},
    }


def schema_is_text(schema: Schema) -> bool:
    return schema.get("format") != "binary"


def _body(contract: str, properties: dict[str, Schema]) -> Schema:
    photos = [name for name in PHOTOS[contract] if name in properties]
    schema = {
        "type": "object",
        "properties": properties,
        "description": f"exactly one of {', '.join(photos)}, and options",
    }
    if contract == "rembg":  # which ignores unknown parameters
        return schema
    return schema | {"patternProperties": per_type(), "additionalProperties": False}


def _closed(properties: dict[str, Schema], sentence: str) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
        "description": sentence,
    }


def body(name: str) -> dict[str, Any]:
    """Describe a body with pictures, by the name of its schemas."""
    files = [key for key, schema in BODIES[name][1].items() if not schema_is_text(schema)]
    form_schema, texts = ref(f"{name}Form"), ref(f"{name}Json")
    return {
        "required": True,
        "content": {
            form.MULTIPART: {
                "schema": form_schema,
                "encoding": {key: {"contentType": KINDS_OF_FILES} for key in files},
            },
            form.JSON: {"schema": texts},
            form.URLENCODED: {"schema": texts},
        },
    }


def upload_body() -> dict[str, Any]:
    return {"required": True, "content": {form.JSON: {"schema": ref("CreateUpload")}}}


def headers(*names: str) -> list[dict[str, Any]]:
    return [_parameter("header", name, *HEADERS[name]) for name in names]


def rembg_query(names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Describe the parameters of rembg's contract in the query: those with names, or all of a
    GET."""
    query = {
        name: schema
        for name, schema in REMBG.items()
        if (name in names if names else schema_is_text(schema))
    }
    return [
        _parameter("query", name, schema, schema["description"]) for name, schema in query.items()
    ]


def in_path(name: str) -> dict[str, Any]:
    return _parameter("path", name, BY_KIND["upload"], "", required=True)


def _parameter(
    location: str, name: str, schema: Schema, sentence: str, required: bool = False
) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key != "description"}
    described = {"name": name, "in": location, "required": required, "schema": kept}
    return described | ({"description": sentence} if sentence else {})
