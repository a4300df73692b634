"""Entry point of WebhookFunction. The webhooks of a batch are posted side by side, so that a
receiver who takes all of his time holds up no other."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cutout import bootstrap
from cutout.config import Settings
from cutout.services.webhooks import Webhook
from cutout.telemetry import logger

BATCH = 10  # the template's BatchSize

settings = Settings.from_env()
webhooks = bootstrap.webhooks(settings)
visibility = bootstrap.visibility()
threads = ThreadPoolExecutor(BATCH)


class Later(Exception):
    """The webhook is to be tried again, so that its message has to stay in the queue."""


class Deliveries(AsyncBatchProcessor):
    def failure_handler(self, record: Any, exception: Any) -> Any:
        if exception[0] is not Later:
            logger.error("webhook not handled", exc_info=exception)
        return super().failure_handler(record, exception)


# A batch of which nothing has arrived is no failure of the function.
processor = Deliveries(EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    return async_process_partial_response(event, _aside, processor, context)


async def _aside(record: SQSRecord) -> None:
    await asyncio.get_running_loop().run_in_executor(threads, _deliver, record)


def _deliver(record: SQSRecord) -> None:
    said = record.json_body
    delivery = webhooks.deliver(Webhook(said["id"], said["account"], said["url"], said["payload"]))
    if delivery.attempt:
        told = vars(delivery.attempt) | {"webhook": said["id"], "state": delivery.state}
        logger.info("webhook attempted", **told)
    if delivery.state == "waiting":
        visibility.hide(record.event_source_arn, record.receipt_handle, delivery.wait_s)
        raise Later
