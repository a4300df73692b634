"""Makes events of API Gateway's REST API for a Lambda proxy integration, with the fields in use."""

import base64
from collections.abc import Mapping
from typing import Any

Event = dict[str, Any]
BOUNDARY = "cutout-boundary"


def event(
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Event:
    """Return the event of one HTTP request."""
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Accept": "*/*", "Host": "api.example.com", **(headers or {})},
        "multiValueHeaders": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [text] for name, text in (query or {}).items()},
        "pathParameters": {"proxy": path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": path,
            "stage": "live",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "curl/8"},
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def upload(photo: bytes, **fields: str) -> Event:
    """Return the event of POST /api/remove with a form, as `curl -F` sends it."""
    parts = [f'name="{field}"\r\n\r\n{text}'.encode() for field, text in fields.items()]
    parts.append(b'name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + photo)
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n"
        for part in parts
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return event("POST", "/api/remove", headers, body=body + f"--{BOUNDARY}--\r\n".encode())
