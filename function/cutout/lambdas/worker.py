"""Entry point of WorkerFunction, which Lambda calls with messages of JobQueue.

The default model is loaded on import, in the init phase, by a process that the pictures run in. A
picture past the deadline ends that process, and its job fails at once.
"""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cutout import bootstrap, engines
from cutout.config import Settings
from cutout.options.record import Options
from cutout.telemetry import log, logger, metrics, record_job_bug

settings = Settings.from_env()
engine = engines.engine_in_workers(settings, 1)
engine.network(Options())
worker = bootstrap.worker(settings, engine, log, record_job_bug)


class Processor(BatchProcessor):
    """Logs why a message returns to the queue."""

    def failure_handler(self, record: SQSRecord, exception: Any) -> Any:
        logger.warning("message requeued", message_id=record.message_id, exc_info=exception)
        return super().failure_handler(record, exception)


# A failed message returns to the queue; an error of the function would count it a second time.
processor = Processor(EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    # Keeps the metrics of two deployments in one account apart.
    metrics.set_default_dimensions(function_name=context.function_name)
    return process_partial_response(event, _run, processor, context)


def _run(record: SQSRecord) -> None:
    worker.run(record.body, int(record.attributes.approximate_receive_count or 1))
