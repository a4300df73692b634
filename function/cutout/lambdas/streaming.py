"""A runtime of Lambda that streams responses, which Lambda's own for Python does not.

A response in one piece has 6 MB at most, and base64 leaves 4.7 of them to a picture. Both formats
are those of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and of
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html.
"""

import faulthandler
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPMessage
from typing import Any, NoReturn

from mangum.handlers import APIGateway
from mangum.handlers.utils import handle_multi_value_headers
from mangum.types import Response

INVOCATION = "/2018-06-01/runtime/invocation"
DELIMITER = bytes(8)  # between the JSON of status and headers, and the body
CHUNK_BYTES = 256 * 1024
GRACE_S = 3  # after the deadline of a request, for its error response
HEADERS = {
    "Content-Type": "application/vnd.awslambda.http-integration-response",
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
}
# Lambda sends it with an event and wants it back with the response.
INVOCATION_ID = "Lambda-Runtime-Invocation-Id"

Handler = Callable[[dict[str, Any], "Context"], dict[str, Any]]
logger = logging.getLogger(__name__)


class RawBody(APIGateway):
    """Mangum's adapter for API Gateway's REST APIs, but the response's body stays bytes."""

    def __call__(self, response: Response) -> dict[str, Any]:
        headers, repeated = handle_multi_value_headers(response["headers"])
        body = response["body"]
        if not body:  # without it API Gateway would announce chunks
            headers.setdefault("content-length", "0")
        return {
            "statusCode": response["status"],
            "headers": headers,
            "multiValueHeaders": repeated,
            "body": body,
        }


@dataclass(frozen=True)
class Context:
    """The fields of Lambda's context object that this package and Powertools read."""

    aws_request_id: str
    invoked_function_arn: str
    function_name: str
    memory_limit_in_mb: int


def serve(
    handler: Handler, within_s: float = 0, is_stuck: Callable[[], bool] = lambda: False
) -> None:
    """Call the handler with each event and stream its responses.

    If is_stuck is true after a response, the process ends, and Lambda starts another for the next
    event. A bug ends the process, as does a handler that takes longer than within_s (0 is no
    limit), which is logged with the stage that it was at; Lambda reports an error and starts
    another process. Lambda's own timeout covers the streaming, too, and comes later.
    """
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    # Without a timeout, since Lambda stops the process between events.
    with closing(HTTPConnection(address)) as events:
        while True:
            events.request("GET", f"{INVOCATION}/next")
            received = events.getresponse()
            event = json.loads(received.read())
            if received.status != HTTPStatus.OK:
                raise RuntimeError(f"Lambda has no event: {received.status} {event}")
            _trace(received.headers)
            if within_s:
                faulthandler.dump_traceback_later(within_s, exit=True)
            response = handler(event, _context(received.headers))
            faulthandler.cancel_dump_traceback_later()
            _send(address, received.headers, response)
            if is_stuck():
                end()


def end() -> NoReturn:
    """End the process at once, whatever its threads do."""
    logger.error("the process ends, since a picture is still running past its deadline")
    sys.stdout.flush()
    os._exit(1)


def _context(headers: HTTPMessage) -> Context:
    return Context(
        headers["Lambda-Runtime-Aws-Request-Id"],
        headers["Lambda-Runtime-Invoked-Function-Arn"],
        os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]),
    )


def _trace(headers: HTTPMessage) -> None:
    """Let aws/client.py send X-Ray's id of this request to the services that it calls."""
    if trace_id := headers["Lambda-Runtime-Trace-Id"]:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id


def _send(address: str, headers: HTTPMessage, response: dict[str, Any]) -> None:
    """Stream a response. Log one that Lambda does not take, as when the client has hung up."""
    path = f"{INVOCATION}/{headers['Lambda-Runtime-Aws-Request-Id']}/response"
    invocation_id = headers[INVOCATION_ID]
    sent = HEADERS | ({INVOCATION_ID: invocation_id} if invocation_id else {})
    try:
        with closing(HTTPConnection(address)) as connection:  # Lambda wants one for each stream
            connection.request("POST", path, _parts(response), sent, encode_chunked=True)
            taken = connection.getresponse()
            if taken.status != HTTPStatus.ACCEPTED:
                logger.error("Lambda refused the response: %s %s", taken.status, taken.read())
    except OSError as error:
        logger.error("Lambda did not take the whole response: %s", error)


def _parts(response: dict[str, Any]) -> Iterator[bytes]:
    head = {name: value for name, value in response.items() if name != "body"}
    yield json.dumps(head).encode() + DELIMITER
    body = response["body"]
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]
