"""The client of a Cutout service: upload a photo, request its cutout, download it, delete both."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from urllib.parse import quote, urlsplit

from cutout.errors import (
    RemoteClosed,
    RemoteError,
    UnknownFileType,
    UnreadablePicture,
    UnsupportedOption,
)
from cutout.options import canonical, removebg
from cutout.options.record import Options
from cutout.options.removebg import PREFIX
from cutout.picture import Box, Size, kind_of, refusal

from . import addresses, http, responses
from .http import ConnectionBroken, Request, Response, Unreachable
from .retry import Clock, Retry, Sleep

Fields = Mapping[str, str | bytes]  # a form's fields; bytes are files
FILES = {"backdrop": "bg_image_file", "alpha": "alpha_file", "mask": "mask_file"}
LARGEST = {"size": "50MP"}  # the service's limit, for options without one

JSON_BYTES = 1024 * 1024
RESULT_BYTES = 1024 * 1024 * 1024
DELETE_S = 10  # after which the service deletes the upload within the hour by itself


@dataclass(frozen=True)
class RemoteResult:
    """A cutout that a service made, and what the service reports about it."""

    data: bytes
    media_type: str
    size: Size
    placed: Box  # the subject, in the result
    confidence: float | None  # None if the request brought its own alpha
    model: str
    model_version: str
    subject_count: int  # found; 0 if the service does not report them
    looks: int  # inferences made; 0 if the service does not report them
    looks_skipped: int  # inferences left out for lack of time
    credits: str  # charged; empty if the service charges nobody


@dataclass(frozen=True)
class Ticket:
    upload_id: str
    url: str
    fields: Mapping[str, str]


class Client:
    """Requests cutouts from one service. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        silence_s: float = http.SILENCE_S,
        clock: Clock = time.time,
        sleep: Sleep = time.sleep,
    ) -> None:
        """url is the service's address. key may be empty if the service requires none.

        silence_s is the longest wait for a response. Raises InvalidSetting.
        """
        self._api = addresses.check(url, key)
        self._base = url.rstrip("/") + PREFIX
        self._key = key
        self._silence_s = silence_s
        self._retry = Retry(clock, sleep)

    def remove_background(self, photo: bytes, options: Options | None = None) -> RemoteResult:
        """Remove the background of an encoded photo.

        Raises a CutoutError: RemoteClosed for an error that every photo would meet.
        """
        options = options or Options()
        fields = _fields(options)
        ticket = self._begin(_media_type(photo), len(photo))
        try:
            self._upload(ticket, photo)
            return self._remove_background(
                ticket.upload_id, fields, _idempotency_key(photo, options)
            )
        finally:
            self._delete(ticket.upload_id)

    def _begin(self, media_type: str, count: int) -> Ticket:
        """Create an upload. Any failure is the service's, as the photo has not been sent yet."""
        try:
            response = self._send_to_api(
                "POST", "/uploads", {"type": media_type, "bytes": str(count)}
            )
            if response.status >= 500:
                raise responses.error(response)
        except RemoteError as error:
            raise RemoteClosed(str(error), error.code) from error
        return _ticket(responses.data(response))

    def _upload(self, ticket: Ticket, photo: bytes) -> None:
        body, media_type = http.form(ticket.fields, {"file": photo})
        request = Request("POST", self._allowed(ticket.url), body, {"Content-Type": media_type})
        response = self._send(request, JSON_BYTES)
        if not 200 <= response.status < 300:
            raise RemoteError(
                f"the bucket refused the upload with {response.status}", "upload_failed"
            )

    def _remove_background(self, upload_id: str, fields: Fields, name: str) -> RemoteResult:
        wanted = {"upload_id": upload_id, **fields}
        response = self._send_to_api("POST", "/removebg", wanted, {"Idempotency-Key": name})
        place = responses.data(response).get("result_url")
        if not isinstance(place, str):
            raise responses.unexpected("the service sent no result_url")
        result = self._send(Request("GET", self._allowed(place)), RESULT_BYTES)
        if result.status != 200:
            raise RemoteError(
                f"the bucket refused the download with {result.status}", "download_failed"
            )
        return _result(response, result)

    def _delete(self, upload_id: str) -> None:
        request = self._request("DELETE", f"/uploads/{quote(upload_id, safe='')}")
        with suppress(ConnectionBroken):
            http.send(request, JSON_BYTES, min(self._silence_s, DELETE_S))

    def _send_to_api(
        self, method: str, path: str, fields: Fields, headers: Mapping[str, str] | None = None
    ) -> Response:
        texts = {name: value for name, value in fields.items() if isinstance(value, str)}
        files = {name: value for name, value in fields.items() if isinstance(value, bytes)}
        body, media_type = http.form(texts, files)
        own = {"Content-Type": media_type, "Accept": "application/json"}
        request = self._request(method, path, body, {**own, **(headers or {})})
        response = self._send(request, JSON_BYTES)
        if not self._key or response.status < 300:
            return response
        # The text of an error is printed and written to reports, so it must not hold the key.
        return replace(response, body=response.body.replace(self._key.encode(), b"..."))

    def _request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Request:
        """Build a request to the API. No other request carries the key."""
        key = {"X-Api-Key": self._key} if self._key else {}
        return Request(method, self._base + path, body, {**(headers or {}), **key})

    def _send(self, request: Request, max_bytes: int) -> Response:
        try:
            return self._retry.send(partial(http.send, request, max_bytes, self._silence_s))
        except Unreachable as error:
            raise RemoteClosed(
                f"{urlsplit(request.url).hostname}: {error}", "unreachable"
            ) from error
        except ConnectionBroken as error:
            raise RemoteError(str(error), "connection_failed") from error

    def _allowed(self, url: str) -> str:
        """Check a URL that the service sent. Photos must be as safe in transit as the key."""
        address = addresses.parse(url)
        if not address:
            raise responses.unexpected("the service sent an invalid URL")
        if (self._api.scheme, address.scheme) == ("https", "http"):
            raise responses.unexpected("the service sent a URL without https")
        return url


def _media_type(photo: bytes) -> str:
    if not photo:
        raise UnreadablePicture("the file is empty")
    kind = kind_of(photo)
    if kind is None:
        raise UnknownFileType(refusal(photo))
    return kind.media_type


def _fields(options: Options) -> Fields:
    """Return the options as parameters of removebg, with pictures as files.

    Raises UnsupportedOption for a picture that is not at hand."""
    if references := options.references():
        raise UnsupportedOption(f"{min(references)}: give the picture itself, as bytes")
    pictures = {parameter: getattr(options, name) for name, parameter in FILES.items()}
    files = {parameter: picture for parameter, picture in pictures.items() if picture}
    return removebg.generate(options) | ({} if options.max_pixels else LARGEST) | files


def _idempotency_key(photo: bytes, options: Options) -> str:
    """Return the Idempotency-Key of a photo with its options.

    A command that is killed and repeated within a day is charged once.
    """
    parts = sha256(photo).hexdigest(), canonical.identity(options)
    return sha256("\n".join(parts).encode()).hexdigest()


def _ticket(data: Mapping[str, object]) -> Ticket:
    match data:
        case {"upload_id": str(upload_id), "url": str(url), "fields": dict(fields)}:
            texts = {str(name): str(text) for name, text in fields.items()}
            return Ticket(upload_id, url, texts)
        case _:
            raise responses.unexpected("the service sent no ticket for an upload")


def _result(response: Response, result: Response) -> RemoteResult:
    headers = response.headers
    confidence = headers.get("X-Cutout-Confidence")

    def number(name: str) -> int:
        return int(headers[name])

    try:
        return RemoteResult(
            data=result.body,
            media_type=result.headers.get_content_type(),
            size=Size(number("X-Width"), number("X-Height")),
            placed=Box(
                number("X-Foreground-Left"),
                number("X-Foreground-Top"),
                number("X-Foreground-Width"),
                number("X-Foreground-Height"),
            ),
            confidence=float(confidence) if confidence else None,
            model=headers.get("X-Cutout-Model", ""),
            model_version=headers.get("X-Cutout-Model-Version", ""),
            subject_count=int(headers.get("X-Cutout-Subjects", 0)),
            looks=int(headers.get("X-Cutout-Looks", 0)),
            looks_skipped=int(headers.get("X-Cutout-Looks-Skipped", 0)),
            credits=headers.get("X-Credits-Charged", ""),
        )
    except (TypeError, ValueError):
        raise responses.unexpected("the service did not send the result's size") from None
