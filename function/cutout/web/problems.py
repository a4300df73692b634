"""Errors as HTTP responses, in remove.bg's shape: {"errors": [{"title", "code", "detail"}]}."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from cutout import errors
from cutout.options import removebg as dialect

NO_SNIFF = {"X-Content-Type-Options": "nosniff"}  # keeps browsers from guessing a content type
CLIENT_CLOSED_REQUEST = 499  # nginx's, for logs: nobody receives the response

# The nearest ancestor decides. Statuses are those of rembg's server, where it has one.
STATUS_OF: dict[type[errors.CutoutError], int] = {
    errors.CutoutError: HTTPStatus.BAD_REQUEST,
    errors.FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.ResolutionTooHigh: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.ResultTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.MemoryExceeded: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WorkerDied: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownForeground: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MissingSource: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidParameter: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RequestTimeout: HTTPStatus.REQUEST_TIMEOUT,
    errors.AuthFailed: HTTPStatus.FORBIDDEN,
    errors.InsufficientCredits: HTTPStatus.PAYMENT_REQUIRED,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UploadNotFound: HTTPStatus.NOT_FOUND,
    errors.UploadGone: HTTPStatus.GONE,
    errors.UploadChanged: HTTPStatus.CONFLICT,
    errors.JobNotFound: HTTPStatus.NOT_FOUND,
    errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    # API Gateway's own status for a function that takes too long, so that clients see one status.
    errors.DeadlineExceeded: HTTPStatus.GATEWAY_TIMEOUT,
    errors.Abandoned: CLIENT_CLOSED_REQUEST,
    errors.InvalidSetting: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ModelsMissing: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# remove.bg responds with 400 to whatever a client can correct in the picture or the parameters.
SAME_AT_REMOVEBG = (
    errors.RequestTimeout, errors.AuthFailed, errors.InsufficientCredits, errors.TooManyRequests,
    errors.UploadNotFound, errors.UploadGone, errors.UploadChanged, errors.JobNotFound,
    errors.IdempotencyKeyReused, errors.DeadlineExceeded, errors.Abandoned, errors.InvalidSetting,
    errors.ModelsMissing, errors.Unavailable, errors.InternalError,
)  # fmt: skip
REMOVEBG_STATUS_OF: dict[type[errors.CutoutError], int] = {
    errors.CutoutError: HTTPStatus.BAD_REQUEST,
    **{kind: STATUS_OF[kind] for kind in SAME_AT_REMOVEBG},
}

# Python's own phrases change from version to version.
TITLES = {404: "Not found", 405: "Method not allowed"}


def install(app: Starlette) -> None:
    app.add_exception_handler(errors.CutoutError, _explain)
    app.add_exception_handler(HTTPException, _explain_http)
    app.add_exception_handler(Exception, _explain_bug)


def problem(status: int, title: str, code: str, detail: str) -> JSONResponse:
    """Return the response for an error. It has NO_SNIFF itself, since some errors do not pass the
    middleware that adds it."""
    body = {"errors": [{"title": title, "code": code, "detail": detail}]}
    return JSONResponse(body, status, headers=NO_SNIFF)


def not_allowed(allow: dict[str, str]) -> JSONResponse:
    """Return the response to a method that the path does not have."""
    response = problem(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", "method_not_allowed",
                       f"this path has {allow['Allow']}")  # fmt: skip
    response.headers.update(allow)
    return response


def is_removebg(path: str) -> bool:
    return path.startswith(f"{dialect.PREFIX}/")


def status_of(kind: type[errors.CutoutError], path: str) -> int:
    """Return the status of an error in the contract of the path."""
    statuses = REMOVEBG_STATUS_OF if is_removebg(path) else STATUS_OF
    return next(statuses[each] for each in kind.__mro__ if each in statuses)


def explain(error: errors.CutoutError, path: str) -> JSONResponse:
    """Return the response for an error; the contract of the path decides the status."""
    response = problem(status_of(type(error), path), error.title, error.code, str(error))
    if isinstance(error, errors.TooManyRequests | errors.Unavailable):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.RateLimited):
        response.headers.update(_rate_headers(error))
    return response


def _rate_headers(error: errors.RateLimited) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(error.limit),
        "X-RateLimit-Remaining": str(error.remaining),
        "X-RateLimit-Reset": str(error.full_at),
    }


def _explain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.CutoutError)
    return explain(error, request.url.path)


def _explain_http(request: Request, error: Exception) -> JSONResponse:
    """Explain Starlette's errors: an unknown route, a method not allowed, a broken form."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return explain(errors.FileTooLarge(error.detail), request.url.path)
    title = TITLES.get(error.status_code, "Bad request")
    response = problem(error.status_code, title, title.lower().replace(" ", "_"), error.detail)
    response.headers.update(error.headers or {})
    return response


def _explain_bug(request: Request, error: Exception) -> JSONResponse:
    """Respond to a bug, which the server logs."""
    response = explain(errors.InternalError(), request.url.path)
    # Starlette makes this response outside of the middleware that adds these headers.
    response.headers["X-Request-Id"] = request.state.request_id
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
