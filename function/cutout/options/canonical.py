"""The record of options as JSON, one text for each record, with a version.

Queue messages, batch orders, names of results and fingerprints of requests hold this form. Only
fields that differ from their default are in it, so that a field that is added later changes none
of the records that were made before it.
"""

import json
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

from cutout.errors import InvalidParameter

from . import grammar, text
from .quality import IMPLIED
from .record import Options
from .values import Reference

VERSION = 1
PLAIN = ("subject", "max_pixels")  # numbers in JSON where they are numbers


def to_json(options: Options) -> dict[str, Any]:
    """Return the canonical form. Loaded pictures are written as their SHA-256."""
    written = {
        field.name: _written(field.name, value)
        for field in fields(Options)
        if (value := getattr(options, field.name)) != field.default
    }
    return {"v": VERSION, **written}


def from_json(data: Any) -> Options:
    """Return the options of a canonical form, with references for their pictures.

    Raises InvalidParameter for a form of a later version, an unknown field and a value that
    is not valid.
    """
    if not isinstance(data, dict) or data.get("v") != VERSION:
        raise InvalidParameter(f"options: not an object of JSON with v {VERSION}")
    values = {name: value for name, value in data.items() if name != "v"}
    return Options(**{name: _read(name, value) for name, value in values.items()})


def shortest(options: Options) -> Options:
    """Return the options without the model and edges that their quality implies anyway."""
    implied = IMPLIED[options.quality]
    return replace(
        options,
        model="" if options.model == implied.model else options.model,
        edges="" if options.edges == implied.edges else options.edges,
    )


def identity(options: Options) -> str:
    """Return the canonical form of the shortest options as one text. Two texts are equal only if
    the options ask for the same."""
    return json.dumps(to_json(shortest(options)), sort_keys=True, separators=(",", ":"))


def digest(picture: bytes | Reference) -> str:
    """Return the SHA-256 of a picture in hexadecimal digits."""
    if isinstance(picture, Reference):
        return picture.sha256
    return sha256(picture).hexdigest()


def _written(name: str, value: Any) -> Any:
    match value:
        case bytes():
            return {"sha256": digest(value)}
        case Reference(url=url, sha256=known):
            return {"url": url} if url else {"sha256": known}
        case bool():
            return value
        case int() if name in PLAIN:
            return value
        case _:
            return text.generate(name, value)


def _read(name: str, value: Any) -> Any:
    if name in text.PICTURES:
        return _reference(name, value)
    if name not in text.FIELDS:
        raise InvalidParameter(f"options: there is no {grammar.quoted(name)}")
    match value:
        case bool() if isinstance(getattr(Options, name), bool):
            return value
        case int() if name in PLAIN and not isinstance(value, bool):
            return value
        case str():
            return text.parse(name, value)
        case _:
            raise InvalidParameter(f"options: {name} has a value of another type")


def _reference(name: str, value: Any) -> Reference:
    match value:
        case {"url": str(url)} if len(value) == 1:
            return Reference(url=url)
        case {"sha256": str(known)} if len(value) == 1:
            return Reference(sha256=known)
        case _:
            raise InvalidParameter(f"options: {name} is no url and no sha256")
