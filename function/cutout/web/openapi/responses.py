"""Responses of the description: their headers, and the errors of each operation by status.

The errors are classes. Their statuses come from the tables of `web.problems`, which the server
answers by.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cutout import errors
from cutout.errors import CutoutError
from cutout.picture import MEDIA_TYPES

from .. import problems
from .schemas import REFUSALS, data, kinds
from .values import BINARY, INTEGER, NUMBER, TEXT, Schema, ref, words

PX = INTEGER | {"minimum": 0}
# Each header with its schema and its meaning.
HEADERS: Mapping[str, tuple[Schema, str]] = {
    "X-Request-Id": (TEXT, "the request's id, which is also in the logs"),
    "X-Content-Type-Options": (words(["nosniff"]), "keeps browsers from guessing a content type"),
    "X-Width": (PX, "of the result, px"),
    "X-Height": (PX, "of the result, px"),
    "X-Foreground-Top": (INTEGER, "of the box around the subject in the result, px"),
    "X-Foreground-Left": (INTEGER, "of the box around the subject in the result, px"),
    "X-Foreground-Width": (PX, "of the box around the subject in the result, px"),
    "X-Foreground-Height": (PX, "of the box around the subject in the result, px"),
    "X-Max-Width": (PX, "of the largest result of this photo, px"),
    "X-Max-Height": (PX, "of the largest result of this photo, px"),
    "X-Type": (TEXT, "the type of the request, or other; absent for type_level=none"),
    "X-Credits-Charged": (NUMBER, "credits, in quarters; 0 where nobody is charged"),
    "X-RateLimit-Limit": (INTEGER, "megapixels a minute that the API key may send"),
    "X-RateLimit-Remaining": (INTEGER, "megapixels that the API key may still send"),
    "X-RateLimit-Reset": (INTEGER, "when the rate limit is whole again, in seconds since 1970"),
    "X-Cutout-Model": (TEXT, "the network; absent, as the next four, if the request has an alpha"),
    "X-Cutout-Model-Version": (TEXT, "the network's version"),
    "X-Cutout-Confidence": (
        NUMBER | {"minimum": 0, "maximum": 1},
        "probability that the cutout's IoU with the true mask is 0.8 or more",
    ),
    "X-Cutout-Subjects": (PX, "separate subjects found"),
    "X-Cutout-Looks": (PX, "inferences made"),
    "X-Cutout-Looks-Skipped": (PX, "inferences for which there was no time; absent for none"),
    "X-Cutout-Notice": (
        TEXT,
        "what was done otherwise than asked: sentences, separated by semicolons; absent for none",
    ),
    "Server-Timing": (TEXT, "milliseconds of each stage"),
    "Location": (TEXT | {"format": "uri-reference"}, "of the result, or of the job's status"),
    "Retry-After": (PX, "seconds to wait before the request is sent again"),
    "Accept-Encoding": (words(["identity"]), "the only content coding of bodies"),
    "Access-Control-Allow-Origin": (words(["*"]), "remove.bg sends it always"),
}
ALWAYS = ("X-Request-Id", "X-Content-Type-Options")
OF_A_RESULT = (
    "X-Width", "X-Height", "X-Foreground-Top", "X-Foreground-Left", "X-Foreground-Width",
    "X-Foreground-Height", "X-Credits-Charged", "Server-Timing",
)  # fmt: skip
RATE_LIMIT = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
NOT_OF_EVERY_RESULT = (
    *RATE_LIMIT, "X-Cutout-Model", "X-Cutout-Model-Version", "X-Cutout-Confidence",
    "X-Cutout-Subjects", "X-Cutout-Looks", "X-Cutout-Looks-Skipped", "X-Cutout-Notice",
)  # fmt: skip
REMBG_RESULT = (*OF_A_RESULT, *NOT_OF_EVERY_RESULT)
REMOVEBG_RESULT = (
    *REMBG_RESULT, "X-Max-Width", "X-Max-Height", "X-Type", "Access-Control-Allow-Origin",
)  # fmt: skip
# Without X-Request-Id are responses to connections that the server cuts off.
OPTIONAL = {*NOT_OF_EVERY_RESULT, "X-Type", "Retry-After", "X-Request-Id"}

# The name of each error's response, with what it means.
ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("BadRequest", "The request, the picture or a parameter is not valid"),
    402: ("InsufficientCredits", "The account has not enough credits"),
    403: ("Forbidden", "The operation needs an API key, or the key may not be used from here"),
    404: ("NotFound", "There is no such upload or job, or not any more"),
    408: ("RequestTimeout", "The head or the body came too slowly"),
    409: ("UploadChanged", "The upload has changed since it was first used"),
    410: ("UploadGone", "The upload is deleted"),
    413: ("TooLarge", "Too many bytes or pixels, in the request or in the result"),
    415: ("ContentCodingNotSupported", "The body is compressed"),
    417: ("ExpectationFailed", "Expect can be 100-continue only"),
    422: ("NotProcessable", "A parameter is not valid, or the picture has no clear subject"),
    429: ("TooManyRequests", "More requests or jobs than allowed; wait for Retry-After"),
    500: ("InternalError", "A mistake of the service, which it logs"),
    503: ("Unavailable", "The service is not available; wait for Retry-After, where it is sent"),
    504: ("Timeout", "The picture took longer than a response may take"),
}
ERROR_HEADERS: Mapping[int, tuple[str, ...]] = {
    415: ("Accept-Encoding",),
    429: ("Retry-After", *RATE_LIMIT),
    503: ("Retry-After",),
}

# The errors of every operation: of headers, bodies and the service.
COMMON: tuple[type[CutoutError], ...] = (
    errors.MalformedRequest, errors.InvalidParameter, errors.RequestTimeout, errors.FileTooLarge,
    errors.InternalError, errors.Unavailable,
)  # fmt: skip
OF_A_SOURCE: tuple[type[CutoutError], ...] = (
    errors.MissingSource, errors.MultipleSources, errors.UnreadablePicture, errors.InvalidImageUrl,
    errors.OutOfSpace,
)  # fmt: skip
OF_A_DOWNLOAD: tuple[type[CutoutError], ...] = (
    errors.InvalidImageUrl, errors.ImageDownloadFailed, errors.UnknownFileType,
    errors.DeadlineExceeded,
)  # fmt: skip
OF_A_PICTURE: tuple[type[CutoutError], ...] = (
    errors.UnknownFileType, errors.ImageDownloadFailed, errors.ResolutionTooHigh,
    errors.UnknownForeground, errors.ResultTooLarge, errors.MemoryExceeded, errors.WorkerDied,
    errors.DeadlineExceeded, errors.ModelsMissing, errors.UnusableModel,
)  # fmt: skip
OF_BACKGROUNDS: tuple[type[CutoutError], ...] = (
    errors.InvalidBackgroundUrl, errors.BackgroundDownloadFailed,
)  # fmt: skip
OF_UPLOADS: tuple[type[CutoutError], ...] = (
    errors.UploadNotFound, errors.UploadGone, errors.UploadChanged,
)  # fmt: skip
OF_CREDITS: tuple[type[CutoutError], ...] = (
    errors.InsufficientCredits, errors.RateLimited, errors.QueueFull, errors.FreeCallsUsedUp,
)  # fmt: skip
# InvalidParameter and its kinds, but for those of parameters that only one contract has.
OF_OPTIONS: tuple[type[CutoutError], ...] = (
    errors.UnsupportedOption, errors.IdempotencyKeyReused,
    *(kind for kind in kinds(errors.InvalidParameter) if kind not in (
        errors.InvalidFormat, errors.InvalidSemitransparency, errors.InvalidWebhookUrl,
    )),
)  # fmt: skip
OF_REMOVEBG: tuple[type[CutoutError], ...] = (
    errors.InvalidFormat, errors.InvalidSemitransparency,
)  # fmt: skip


def header(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/headers/{name}"}


def response(sentence: str, content: Mapping[str, Schema] | None = None, *headers: str) -> Any:
    """Describe a response by the schemas of its content types and the names of its headers."""
    described: dict[str, Any] = {
        "description": sentence,
        "headers": {name: header(name) for name in (*ALWAYS, *headers)},
    }
    if content:
        described["content"] = {kind: {"schema": schema} for kind, schema in content.items()}
    return described


def json(sentence: str, schema: Schema, *headers: str) -> Any:
    return response(sentence, {"application/json": schema}, *headers)


PICTURES: Mapping[str, Schema] = {
    kind: BINARY | {"contentMediaType": kind} for kind in MEDIA_TYPES.values()
}
REMOVEBG: Mapping[int, Any] = {
    200: response(
        "the cutout, or with `Accept: application/json` alone its description in JSON",
        {**PICTURES, "application/json": data(ref("Cutout"))},
        *REMOVEBG_RESULT,
    ),
    303: response(
        "the cutout is at Location for ten minutes: of an upload, or too large for the response",
        None,
        *REMOVEBG_RESULT, "Location",
    ),
}  # fmt: skip
REMBG: Mapping[int, Any] = {
    200: response("the cutout", {"image/png": PICTURES["image/png"]}, *REMBG_RESULT),
    303: response(
        "the cutout is at Location for ten minutes: it is too large for the response",
        None,
        *REMBG_RESULT, "Location",
    ),
}  # fmt: skip
DELETED: Mapping[int, Any] = {204: response("it is deleted")}


def errors_of(
    kinds: Iterable[type[CutoutError]], path: str, others: Iterable[tuple[int, str]] = ()
) -> dict[int, dict[str, Any]]:
    """Describe the errors of an operation by their statuses, with the codes of each.

    others are statuses and codes that no class has."""
    codes: dict[int, list[str]] = {}
    for status, code in (*others, *_statuses(kinds, path)):
        if code not in codes.setdefault(status, []):
            codes[status].append(code)
    return {
        status: {
            "$ref": f"#/components/responses/{ERRORS[status][0]}",
            "description": f"{ERRORS[status][1]}: {', '.join(f'`{code}`' for code in found)}",
        }
        for status, found in sorted(codes.items())
    }


def _statuses(kinds: Iterable[type[CutoutError]], path: str) -> Iterator[tuple[int, str]]:
    for kind in (*kinds, *COMMON):
        yield problems.status_of(kind, path), kind.code
    yield from REFUSALS


def components() -> dict[str, Any]:
    """Return the named headers and responses."""
    return {
        "headers": {
            name: {
                "description": meaning,
                "required": name not in OPTIONAL,
                "schema": schema,
            }
            for name, (schema, meaning) in HEADERS.items()
        },
        "responses": {
            name: json(sentence, ref("ErrorResponse"), *ERROR_HEADERS.get(status, ()))
            for status, (name, sentence) in ERRORS.items()
        },
    }
