"""The documentation of the API: in OpenAPI, and as a page in HTML without a script.

A viewer such as Swagger UI would come from another host, or be 1.5 MB of the image.
"""

import base64
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from .access import Anyone
from .routing import Call, Endpoints

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-inline-size: 60rem; margin-inline: auto; padding: 1rem }
section { margin-block: 2.5rem }
h2 code { font-size: 1.1rem }
table { border-collapse: collapse; inline-size: 100% }
td, th { text-align: start; vertical-align: top; padding: .25rem .75rem .25rem 0 }
tr { border-block-start: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
"""
STYLE_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
Row = tuple[str, dict[str, Any], str]  # name, schema and meaning
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "frame-ancestors 'none'; base-uri 'none'"
}


def endpoints(described: Endpoints) -> Endpoints:
    """Return the endpoints of the documentation of others."""
    endpoints = Endpoints()

    @cache
    def description() -> dict[str, Any]:
        from . import openapi  # at the first request: few processes are asked for it

        return openapi.describe(described)

    @cache
    def html() -> str:
        return page(description())

    @endpoints.add("GET", "/openapi.json", Anyone())
    async def openapi_json(call: Call) -> Response:
        return JSONResponse(description())

    @endpoints.add("GET", "/docs", Anyone())
    async def docs(call: Call) -> Response:
        return HTMLResponse(html(), headers=HEADERS)

    return endpoints


def page(description: dict[str, Any]) -> str:
    """Return the page of an OpenAPI description."""
    info = description["info"]
    endpoints = "".join(
        _endpoint(method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])}</p>"
        '<p>For programs: <a href="openapi.json">openapi.json</a>, in OpenAPI.</p>'
        f"{endpoints}</html>"
    )


def _endpoint(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = [
        (f"{one['name']} ({one['in']})", one.get("schema", {}), one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    bodies = "".join(
        f"<h3>Body: {escape(kind)}</h3>{_fields(_properties(content))}"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    )
    responses: list[Row] = [
        (status, {}, response.get("description", ""))
        for status, response in operation.get("responses", {}).items()
    ]
    return (
        f"<section><h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
        f"<p>{escape(operation.get('description', ''))}</p>"
        f"{_fields(parameters)}{bodies}<h3>Responses</h3>{_fields(responses)}</section>"
    )


def _properties(content: dict[str, Any]) -> list[Row]:
    properties: dict[str, dict[str, Any]] = content.get("schema", {}).get("properties", {})
    return [(name, one, one.get("description", "")) for name, one in properties.items()]


def _fields(rows: list[Row]) -> str:
    """Return a table of names, with their kinds and meanings."""
    lines = "".join(
        f"<tr><th scope=row><code>{escape(name)}</code><td>{escape(_kind(schema))}"
        f"<td>{escape(meaning)}"
        for name, schema, meaning in rows
    )
    return f"<table>{lines}</table>" if rows else ""


def _kind(schema: dict[str, Any]) -> str:
    if values := schema.get("enum"):
        return " | ".join(map(str, values))
    kind = str(schema.get("type", ""))
    return f"{kind}, {schema['format']}" if "format" in schema else kind
