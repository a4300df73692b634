"""The contract of Queue, for SQS and for the queue in memory that other tests use."""

import pytest

from cutout.aws.sqs import SqsQueue
from tests.memory import MemoryQueue


class Received:
    """An SQS queue whose messages can be received."""

    def __init__(self, aws, url):
        self._client = aws.client("sqs")
        self._url = url
        self.send = SqsQueue(aws.service("sqs"), url).send

    def receive(self):
        got = []
        asked = {"QueueUrl": self._url, "MaxNumberOfMessages": 10}
        while some := self._client.receive_message(**asked).get("Messages"):
            got += [message["Body"] for message in some]
        return got


@pytest.fixture(params=["memory", pytest.param("sqs", marks=pytest.mark.aws)])
def any_queue(request):
    if request.param == "memory":
        return MemoryQueue()
    return Received(request.getfixturevalue("aws"), request.getfixturevalue("queue"))


def test_a_sent_message_is_received(any_queue):
    sent = {"one", '{"two": "zwei, δύο"}'}
    for message, group in zip(sent, ["", "shop-1"], strict=True):
        any_queue.send(message, group)

    assert set(any_queue.receive()) == sent
