"""Queues in SQS: send a message, or hide a received one until it is due again."""

from functools import cache

from .client import JsonService
from .errors import transient

LONGEST_S = 12 * 60 * 60  # SQS's limit of a visibility timeout


class SqsQueue:
    """Sends messages of up to 1 MB, SQS's limit.

    A MessageGroupId makes a standard queue a fair one: SQS delivers messages of other groups before
    those of a group with more than a tenth of the consumers' time (SQS Developer Guide, "How Amazon
    SQS fair queues work").
    """

    def __init__(self, client: JsonService, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: str, group: str = "") -> None:
        named = {"MessageGroupId": group} if group else {}
        with transient("queue"):
            self._client.call("SendMessage", QueueUrl=self._url, MessageBody=message, **named)


class SqsVisibility:
    """Hides received messages of any queue, which SQS then delivers again later."""

    def __init__(self, client: JsonService) -> None:
        self._client = client
        self._url = cache(self._find_url)

    def hide(self, queue_arn: str, receipt: str, seconds: int) -> None:
        """Hide the message with this receipt handle for so many seconds, or for LONGEST_S."""
        with transient("queue"):
            self._client.call(
                "ChangeMessageVisibility",
                QueueUrl=self._url(queue_arn),
                ReceiptHandle=receipt,
                VisibilityTimeout=min(seconds, LONGEST_S),
            )

    def _find_url(self, queue_arn: str) -> str:
        *_, account, name = queue_arn.split(":")
        response = self._client.call("GetQueueUrl", QueueName=name, QueueOwnerAWSAccountId=account)
        url: str = response["QueueUrl"]
        return url
