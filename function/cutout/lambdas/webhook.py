"""Entry point of WebhookFunction, which posts the webhooks of several messages in parallel, so that
a slow receiver does not delay the others."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cutout import bootstrap
from cutout.config import Settings
from cutout.jobs.webhooks import Webhook
from cutout.telemetry import logger

settings = Settings.from_env()
webhooks = bootstrap.webhooks(settings)
visibility = bootstrap.visibility()


class RetryLater(Exception):
    """The webhook is due again later: its message has to stay in the queue."""


class ParallelProcessor(BatchProcessor):
    """Runs records in threads. Powertools offers asyncio only, which blocking calls would stall."""

    def process(self) -> list[Any]:
        with ThreadPoolExecutor(len(self.records)) as threads:
            return list(threads.map(self._process_record, self.records))

    def failure_handler(self, record: Any, exception: Any) -> Any:
        if exception[0] is not RetryLater:
            logger.error("webhook not handled", exc_info=exception)
        return super().failure_handler(record, exception)


# A batch whose webhooks have all failed is not a failure of the function.
processor = ParallelProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, _deliver, processor, context)


def _deliver(record: SQSRecord) -> None:
    body = record.json_body
    delivery = webhooks.deliver(Webhook(body["id"], body["account"], body["url"], body["payload"]))
    if delivery.attempt:
        fields = vars(delivery.attempt) | {"webhook": body["id"], "state": delivery.state}
        logger.info("webhook attempted", **fields)
    if delivery.state == "waiting":
        visibility.hide(record.event_source_arn, record.receipt_handle, delivery.wait_s)
        raise RetryLater
