"""The JSON schemas of options' values, read from the record, the grammar and the contracts.

Each describes the spelling that a client should send. The server accepts more of them: any case of
a word, 1 and 0 for true and false, a number as text.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from cutout.options import grammar, presets, rembg, removebg
from cutout.options.quality import Edges
from cutout.options.record import MOST_SUBJECT, Options
from cutout.options.values import MOST_ERODE_PX, Thresholds
from cutout.picture import SIZES, Format

Schema = dict[str, Any]  # a JSON schema of draft 2020-12, which OpenAPI 3.1 has

TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
BINARY: Schema = {"type": "string", "format": "binary"}
URL: Schema = {"type": "string", "format": "uri", "examples": ["https://shop.example/photo.jpg"]}


# Schemas that generators make types of, by their names.
NAMED: dict[str, Schema] = {}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def words(choices: Collection[str]) -> Schema:
    return TEXT | {"enum": list(choices)}


def named(name: str, schema: Schema, **keywords: Any) -> Schema:
    """Add a named schema, and return a reference to it that has keywords of its own."""
    NAMED[name] = schema
    return ref(name) | keywords


def choice(name: str, choices: Collection[str], **keywords: Any) -> Schema:
    """Return the schema of a choice among words, which has a name."""
    return named(name, words(choices), **keywords)


def texts(pattern: str, *examples: str) -> Schema:
    """Return the schema of a text that matches the pattern as a whole."""
    return TEXT | {"pattern": f"^(?:{pattern})$", "examples": list(examples)}


def whole_numbers(least: int, most: int, *examples: int) -> Schema:
    bounds = {"minimum": least, "maximum": most}
    return INTEGER | bounds | ({"examples": list(examples)} if examples else {})


def words_or_number(name: str, choices: Collection[str], number: Schema, **keywords: Any) -> Schema:
    """Return the schema of a choice among words, or a number instead."""
    return named(name, {"anyOf": [choice(f"{name}Name", choices), number]}, **keywords)


LENGTH = grammar.LENGTH.pattern
UNSIGNED = LENGTH.replace("-?", "")  # of regions and margins, whose lengths are not below 0
POINT = grammar.POINT.pattern.replace("-?", "")
PERCENTAGE = grammar.PERCENTAGE.pattern.replace("-?", "")
# The options that are neither switches nor choices among words.
BY_FIELD: Mapping[str, Schema] = {
    "model": TEXT | {"examples": ["u2net"]},
    "model_version": TEXT | {"examples": ["2"]},
    "roi": texts(f"{UNSIGNED}(?: {UNSIGNED}){{3}}", "10% 10% 90% 90%", "0px 0px 640px 480px"),
    "points": texts(f"{POINT}(?: {POINT})*", "400,165 10%,5%,0"),
    "subject": words_or_number(
        "Subject",
        ["all", "largest"],
        whole_numbers(0, MOST_SUBJECT),
        default=Options.subject,
        examples=["largest", 0],
    ),
    # what the quality implies is no default: a request that sends it asks for it
    "edges": choice("Edges", get_args(Edges)),
    "thresholds": texts(grammar.BYTES.pattern, str(Thresholds())),
    "max_pixels": words_or_number(
        "Size",
        SIZES,
        whole_numbers(0, int("9" * 9)),
        default=Options.max_pixels,
        examples=["full", 1_000_000],
    ),
    "margin": texts(f"{UNSIGNED}(?: {UNSIGNED}| {UNSIGNED} {UNSIGNED} {UNSIGNED})?", "10%", "30px"),
    "frame": texts(f"{LENGTH}(?: {LENGTH}){{3}}", "-10% 0% 110% 100%"),
    "canvas": texts(grammar.CANVAS.pattern, "1000x1000"),
    "scale": texts(f"original|{PERCENTAGE}", "80%", "original"),
    "position": texts(f"original|center|{PERCENTAGE}(?: {PERCENTAGE})?", "center", "50% 100%"),
    "background": TEXT | {"examples": ["#81d4fa", "white"]},
    "blur": texts(PERCENTAGE, "2%"),
    "shadow": texts(PERCENTAGE, "50%"),
}
REMOVEBG_OWN: dict[str, Schema] = {
    "type": choice("SubjectType", removebg.TYPES, default="auto"),
    "type_level": choice("SubjectTypeLevel", removebg.LEVELS, default="1"),
    "add_shadow": BOOLEAN | {"default": False},
    "shadow_method": choice("ShadowMethod", removebg.METHODS, default="latest"),
    "shadow_type": choice("ShadowType", removebg.SHADOWS),
    "shadow_opacity": words_or_number(
        "ShadowOpacity", ["auto"], whole_numbers(0, 100), examples=[50, "auto"]
    ),
    "semitransparency": BOOLEAN | {"default": True},
    "bg_color": TEXT | {"examples": ["81d4fa", "#fff", "white"]},
    "preset": choice("Preset", presets.NAMES),
}
REMBG_OWN: dict[str, Schema] = {
    **dict.fromkeys(("a", "om", "ppm", "dc", "vm"), BOOLEAN | {"default": False}),
    "af": whole_numbers(0, 255, Thresholds.foreground),
    "ab": whole_numbers(0, 255, Thresholds.background),
    "ae": whole_numbers(0, MOST_ERODE_PX, Thresholds.erode_px),
    "bgc": TEXT | {"examples": ["255,255,255,255", "#ffffff", "white"]},
    "extras": TEXT
    | {
        "contentMediaType": "application/json",
        "examples": ['{"sam_prompt": [{"type": "point", "data": [400, 165], "label": 1}]}'],
    },
    "preset": choice("Preset", presets.NAMES),
}
HINTS = get_type_hints(Options)


def of_option(field: str) -> Schema:
    """Return the schema of the values of a field of Options, with its default."""
    if field in BY_FIELD:
        return BY_FIELD[field]
    if HINTS[field] is bool:
        return BOOLEAN | {"default": getattr(Options, field)}
    assert get_origin(HINTS[field]) is Literal, field
    default = getattr(Options, field)
    return choice(field.capitalize(), get_args(HINTS[field]), default=default)


def of_removebg() -> dict[str, Schema]:
    """Return the schemas of the parameters of remove.bg's contract, with their descriptions."""
    schemas = {name: of_option(field) for name, field in removebg.FIELDS.items()} | REMOVEBG_OWN
    schemas["size"] = schemas["size"] | {"default": removebg.DEFAULTS["size"]}
    schemas["format"] = choice("Format", ["auto", *get_args(Format)], default="auto")
    return _described(schemas, removebg.PARAMETERS)


def of_rembg() -> dict[str, Schema]:
    """Return the schemas of the parameters of rembg's contract, with their descriptions."""
    schemas = {name: of_option(field) for name, field in rembg.FIELDS.items()} | REMBG_OWN
    return _described(schemas, rembg.PARAMETERS)


def per_type() -> dict[str, Schema]:
    """Return the schemas of shadow_type[...] and shadow_opacity[...], by the patterns of names."""
    types = "|".join(removebg.TYPES[1:])
    return {
        rf"^{name}\[(?:{types})\]$": REMOVEBG_OWN[name]
        | {"description": f"{name} for a subject of this type alone"}
        for name in ("shadow_type", "shadow_opacity")
    }


def _described(schemas: Mapping[str, Schema], helps: Mapping[str, str]) -> dict[str, Schema]:
    return {name: schemas[name] | {"description": sentence} for name, sentence in helps.items()}
