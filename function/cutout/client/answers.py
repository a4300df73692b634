"""What a service answers, in JSON, and which of its errors no other photo would escape."""

import json
from dataclasses import dataclass
from typing import Any

from cutout.errors import RemoteClosed, RemoteError

from .wire import Reply

# Of the caller, and not of a photo.
STATUSES_FOR_ALL = (401, 402, 403, 405)
CODES_FOR_ALL = ("allowance_used_up", "not_found", "invalid_model", "unsupported_option")
BUSY = (429, 503)
TOO_LARGE = 413
UNEXPECTED = "unexpected_answer"
LONG = 500  # letters of a sentence; more of them tell a person nothing


@dataclass(frozen=True)
class Problem:
    code: str
    detail: str


def data(reply: Reply) -> dict[str, Any]:
    """What is asked for, or the error that came instead."""
    if not 200 <= reply.status < 300:
        raise error(reply)
    found = _object(reply).get("data")
    if not isinstance(found, dict):
        raise unexpected("what answers there is not Cutout")
    return found


def error(reply: Reply) -> RemoteError:
    known = _problem(reply)
    if not known:
        return _error_of_others(reply)
    # One that still is too busy after all the waiting would be so for the next photo, too.
    is_closed = is_for_all(reply) or reply.status in BUSY
    return (RemoteClosed if is_closed else RemoteError)(known.detail, known.code)


def _error_of_others(reply: Reply) -> RemoteError:
    if reply.status == TOO_LARGE or reply.status >= 500:  # of what is in front of the service
        return RemoteError(f"what answers for the service says {reply.status}", UNEXPECTED)
    place = _shown(reply.headers.get("Location", ""))
    onward = f" and sends on to {place}" if place else ""
    return unexpected(f"what answers there is not Cutout: it says {reply.status}{onward}")


def is_for_all(reply: Reply) -> bool:
    known = _problem(reply)
    return reply.status in STATUSES_FOR_ALL or (known is not None and known.code in CODES_FOR_ALL)


def unexpected(sentence: str) -> RemoteClosed:
    return RemoteClosed(sentence, UNEXPECTED)


def _problem(reply: Reply) -> Problem | None:
    match _object(reply):
        case {"errors": [{"code": str(code), "detail": str(detail)}, *_]}:
            return Problem(_shown(code), _shown(detail))
        case _:
            return None


def _object(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _shown(text: str) -> str:
    """What comes from elsewhere moves no cursor of a terminal."""
    return "".join(letter for letter in text[:LONG] if letter.isprintable())
