"""What API Gateway's REST API sends to a Lambda proxy integration, cut down to what is read."""

import base64
import json
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
    """POST /api/remove with a form, as curl -F sends it."""
    return _form("/api/remove", "file", photo, {}, fields)


def removebg(photo: bytes, headers: Mapping[str, str], **fields: str) -> Event:
    return _form("/v1.0/removebg", "image_file", photo, headers, fields)


def json_event(path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Event:
    sent = {"Content-Type": "application/json", **headers}
    return event("POST", path, sent, body=json.dumps(body).encode())


def _form(
    path: str, name: str, photo: bytes, headers: Mapping[str, str], fields: Mapping[str, str]
) -> Event:
    parts = [f'name="{field}"\r\n\r\n{text}'.encode() for field, text in fields.items()]
    parts.append(
        f'name="{name}"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode() + photo
    )
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n"
        for part in parts
    )
    sent = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **headers}
    return event("POST", path, sent, body=body + f"--{BOUNDARY}--\r\n".encode())
