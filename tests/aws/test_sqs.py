"""Errors of SQS that an emulator never returns."""

import pytest

from cutout.aws.errors import AwsError
from cutout.aws.sqs import SqsQueue
from cutout.errors import Unavailable
from tests.aws_responses import Responses, refused


@pytest.mark.parametrize(
    ("code", "kind"),
    [("RequestThrottled", Unavailable), ("AWS.SimpleQueueService.NonExistentQueue", AwsError)],
)
def test_transient_errors_of_a_queue_raise_unavailable_and_others_pass(monkeypatch, code, kind):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    service = Responses(refused(code), refused(code)).service("sqs")

    with pytest.raises(kind):
        SqsQueue(service, "http://queue").send("a")
