"""The description as a page of HTML without a script, which loads nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from .html import fields, link, prose, row, value_type
from .responses import ALWAYS
from .style import STYLE
from .values import NAMED, Schema

Found = tuple[str, str, dict[str, Any]]  # method, path and operation
REF = re.compile("#/components/schemas/([A-Za-z]+)")
ENDS = {
    "every": "Every operation",
    "headers": "Headers of responses",
    "schemas": "Bodies of responses",
}


def page(description: dict[str, Any]) -> str:
    """Return the page of a description that describe() has made."""
    description = _inlined(description, description["components"]["schemas"])
    info, tags = description["info"], description["tags"]
    shared = description["components"]["responses"]
    found = [
        (method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    common = _common(operation for _, _, operation in found)
    sections = "".join(_section(tag, found, common, description) for tag in tags)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style>"
        f"<header><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{prose(info['summary'])}</p><p>{prose(info['description'])}</p>"
        '<p>For programs and generators of clients: <a href="openapi.json">openapi.json</a>.</p>'
        f"</header><nav>{_contents(tags, found)}</nav>"
        f"<main>{sections}{_common_section(common, shared)}{_headers(description)}"
        f"{_schemas(description, found)}</main></html>"
    )


def _inlined(part: Any, schemas: Mapping[str, Schema]) -> Any:
    """Return a part of a description with named values in the place of references to them."""
    if isinstance(part, list):
        return [_inlined(each, schemas) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _inlined(each, schemas) for key, each in part.items() if key not in NAMED}
    found = REF.fullmatch(str(part.get("$ref", "")))
    if not found or found[1] not in NAMED:
        return kept
    del kept["$ref"]
    return _inlined(schemas[found[1]], schemas) | kept


def _contents(tags: list[dict[str, str]], found: list[Found]) -> str:
    lists = "".join(
        f"<p>{link('tag', tag['name'])}</p><ul>"
        + "".join(
            f"<li>{link('', operation['operationId'], operation['summary'])}"
            for _, _, operation in found
            if tag["name"] in operation["tags"]
        )
        + "</ul>"
        for tag in tags
    )
    return lists + "".join(f"<p>{link('', name, words)}</p>" for name, words in ENDS.items())


def _section(
    tag: dict[str, str], found: list[Found], common: Mapping[str, Any], description: dict[str, Any]
) -> str:
    operations = "".join(
        _operation(each, common, description) for each in found if tag["name"] in each[2]["tags"]
    )
    name = escape(tag["name"])
    return f'<h2 id="tag-{name}">{name}</h2><p>{prose(tag["description"])}</p>{operations}'


def _operation(found: Found, common: Mapping[str, Any], description: dict[str, Any]) -> str:
    method, path, operation = found
    shared = description["components"]["responses"]
    responses = {
        status: response
        for status, response in operation["responses"].items()
        if common.get(status) != response
    }
    return (
        f'<h3 id="{escape(operation["operationId"])}">{prose(operation["summary"])}</h3>'
        f'<p class="call"><code>{escape(method)} {escape(path)}</code></p>'
        f"<p>{prose(operation['description'])}</p>"
        f'<p class="faint">{_access(operation["security"])}</p>'
        f"{_parameters(operation['parameters'])}"
        f"{_body(operation.get('requestBody', {}), description)}"
        f"<h4>Responses</h4><dl>{''.join(_responses(responses, shared))}</dl>"
    )


def _access(security: list[dict[str, Any]]) -> str:
    if not security:
        return "For anyone."
    return f"With an API key{', or without one within limits' if {} in security else ''}."


def _parameters(parameters: list[dict[str, Any]]) -> str:
    return "".join(
        f"<h4>{place}</h4><dl>{''.join(rows)}</dl>"
        for place, kind in (("Path", "path"), ("Query", "query"), ("Headers", "header"))
        if (
            rows := [
                row(each["name"], each["schema"], each.get("description", ""))
                for each in parameters
                if each["in"] == kind
            ]
        )
    )


def _body(body: dict[str, Any], description: dict[str, Any]) -> str:
    """Describe a body: the fields of its first content type, and what the others leave out."""
    lines, shown = "", None
    for kind, content in body.get("content", {}).items():
        alternatives = list(_alternatives(content["schema"], description))
        names = {name for each in alternatives for name in each["properties"]}
        if shown is None:
            lists = "<p>or</p>".join(
                f"<p>{prose(each['description'])}</p>{fields(each)}" for each in alternatives
            )
            lines, shown = f"<h4>Body: {escape(kind)}</h4>{lists}", names
        else:
            missing = ", ".join(f"<code>{escape(each)}</code>" for each in sorted(shown - names))
            lines += f"<p>{escape(kind)}: the same{f' but for {missing}' if missing else ''}</p>"
    return lines


def _alternatives(schema: Schema, description: dict[str, Any]) -> Iterator[Schema]:
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" not in schema:
        yield schema
    for each in schema.get("anyOf", ()):
        yield from _alternatives(each, description)


def _responses(responses: Mapping[str, dict[str, Any]], shared: dict[str, Any]) -> Iterator[str]:
    """Yield a row for each response; shared has those that operations refer to."""
    for status, response in responses.items():
        kinds = "".join(
            f'<br><span class="kind">{escape(kind)}: {value_type(content["schema"])}</span>'
            for kind, content in response.get("content", {}).items()
        )
        described = response if "headers" in response else shared[response["$ref"].split("/")[-1]]
        names = " ".join(
            link("header", name) for name in described["headers"] if name not in ALWAYS
        )
        headers = f"<details><summary>Headers</summary>{names}</details>" if names else ""
        yield (
            f"<div><dt><code>{escape(status)}</code></dt>"
            f"<dd>{prose(response['description'])}{kinds}{headers}</dd></div>"
        )


def _common(operations: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the responses that all operations have, with the same codes."""
    first, *others = (operation["responses"] for operation in operations)
    return {
        status: response
        for status, response in first.items()
        if all(other.get(status) == response for other in others)
    }


def _common_section(common: Mapping[str, Any], shared: dict[str, Any]) -> str:
    return (
        '<h2 id="every">Every operation</h2><p>may also respond with these errors, whose body is '
        f"{link('schema', 'ErrorResponse')}, as of all errors. Each response has the headers "
        f"{' and '.join(link('header', name) for name in ALWAYS)}.</p>"
        f"<dl>{''.join(_responses(common, shared))}</dl>"
    )


def _headers(description: dict[str, Any]) -> str:
    rows = "".join(
        row(name, header["schema"], header["description"], f"header-{name}")
        for name, header in description["components"]["headers"].items()
    )
    return f'<h2 id="headers">Headers of responses</h2><dl>{rows}</dl>'


def _schemas(description: dict[str, Any], found: list[Found]) -> str:
    """Describe the bodies of responses; those of requests are at their operations."""
    schemas = description["components"]["schemas"]
    sent = _refs([operation.get("requestBody") for _, _, operation in found])
    sent |= _refs([schemas[name] for name in sent])
    return '<h2 id="schemas">Bodies of responses</h2>' + "".join(
        f'<h3 id="schema-{escape(name)}">{escape(name)}</h3>'
        f"<p>{prose(schema.get('description', ''))}</p>"
        + (fields(schema) if "properties" in schema else f"<p>{value_type(schema)}</p>")
        for name, schema in schemas.items()
        if name not in sent
    )


def _refs(parts: list[Any]) -> set[str]:
    return set(REF.findall(str(parts)))
