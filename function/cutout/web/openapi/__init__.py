"""The OpenAPI description of the API, whose parts come from the tables that the server reads.

* values      the schemas of options' values
* schemas     the bodies of responses
* requests    parameters and bodies of requests
* responses   headers, and the errors of each operation
* operations  all operations

Imported at the first request for the description: few processes are asked for it.
"""

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

from cutout.errors import AuthFailed
from cutout.version import VERSION

from .. import access
from ..routing import Endpoint
from . import requests, responses, schemas, values
from .operations import OPERATIONS, TAGS, Key, Link, Operation

INFO = {
    "title": "Cutout",
    "version": VERSION,
    "summary": "Takes the background out of photos, for clients of remove.bg and of rembg.",
    "description": "Requests with an API key send it in X-Api-Key. An error has the body"
    " ErrorResponse, whose code is for programs. A path that does not exist is a 404 `not_found`,"
    " and a method that a path does not have a 405 `method_not_allowed` with Allow. In front of the"
    " service on AWS, API Gateway may respond with 413, 429, 502 or 504 at any path, with the same"
    " body. Any site may call: responses have CORS headers.",
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
SERVERS = [
    {"url": "/", "description": "The server that this description comes from"},
    {
        "url": "{scheme}://{host}",
        "description": "Your own server",
        "variables": {
            "scheme": {"enum": ["https", "http"], "default": "https"},
            "host": {"default": "cutout.example", "description": "with its port, if it has one"},
        },
    },
]
API_KEY = "ApiKey"
WITH_KEY: dict[str, list[str]] = {API_KEY: []}


def describe(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI description of those of the endpoints that OPERATIONS has."""
    found = {(endpoint.method, endpoint.path): endpoint for endpoint in endpoints}
    described = {key: OPERATIONS[key] for key in OPERATIONS if key in found}
    paths: dict[str, dict[str, Any]] = {}
    for (method, path), operation in described.items():
        endpoint = found[method, path]
        paths.setdefault(path, {})[method.lower()] = _operation(endpoint, operation, described)
    tags = {operation.tag for operation in described.values()}
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": SERVERS,
        "tags": [{"name": tag, "description": TAGS[tag]} for tag in TAGS if tag in tags],
        "paths": paths,
        "components": {
            "securitySchemes": {
                API_KEY: {
                    "type": "apiKey",
                    "in": "header",
                    "name": access.API_KEY,
                    "description": "A key of an account, which its operator makes.",
                }
            },
            "schemas": schemas.components() | requests.components() | values.NAMED,
            **responses.components(),
        },
    }


def _operation(
    endpoint: Endpoint, operation: Operation, described: Iterable[Key]
) -> dict[str, Any]:
    errors = operation.errors
    if not isinstance(endpoint.rule, access.Anyone):
        errors = (AuthFailed, *errors)
    links = {name: _link(link) for name, link in operation.links.items() if link.to in described}
    succeeded = {
        str(status): response | ({"links": links} if links else {})
        for status, response in operation.responses.items()
    }
    failed = {
        str(status): response
        for status, response in responses.errors_of(
            errors, endpoint.path, operation.other_errors
        ).items()
    }
    return {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": cleandoc(endpoint.handler.__doc__ or ""),
        "security": _security(endpoint.rule),
        "parameters": [
            *map(requests.in_path, endpoint.param_convertors), *operation.parameters
        ],
        **({"requestBody": operation.body} if operation.body else {}),
        "responses": succeeded | failed,
    }  # fmt: skip


def _security(rule: access.Rule) -> list[dict[str, list[str]]]:
    """Return what a request may show: an API key, or nothing where visitors are let in."""
    if isinstance(rule, access.Anyone):
        return []
    return [WITH_KEY, {}] if isinstance(rule, access.KeyOrVisitor) else [WITH_KEY]


def _link(link: Link) -> dict[str, Any]:
    value = f"$response.body#/data/{link.name}"
    target = {"operationId": OPERATIONS[link.to].id}
    if link.in_path:
        return target | {"parameters": {link.name: value}}
    return target | {"requestBody": {link.name: value}}
