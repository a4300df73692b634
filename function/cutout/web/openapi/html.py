"""Names, types and values of the description, as HTML."""

import re
from html import escape
from typing import Any

from .values import Schema

CODE = re.compile("`([^`]+)`")
WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
FORMATS = {"binary": "file", "uri": "URL", "uri-reference": "URL", "date-time": "time, ISO 8601"}


def fields(schema: Schema) -> str:
    """Return a list of an object's properties."""
    rows = (
        row(name, each, each.get("description", "")) for name, each in schema["properties"].items()
    )
    return f"<dl>{''.join(rows)}</dl>"


def row(name: str, schema: Schema, meaning: str, anchor: str = "") -> str:
    """Return a row of a list: a name, its meaning, its type, default and examples."""
    mark = f' id="{escape(anchor)}"' if anchor else ""
    facts = [value_type(schema)]
    if "default" in schema:
        facts.append(f"default {literal(schema['default'])}")
    if "examples" in schema:
        facts.append(f"such as {', '.join(map(literal, schema['examples']))}")
    return (
        f"<div{mark}><dt><code>{escape(name)}</code></dt><dd>{prose(meaning)}"
        f'{"<br>" if meaning else ""}<span class="kind">{"; ".join(facts)}</span></dd></div>'
    )


def value_type(schema: Schema) -> str:
    """Return the type of a schema's values in words, with links to named schemas."""
    if "$ref" in schema:
        return link("schema", schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(map(value_type, schema["anyOf"]))
    if "enum" in schema:
        return " ".join(map(literal, schema["enum"]))
    if "properties" in schema:
        pairs = (
            f"{escape(name)}: {value_type(each)}" for name, each in schema["properties"].items()
        )
        return f"{{{', '.join(pairs)}}}"
    if schema.get("type") == "array":
        return f"list of {value_type(schema['items'])}"
    kind = WORDS.get(schema["type"], str(schema["type"]))
    if "maximum" in schema:
        return f"{kind} of {schema['minimum']} to {schema['maximum']}"
    return escape(FORMATS.get(schema.get("format", ""), kind))


def literal(value: Any) -> str:
    """Return a value as code, as JSON and forms have it."""
    text = value if isinstance(value, str) else str(value).lower()
    return f"<code>{escape(text)}</code>"


def prose(text: str) -> str:
    """Return a text as HTML, with code for what is between backticks."""
    return CODE.sub(r"<code>\1</code>", escape(text))


def link(kind: str, name: str, words: str = "") -> str:
    anchor = f"{kind}-{name}" if kind else name
    return f'<a href="#{escape(anchor)}">{escape(words or name)}</a>'
