"""The documentation of the API: in OpenAPI, and as a page in HTML without a script.

A viewer such as Swagger UI would come from another host, or be 1.5 MB of the image.
"""

import base64
from functools import cache
from hashlib import sha256
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from .access import Anyone
from .routing import Call, Endpoints


def endpoints(described: Endpoints) -> Endpoints:
    """Return the endpoints of the documentation of others."""
    endpoints = Endpoints()

    # The package is imported at the first request: few processes are asked for it.
    @cache
    def description() -> dict[str, Any]:
        from . import openapi

        return openapi.describe(described)

    @cache
    def page() -> tuple[str, dict[str, str]]:
        from .openapi.page import page
        from .openapi.style import STYLE

        return page(description()), {"Content-Security-Policy": _policy(STYLE)}

    @cache
    def body() -> bytes:
        return bytes(JSONResponse(description()).body)

    @endpoints.add("GET", "/openapi.json", Anyone())
    async def openapi_json(call: Call) -> Response:
        return Response(body(), media_type="application/json")

    @endpoints.add("GET", "/docs", Anyone())
    async def docs(call: Call) -> Response:
        html, headers = page()
        return HTMLResponse(html, headers=headers)

    return endpoints


def _policy(style: str) -> str:
    """Return the policy of a page that has this style sheet, no script, and loads nothing."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"
    )
