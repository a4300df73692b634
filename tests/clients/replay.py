"""Clients that are neither on PyPI nor on npm: their requests byte for byte, and what they read.

Each class is one client. Its methods send the bytes that were recorded from the client, and read
the response as the client's source does: the headers that it reads, and what makes it fail.
"""

import json
import socket
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPResponse
from io import BytesIO
from urllib.parse import urlencode, urlsplit
from zipfile import ZIP_STORED, ZipFile

from PIL import Image

from tools.time_limits import limit_s

ACCOUNT, REMOVEBG = "/v1.0/account", "/v1.0/removebg"
FORM = "application/x-www-form-urlencoded"
URL = "http://photos.example/a.png"
FILE = 'name="image_file"; filename="photo.png"'
OPTIONS = {  # of what a client may be asked for
    "zip": {"format": "zip", "size": "auto"},
    "jpg and crop": {"format": "jpg", "crop": "true", "size": "auto"},
    "base64": {"size": "auto"},
    "json": {"size": "auto"},
}
CRLF = "\r\n"


class Failed(Exception):
    """What a client raises or prints where it has no picture."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: object
    body: bytes

    @property
    def first_error(self):
        return json.loads(self.body)["errors"][0]


@dataclass(frozen=True)
class Ruby:
    """The gem remove_bg 2.2, with Faraday 2 on Net::HTTP. It follows no redirect."""

    port: int
    key: str

    def file(self, photo, **options):
        fields = options | {"size": "auto"}
        reply = send(self.port, "POST", REMOVEBG, *self._multipart(fields, photo))
        return self._result(reply)

    def url(self, url):
        body = urlencode({"image_url": url, "size": "auto"})
        length = f"Content-Length: {len(body)}"
        head = [f"Content-Type: {FORM}", *self._net_http(), length]
        reply = send(self.port, "POST", REMOVEBG, [*self._own(), *head], body.encode())
        return self._result(reply)

    def account(self):
        reply = send(self.port, "GET", ACCOUNT, [*self._own(), *self._net_http()])
        if reply.status != 200:
            raise self._error(reply)
        attributes = json.loads(reply.body)["data"]["attributes"]
        self._keywords(attributes["api"], {"free_calls", "sizes"})
        self._keywords(attributes["credits"], {"total", "subscription", "payg", "enterprise"})
        return attributes["credits"] | attributes["api"]

    def _own(self):
        return ["User-Agent: remove-bg-ruby-2.2.1", f"X-Api-Key: {self.key}"]

    def _net_http(self):
        accepted = "Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3"
        return [accepted, "Accept: */*", f"Host: 127.0.0.1:{self.port}"]

    def _multipart(self, fields, photo):
        boundary = "-----------RubyMultipartPost-7612f563f0b6f70792eecd667cc3e4e0"
        file = (
            FILE,
            [
                f"Content-Length: {len(photo)}",
                "Content-Type: image/png",
                "Content-Transfer-Encoding: binary",
            ],
            photo,
        )
        body = multipart(boundary, [*texts(fields), file])
        described = [
            f"Content-Type: multipart/form-data; boundary={boundary}",
            f"Content-Length: {len(body)}",
        ]
        return [*self._own(), *described, *self._net_http()], body

    def _result(self, reply):
        if reply.status != 200:
            raise self._error(reply)
        headers = reply.headers
        picture = reply.body
        if "application/zip" in headers["Content-Type"]:
            picture = checked(picture)
        return {
            "type": headers["X-Type"],
            "width": int(headers["X-Width"]),
            "height": int(headers["X-Height"]),
            "credits_charged": float(headers["X-Credits-Charged"]),
            "rate_limit": self._rate_limit(headers),
        }, picture

    def _rate_limit(self, headers):
        """Write what the client's rate_limit.to_s does."""
        if not headers["X-RateLimit-Reset"]:
            return "NoMethodError"
        reset_at = datetime.fromtimestamp(int(headers["X-RateLimit-Reset"]), UTC)
        total, remaining = headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]
        after = headers["Retry-After"]
        return f"{remaining} of {total} until {reset_at.isoformat()}, retry after {after}"

    def _error(self, reply):
        if reply.status == 429:
            limit = self._rate_limit(reply.headers)
            return Failed(f"RateLimitError: {reply.first_error['title']}: {limit}")
        kinds = {4: "ClientHttpError", 5: "ServerHttpError"}
        if kind := kinds.get(reply.status // 100):
            return Failed(f"{kind}: {reply.first_error['title']}")
        return Failed("HttpError: An unknown error occurred")

    def _keywords(self, values, known):
        """Fail on other keys, since the client makes arguments of them."""
        if values.keys() != known:
            raise Failed(f"ArgumentError: {sorted(values.keys() ^ known)}")


@dataclass(frozen=True)
class Go:
    """The command line of remove-bg/go 1.3. It asks for a ZIP and makes a PNG of that."""

    port: int
    key: str

    def file(self, photo, **options):
        boundary = "b7339f141a7895d2588bd6f0af7fadd043773c467646535ee1994f896105"
        file = FILE, ["Content-Type: application/octet-stream"], photo
        fields = {"size": "auto", "format": "zip"} | options
        body = multipart(boundary, [file, *texts(fields)])
        own = ["User-Agent: remove-bg-go-1.3.1"]
        key = [f"X-Api-Key: {self.key}", "Accept-Encoding: gzip"]
        head = [
            f"Host: 127.0.0.1:{self.port}",
            *own,
            f"Content-Length: {len(body)}",
            f"Content-Type: multipart/form-data; boundary={boundary}",
            *key,
        ]
        reply = send(self.port, "POST", REMOVEBG, head, body)
        if reply.status == 303:
            reply = follow(reply, [*own, *key])
        if 400 <= reply.status < 500:
            titles = [error["title"] for error in json.loads(reply.body)["errors"]]
            raise Failed(f"{reply.status}: {', '.join(titles)}")
        if reply.status != 200:
            raise Failed(f"Unable to process image http_status={reply.status}")
        if "application/zip" in reply.headers["Content-Type"]:
            return {}, checked(reply.body)
        return {}, reply.body


@dataclass(frozen=True)
class NodeCli:
    """remove-bg-cli 2.0, with superagent 6. It sends an empty text for each option left out."""

    port: int
    key: str

    def file(self, photo, **options):
        boundary = "-" * 26 + "e1e2f8f38e4a35edfac0cb82"
        empty = ("type", "type_level", "format", "roi", "crop", "crop_margin", "scale", "position",
                 "channels", "add_shadow", "semitransparency", "bg_color")  # fmt: skip
        fields = {"size": "auto"} | dict.fromkeys(empty, "") | {"format": "zip"} | options
        file = FILE, ["Content-Type: image/png"], photo
        body = multipart(boundary, [file, *texts(fields)])
        own = [
            "Accept-Encoding: gzip, deflate",
            f"X-Api-Key: {self.key}",
            "User-Agent: remove-bg-cli-2.0.3",
        ]
        head = [
            f"Host: 127.0.0.1:{self.port}",
            *own,
            f"content-type: multipart/form-data; boundary={boundary}",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        reply = send(self.port, "POST", REMOVEBG, head, body)
        if reply.status == 429:
            time.sleep(int(reply.headers["Retry-After"]))
            return self.file(photo, **options)
        if reply.status == 303:
            reply = follow(reply, own)
        if reply.status >= 400:
            error = reply.first_error
            raise Failed(f"'{error['code']}': \"{error['title']} - {error.get('detail')}\"")
        return {}, checked(reply.body) if fields["format"] == "zip" else reply.body


@dataclass(frozen=True)
class Php:
    """mtownsend/remove-bg 2.0, with Guzzle 7, which follows redirects."""

    port: int
    key: str

    def file(self, photo, **options):
        boundary = "c416ca8e6f97f23303b41f1e6c82d680e99797e6"
        described = [f"Content-Length: {len(photo)}", "Content-Type: image/png"]
        parts = [
            (names, [f"Content-Length: {len(text)}"], text) for names, _, text in texts(options)
        ]
        body = multipart(boundary, [(FILE, described, photo), *parts])
        return {}, self._post(body, f"multipart/form-data; boundary={boundary}")

    def url(self, url):
        body = urlencode({"image_url": url, "size": "auto"})
        return {}, self._post(body.encode(), FORM)

    def base64(self, photo, **options):
        body = self._coded(photo, options)
        return {}, self._post(body, FORM)

    def json(self, photo, **options):
        body = self._coded(photo, options)
        body = self._post(body, FORM, "Accept: application/json")
        return {}, b64decode(json.loads(body)["data"]["result_b64"])

    def account(self):
        head = [*self._own(), "Content-Length: 0", "Connection: close"]
        reply = send(self.port, "GET", ACCOUNT, head)
        attributes = json.loads(self._checked(reply))["data"]["attributes"]
        return attributes["credits"] | attributes["api"]

    def _coded(self, photo, options):
        return urlencode({"image_file_b64": b64encode(photo).decode()} | options).encode()

    def _own(self):
        agent = "User-Agent: Mtownsend/RemoveBg (github.com/mtownsend5512/remove-bg)"
        return [f"Host: 127.0.0.1:{self.port}", agent, f"X-API-Key: {self.key}"]

    def _post(self, body, content_type, *more):
        described = [f"Content-Length: {len(body)}", f"Content-Type: {content_type}"]
        head = [*described, *self._own(), *more, "Connection: close"]
        reply = send(self.port, "POST", REMOVEBG, head, body)
        if reply.status == 303:
            reply = follow(reply, [*self._own()[1:], *more])
        return self._checked(reply)

    def _checked(self, reply):
        if 400 <= reply.status < 500:
            raise Failed(f"Exception: {' - '.join(reply.first_error.values())}")
        return reply.body


def multipart(boundary, parts):
    """Build a body of parts: each the names in its disposition, its other headers and its data."""
    body = b""
    for names, headers, data in parts:
        lines = [f"--{boundary}", f"Content-Disposition: form-data; {names}", *headers]
        body += (CRLF.join(lines) + 2 * CRLF).encode() + data + CRLF.encode()
    return body + f"--{boundary}--{CRLF}".encode()


def texts(fields):
    """Make a part of each text field."""
    return [(f'name="{name}"', [], text.encode()) for name, text in fields.items()]


def send(port, method, path, head, body=b"", host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", *head]
    return exchange((host, port), method, (CRLF.join(lines) + 2 * CRLF).encode() + body)


def exchange(address, method, request):
    with socket.create_connection(address, timeout=limit_s(60)) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Reply(response.status, response.headers, response.read())


def follow(reply, head):
    """Get what a 303 points to, with the client's headers."""
    address = urlsplit(reply.headers["Location"])
    path = f"{address.path}?{address.query}"
    host = f"Host: {address.netloc}"
    return send(address.port, "GET", path, [host, *head], host=address.hostname)


def checked(archive):
    """Return a ZIP that a client can make one picture of: Ruby's by ImageMagick or vips.

    The Go client wants eight bits of grey, and fails on anything else.
    """
    with ZipFile(BytesIO(archive)) as opened:
        assert [file.compress_type for file in opened.infolist()] == [ZIP_STORED] * 2
        colour = Image.open(BytesIO(opened.read("color.jpg")), formats=["JPEG"])
        alpha = Image.open(BytesIO(opened.read("alpha.png")), formats=["PNG"])
    assert (alpha.mode, alpha.size) == ("L", colour.size)
    return archive
