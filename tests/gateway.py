"""What API Gateway's REST API sends to a Lambda proxy integration, cut down to what is read.

`python -m tests.gateway` writes tests/events/ again.
"""

import base64
import json
from io import BytesIO
from pathlib import Path

from PIL import Image
from skimage import data

EVENTS = Path(__file__).parent / "events"
BOUNDARY = "cutout-boundary"
PHOTO_URL = (
    "https://raw.githubusercontent.com/scikit-image/scikit-image/v0.26.0/skimage/data/astronaut.png"
)


def event(method, path, headers=None, query=None, body=b""):
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


def upload(photo, **fields):
    parts = [f'name="{name}"\r\n\r\n{text}'.encode() for name, text in fields.items()]
    parts.append(b'name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + photo)
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n"
        for part in parts
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return event("POST", "/api/remove", headers, body=body + f"--{BOUNDARY}--\r\n".encode())


def picture(upload):
    """The photo inside an event that upload() made."""
    part = base64.b64decode(upload["body"]).split(b'filename="photo.jpg"')[1]
    return part.split(b"\r\n\r\n", 1)[1].rsplit(f"\r\n--{BOUNDARY}".encode(), 1)[0]


def events():
    buffer = BytesIO()
    Image.fromarray(data.astronaut()).save(buffer, "JPEG", quality=85)
    return {
        "remove": upload(buffer.getvalue(), model="u2netp"),
        "remove-url": event("GET", "/api/remove", query={"url": PHOTO_URL, "model": "u2netp"}),
        "health": event("GET", "/healthz"),
    }


def main():
    for name, content in events().items():
        (EVENTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
