"""Events and responses of functions that Lambda calls with SQS messages."""

from types import SimpleNamespace

CONTEXT = SimpleNamespace(
    function_name="hook", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="1"
)


def event(messages, arn):
    records = [
        {
            "messageId": got["MessageId"],
            "receiptHandle": got["ReceiptHandle"],
            "body": got["Body"],
            "attributes": got.get("Attributes", {}),
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
        }
        for got in messages
    ]
    return {"Records": records}


def failed(answer):
    return sorted(failure["itemIdentifier"] for failure in answer["batchItemFailures"])


def arn(sqs, url):
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return asked["Attributes"]["QueueArn"]
