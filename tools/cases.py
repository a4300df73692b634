"""Prints what a running Cutout gives for each file and request of a folder, as a Markdown table.

`make serve`, and in another terminal `.venv/bin/python -m tools.cases FOLDER`

A folder may hold pictures, raw HTTP requests (`*.http`), and lists of addresses (`*.txt`, one a
line, each sent as the photo's URL). Scripts and Markdown are left out.
"""

import argparse
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from cutout.client import http
from tools import markdown

HEAD = ["input", "sent to", "status", "answer"]
SPOT = 96, 60  # px; drawn pictures have a known colour here
MOST_BYTES = 1 << 28
SECONDS = 120
# One endpoint and size a contract, and the other sizes, whose verdicts have to agree.
PICTURE_FORMS = [
    ("/api/remove", "file", {}),
    ("/v1.0/removebg", "image_file", {}),
    ("/v1.0/removebg", "image_file", {"size": "full"}),
]
URL_FORMS = [
    ("/api/remove", "url"),
    ("/v1.0/removebg", "image_url"),
    ("/v1.0/uploads", "url"),
    ("/v1.0/jobs", "image_url"),
]
LEFT_OUT = {".sh", ".py", ".md"}


@dataclass(frozen=True)
class Service:
    url: str

    def post(self, path: str, texts: dict[str, str], files: dict[str, bytes]) -> http.Response:
        body, media_type = http.form(texts, files)
        request = http.Request("POST", self.url + path, body, {"Content-Type": media_type})
        return http.send(request, MOST_BYTES, silence_s=SECONDS)

    def raw(self, request: bytes) -> http.Response:
        """Send a request as it is and parse the response. The request asks to close."""
        parts = urlsplit(self.url)
        with socket.create_connection((parts.hostname, parts.port or 80), SECONDS) as connection:
            connection.sendall(request)
            response = HTTPResponse(connection)
            response.begin()
            return http.Response(response.status, response.headers, response.read())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.cases", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--api", default="http://localhost:5000", help="the service's address")
    arguments = parser.parse_args()
    print(markdown.table(HEAD, list(rows(arguments.folder, Service(arguments.api)))), end="")


def rows(folder: Path, service: Service) -> Iterator[list[str]]:
    """Yield the rows of all files of the folder, in the order of their names."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix == ".http":
            yield row(name, "itself", service.raw(path.read_bytes()))
        elif path.suffix == ".txt":
            for url in path.read_text().splitlines():
                for endpoint, parameter in URL_FORMS:
                    response = service.post(endpoint, {parameter: url}, {})
                    yield row(f"{name}: {url}", f"{endpoint} {parameter}", response)
        elif path.suffix not in LEFT_OUT:
            for endpoint, parameter, texts in PICTURE_FORMS:
                response = service.post(endpoint, texts, {parameter: path.read_bytes()})
                words = " ".join(f"{key}={value}" for key, value in texts.items())
                yield row(name, f"{endpoint} {words}".strip(), response)


def row(name: str, sent_to: str, response: http.Response) -> list[str]:
    return [name, sent_to, str(response.status), answer(response)]


def answer(response: http.Response) -> str:
    """Return the errors as code and sentence, or the picture's size, colour at SPOT and subject."""
    media_type = response.headers.get_content_type()
    if media_type == "application/json":
        found = json.loads(response.body)
        errors = found.get("errors") if isinstance(found, dict) else None
        return f"{errors[0]['code']}: {errors[0].get('detail', '')}" if errors else "JSON"
    if not media_type.startswith("image/"):
        return f"{media_type}, {len(response.body):,} bytes"
    with Image.open(BytesIO(response.body)) as picture:
        size = f"{picture.format} {picture.width} x {picture.height}"
        has_spot = SPOT[0] < picture.width and SPOT[1] < picture.height
        spot = f", {picture.getpixel(SPOT)} at {SPOT}" if has_spot else ""
    box = " ".join(response.headers.get(f"X-Foreground-{side}", "?")
                   for side in ("Left", "Top", "Width", "Height"))  # fmt: skip
    return f"{size}{spot}, subject {box}"


if __name__ == "__main__":
    main()
