"""One photo by way of the bucket: a ticket, the photo, the cutout, and all of it deleted."""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from urllib.parse import SplitResult, quote, urlsplit

from cutout.errors import (
    InvalidSetting,
    RemoteClosed,
    RemoteError,
    UnknownFileType,
    UnreadablePicture,
)
from cutout.loopback import is_loopback
from cutout.options import canonical, removebg
from cutout.options.record import Options
from cutout.options.removebg import PREFIX
from cutout.picture import KINDS, Box, Size

from . import answers, wire
from .patience import Clock, Patience, Sleep
from .wire import Broken, Question, Reply, Unconnected

Fields = Mapping[str, str | bytes]  # of a form; bytes are files
FILES = {"backdrop": "bg_image_file", "alpha": "alpha_file", "mask": "mask_file"}
LARGEST = {"size": "50MP"}  # where the options have no limit: the service has this one

VISIBLE = re.compile("[!-~]*")  # signs of ASCII
ANSWER_BYTES = 1024 * 1024  # of JSON
RESULT_BYTES = 1024 * 1024 * 1024
GOODBYE_S = 10  # nobody waits for longer: the service deletes it within the hour by itself


@dataclass(frozen=True)
class Answer:
    data: bytes
    media_type: str
    size: Size
    placed: Box  # the subject, in the result
    confidence: float | None  # None where the alpha was one's own
    model: str
    model_version: str
    credits: str  # that it has cost; empty where nothing is asked for


@dataclass(frozen=True)
class Ticket:
    upload_id: str
    url: str
    fields: Mapping[str, str]


class Client:
    """For as many threads as one likes."""

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        silence_s: float = wire.SILENCE_S,
        clock: Clock = time.time,
        sleep: Sleep = time.sleep,
    ) -> None:
        """key may be empty where none is asked for. silence_s is how long an answer may take."""
        self._api = _checked(url, key)
        self._base = url.rstrip("/") + PREFIX
        self._key = key
        self._silence_s = silence_s
        self._patience = Patience(clock, sleep)

    def remove_background(self, photo: bytes, options: Options | None = None) -> Answer:
        """Cut out an encoded photo.

        Raises a CutoutError; a RemoteClosed for an error that every photo would meet."""
        options = options or Options()
        fields = _fields(options)
        ticket = self._begin(_media_type(photo), len(photo))
        try:
            self._upload(ticket, photo)
            return self._cut(ticket.upload_id, fields, _name(photo, options))
        finally:
            self._delete(ticket.upload_id)

    def _begin(self, media_type: str, count: int) -> Ticket:
        """Without the photo, so that it is not to blame where no answer comes or a bad one."""
        try:
            reply = self._ask_api("POST", "/uploads", {"type": media_type, "bytes": str(count)})
            if reply.status >= 500:
                raise answers.error(reply)
        except RemoteError as error:
            raise RemoteClosed(str(error), error.code) from error
        return _ticket(answers.data(reply))

    def _upload(self, ticket: Ticket, photo: bytes) -> None:
        body, media_type = wire.form(ticket.fields, {"file": photo})
        question = Question("POST", self._allowed(ticket.url), body, {"Content-Type": media_type})
        reply = self._ask(question, ANSWER_BYTES)
        if not 200 <= reply.status < 300:
            raise RemoteError(
                f"the bucket does not take it: it says {reply.status}", "upload_failed"
            )

    def _cut(self, upload_id: str, fields: Fields, name: str) -> Answer:
        wanted = {"upload_id": upload_id, **fields}
        reply = self._ask_api("POST", "/removebg", wanted, {"Idempotency-Key": name})
        place = answers.data(reply).get("result_url")
        if not isinstance(place, str):
            raise answers.unexpected("the service tells no result_url")
        result = self._ask(Question("GET", self._allowed(place)), RESULT_BYTES)
        if result.status != 200:
            raise RemoteError(
                f"the bucket has no result: it says {result.status}", "download_failed"
            )
        return _answer(reply, result)

    def _delete(self, upload_id: str) -> None:
        question = self._question("DELETE", f"/uploads/{quote(upload_id, safe='')}")
        with suppress(Broken):
            wire.ask(question, ANSWER_BYTES, min(self._silence_s, GOODBYE_S))

    def _ask_api(
        self, method: str, path: str, fields: Fields, headers: Mapping[str, str] | None = None
    ) -> Reply:
        texts = {name: value for name, value in fields.items() if isinstance(value, str)}
        files = {name: value for name, value in fields.items() if isinstance(value, bytes)}
        body, media_type = wire.form(texts, files)
        told = {"Content-Type": media_type, "Accept": "application/json", **(headers or {})}
        reply = self._ask(self._question(method, path, body, told), ANSWER_BYTES)
        if not self._key or reply.status < 300:
            return reply
        # Whatever is behind this address, what it complains of is shown and written down.
        return replace(reply, body=reply.body.replace(self._key.encode(), b"..."))

    def _question(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Question:
        """To the API, which alone is sent the key."""
        key = {"X-Api-Key": self._key} if self._key else {}
        return Question(method, self._base + path, body, {**(headers or {}), **key})

    def _ask(self, question: Question, max_bytes: int) -> Reply:
        try:
            return self._patience.ask(partial(wire.ask, question, max_bytes, self._silence_s))
        except Unconnected as error:
            raise RemoteClosed(
                f"{urlsplit(question.url).hostname}: {error}", "unreachable"
            ) from error
        except Broken as error:
            raise RemoteError(str(error), "connection_failed") from error

    def _allowed(self, url: str) -> str:
        """An address that the service has told: photos travel with no less care than the key."""
        there = _address(url)
        if not there:
            raise answers.unexpected("the service tells an address that is none")
        if (self._api.scheme, there.scheme) == ("https", "http"):
            raise answers.unexpected("the service tells an address that is not on https")
        return url


def _checked(url: str, key: str) -> SplitResult:
    there = _address(url)
    if not there or there.query or there.fragment or there.username is not None:
        raise InvalidSetting(
            f"{url[:100]!r} is not the address of a service, such as https://cutout.example"
        )
    if not VISIBLE.fullmatch(key):
        raise InvalidSetting("the key has signs in it that no key has")
    if key and there.scheme == "http" and not is_loopback(there.hostname or ""):
        raise InvalidSetting("over http anyone on the way reads the key; give an https address")
    return there


def _address(url: str) -> SplitResult | None:
    try:
        there = urlsplit(url)
        # As it will be looked up: no label is empty or longer than 63 letters.
        host = (there.hostname or "").encode("idna")
        is_whole = there.scheme in ("http", "https") and host and there.port != 0
    except ValueError:
        return None
    return there if is_whole and VISIBLE.fullmatch(url) else None


def _media_type(photo: bytes) -> str:
    if not photo:
        raise UnreadablePicture("the file is empty")
    for kind in KINDS:
        if kind.signature.match(photo):
            return kind.media_type
    raise UnknownFileType("not a JPEG, PNG, WEBP, AVIF, GIF, BMP or TIFF file")


def _fields(options: Options) -> Fields:
    """The options as parameters of removebg; pictures are files."""
    pictures = {parameter: getattr(options, name) for name, parameter in FILES.items()}
    files = {parameter: picture for parameter, picture in pictures.items() if picture}
    return removebg.generate(options) | ({} if options.max_pixels else LARGEST) | files


def _name(photo: bytes, options: Options) -> str:
    """The Idempotency-Key of a photo with its options: a run that was killed and is started again
    within the day is not charged again."""
    parts = sha256(photo).hexdigest(), canonical.identity(options)
    return sha256("\n".join(parts).encode()).hexdigest()


def _ticket(told: Mapping[str, object]) -> Ticket:
    match told:
        case {"upload_id": str(upload_id), "url": str(url), "fields": dict(fields)}:
            texts = {str(name): str(text) for name, text in fields.items()}
            return Ticket(upload_id, url, texts)
        case _:
            raise answers.unexpected("the service gives no ticket for an upload")


def _answer(reply: Reply, result: Reply) -> Answer:
    headers = reply.headers

    def number(name: str) -> int:
        return int(headers[name])

    try:
        return Answer(
            data=result.body,
            media_type=result.headers.get_content_type(),
            size=Size(number("X-Width"), number("X-Height")),
            placed=Box(
                number("X-Foreground-Left"),
                number("X-Foreground-Top"),
                number("X-Foreground-Width"),
                number("X-Foreground-Height"),
            ),
            confidence=float(told) if (told := headers.get("X-Cutout-Confidence")) else None,
            model=headers.get("X-Cutout-Model", ""),
            model_version=headers.get("X-Cutout-Model-Version", ""),
            credits=headers.get("X-Credits-Charged", ""),
        )
    except (TypeError, ValueError):
        raise answers.unexpected("the service does not tell the result's size") from None
