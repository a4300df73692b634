"""Entry point of WebhookFunction. The webhooks of a batch are posted side by side, so that a
receiver who takes all of his time holds up no other."""

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


class Later(Exception):
    """The webhook is to be tried again, so that its message has to stay in the queue."""


class SideBySide(BatchProcessor):
    """Powertools' own way to that is asyncio's, in which our tables and sockets would only wait."""

    def process(self) -> list[Any]:
        with ThreadPoolExecutor(len(self.records)) as threads:
            return list(threads.map(self._process_record, self.records))

    def failure_handler(self, record: Any, exception: Any) -> Any:
        if exception[0] is not Later:
            logger.error("webhook not handled", exc_info=exception)
        return super().failure_handler(record, exception)


# A batch of which nothing has arrived is no failure of the function.
processor = SideBySide(EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(event, _deliver, processor, context)


def _deliver(record: SQSRecord) -> None:
    said = record.json_body
    delivery = webhooks.deliver(Webhook(said["id"], said["account"], said["url"], said["payload"]))
    if delivery.attempt:
        told = vars(delivery.attempt) | {"webhook": said["id"], "state": delivery.state}
        logger.info("webhook attempted", **told)
    if delivery.state == "waiting":
        visibility.hide(record.event_source_arn, record.receipt_handle, delivery.wait_s)
        raise Later
