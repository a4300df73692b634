"""Messages of SQS that are not to be seen again for a while, by those who have received them."""

from functools import cache
from typing import Any

from .errors import passing
from .sqs import PASSING

LONGEST_S = 12 * 60 * 60  # SQS's limit


class SqsVisibility:
    def __init__(self, client: Any) -> None:
        self._client = client
        self._url = cache(self._find)

    def hide(self, queue: str, receipt: str, seconds: int) -> None:
        """queue is its ARN, which is what Lambda tells of it."""
        with passing("queue", PASSING):
            self._client.change_message_visibility(
                QueueUrl=self._url(queue),
                ReceiptHandle=receipt,
                VisibilityTimeout=min(seconds, LONGEST_S),
            )

    def _find(self, queue: str) -> str:
        *_, account, name = queue.split(":")
        found = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
        url: str = found["QueueUrl"]
        return url
