"""Read the JSON of a service's responses and turn its errors into exceptions."""

import json
from dataclasses import dataclass
from typing import Any

from cutout.errors import RemoteClosed, RemoteError

from .http import Response

# Errors that every other photo would meet, too.
STATUSES_OF_ALL_PHOTOS = (401, 402, 403, 405)
CODES_OF_ALL_PHOTOS = ("allowance_used_up", "not_found", "invalid_model", "unsupported_option")
BUSY = (429, 503)
TOO_LARGE = 413
UNEXPECTED = "unexpected_answer"
MOST_CHARACTERS = 500  # of a message that is shown


@dataclass(frozen=True)
class Problem:
    code: str
    detail: str


def data(response: Response) -> dict[str, Any]:
    """Return the response's data. Raises RemoteError, or RemoteClosed if it concerns all photos."""
    if not 200 <= response.status < 300:
        raise error(response)
    value = json_object(response).get("data")
    if not isinstance(value, dict):
        raise unexpected("this address is not a Cutout service")
    return value


def error(response: Response) -> RemoteError:
    """Build the exception for a response with an error."""
    problem = _problem(response)
    if not problem:
        return _foreign_error(response)
    # A service that is busy after all retries would be busy for the next photo, too.
    is_closed = concerns_all_photos(response) or response.status in BUSY
    return (RemoteClosed if is_closed else RemoteError)(problem.detail, problem.code)


def _foreign_error(response: Response) -> RemoteError:
    """Build the error for a response that Cutout did not write, such as a proxy's."""
    if response.status == TOO_LARGE or response.status >= 500:
        return RemoteError(f"the server in front of the service sent {response.status}", UNEXPECTED)
    location = _printable(response.headers.get("Location", ""))
    redirect = f" with a redirect to {location}" if location else ""
    return unexpected(f"this address is not a Cutout service: it sent {response.status}{redirect}")


def concerns_all_photos(response: Response) -> bool:
    """Tell whether every other photo would meet the same error."""
    problem = _problem(response)
    return response.status in STATUSES_OF_ALL_PHOTOS or (
        problem is not None and problem.code in CODES_OF_ALL_PHOTOS
    )


def unexpected(sentence: str) -> RemoteClosed:
    return RemoteClosed(sentence, UNEXPECTED)


def _problem(response: Response) -> Problem | None:
    match json_object(response):
        case {"errors": [{"code": str(code), "detail": str(detail)}, *_]}:
            return Problem(_printable(code), _printable(detail))
        case _:
            return None


def json_object(response: Response) -> dict[str, Any]:
    """Return the object in a response's JSON; an empty one for another body."""
    try:
        value = json.loads(response.body)
        json.dumps(value, ensure_ascii=False).encode()  # raises for a lone surrogate
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _printable(text: str) -> str:
    """Drop control characters, which could change the terminal."""
    return "".join(character for character in text[:MOST_CHARACTERS] if character.isprintable())
