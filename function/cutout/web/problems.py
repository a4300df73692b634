"""Errors as HTTP answers, in remove.bg's shape: {"errors": [{"title", "code", "detail"}]}."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cutout import errors
from cutout.options import removebg as dialect

# The nearest ancestor decides. Where rembg's server has a status for a mistake, it is that one.
STATUS_OF: dict[type[errors.CutoutError], HTTPStatus] = {
    errors.CutoutError: HTTPStatus.BAD_REQUEST,
    errors.FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.ResolutionTooHigh: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.ResultTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnknownForeground: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MissingSource: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidParameter: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AuthFailed: HTTPStatus.FORBIDDEN,
    errors.InsufficientCredits: HTTPStatus.PAYMENT_REQUIRED,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.UploadNotFound: HTTPStatus.NOT_FOUND,
    errors.UploadGone: HTTPStatus.GONE,
    errors.UploadChanged: HTTPStatus.CONFLICT,
    errors.JobNotFound: HTTPStatus.NOT_FOUND,
    errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    # As API Gateway's own answer when a function takes too long, so that clients meet one status.
    errors.DeadlineExceeded: HTTPStatus.GATEWAY_TIMEOUT,
    errors.InvalidSetting: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ModelsMissing: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# remove.bg answers 400 to all that a caller can mend in the picture or the parameters.
NOT_THE_PICTURES = (
    errors.AuthFailed, errors.InsufficientCredits, errors.TooManyRequests,
    errors.UploadNotFound, errors.UploadGone, errors.UploadChanged, errors.JobNotFound,
    errors.IdempotencyKeyReused, errors.DeadlineExceeded, errors.InvalidSetting,
    errors.ModelsMissing, errors.Unavailable,
)  # fmt: skip
REMOVEBGS_STATUS_OF: dict[type[errors.CutoutError], HTTPStatus] = {
    errors.CutoutError: HTTPStatus.BAD_REQUEST,
    **{kind: STATUS_OF[kind] for kind in NOT_THE_PICTURES},
}

# Python's own phrases change from version to version.
TITLES = {404: "Not found", 405: "Method not allowed"}


def install(app: FastAPI) -> None:
    app.add_exception_handler(errors.CutoutError, _explain)
    app.add_exception_handler(RequestValidationError, _explain_validation)
    app.add_exception_handler(HTTPException, _explain_http)
    app.add_exception_handler(Exception, _admit)


def problem(status: int, title: str, code: str, detail: str) -> JSONResponse:
    return JSONResponse({"errors": [{"title": title, "code": code, "detail": detail}]}, status)


def is_removebgs(path: str) -> bool:
    return path.startswith(f"{dialect.PREFIX}/")


def explain(error: errors.CutoutError, path: str) -> JSONResponse:
    """The status belongs to the door."""
    statuses = REMOVEBGS_STATUS_OF if is_removebgs(path) else STATUS_OF
    status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
    answer = problem(status, error.title, error.code, str(error))
    if isinstance(error, errors.TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.RateLimited):
        answer.headers.update(_rate(error))
    return answer


def _rate(error: errors.RateLimited) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(error.limit),
        "X-RateLimit-Remaining": str(error.remaining),
        "X-RateLimit-Reset": str(error.full_at),
    }


def _explain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.CutoutError)
    return explain(error, request.url.path)


def _explain_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    sentence = first["msg"].removeprefix("Value error, ")
    return explain(errors.InvalidParameter(f"{first['loc'][-1]}: {sentence}"), request.url.path)


def _explain_http(request: Request, error: Exception) -> JSONResponse:
    """Starlette's own: no such route, a method that the route has not, a broken form."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return explain(errors.FileTooLarge(error.detail), request.url.path)
    title = TITLES.get(error.status_code, "Bad request")
    answer = problem(error.status_code, title, title.lower().replace(" ", "_"), error.detail)
    answer.headers.update(error.headers or {})
    return answer


def _admit(request: Request, error: Exception) -> JSONResponse:
    """A bug of ours. The server logs it; the caller learns no more than that."""
    answer = problem(500, "Internal error", "internal_error", "this is our mistake and is logged")
    # Made outside of what gives these to every other answer.
    answer.headers["X-Request-Id"] = request.state.request_id
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
