"""Errors of SQS that an emulator never returns."""

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cutout.aws.sqs import SqsQueue
from cutout.errors import Unavailable

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("RequestThrottled", Unavailable), ("AWS.SimpleQueueService.NonExistentQueue", ClientError)],
)
def test_transient_errors_of_a_queue_raise_unavailable_and_others_pass(code, kind):
    client = boto3.client("sqs", **KEYS)
    with Stubber(client) as stubber:
        stubber.add_client_error("send_message", code)
        with pytest.raises(kind):
            SqsQueue(client, "http://queue").send("a")
