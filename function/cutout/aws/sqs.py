"""The queues, in SQS."""

from typing import Any

from .errors import passing

PASSING = {
    "InternalError", "InternalFailure", "RequestThrottled", "ServiceUnavailable",
    "ThrottlingException",
}  # fmt: skip


class SqsQueue:
    """A message is 1 MB at most: SQS refuses more."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: str) -> None:
        with passing("queue", PASSING):
            self._client.send_message(QueueUrl=self._url, MessageBody=message)
