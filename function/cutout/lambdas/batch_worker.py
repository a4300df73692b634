"""Entry point of BatchWorkerFunction, which Step Functions calls with some items of a batch.

The default model is loaded on import, in the init phase, by a process that the pictures run in. A
picture past the deadline ends that process, and the other items go on.
"""

from typing import Any

from cutout import bootstrap, engines
from cutout.aws.errors import AwsError
from cutout.batch import request
from cutout.batch.request import Batch, Item
from cutout.config import Settings
from cutout.options.record import Options
from cutout.telemetry import log, log_picture_bug, logger

settings = Settings.from_env()
engine = engines.engine_in_workers(settings, 1)
engine.network(Options())
worker = bootstrap.batch_worker(settings, engine, log, log_picture_bug)


class RefusedByAws(Exception):
    """AWS refused a call permanently, so that infra/batch.asl.yaml does not retry."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    shared = event["BatchInput"]
    batch = Batch(shared["id"], request.from_json(shared["order"]))
    items = [Item.from_json(item) for item in event["Items"]]
    try:
        count = dict(worker.run(items, batch, event["Attempt"]))
    except AwsError as error:
        raise RefusedByAws(str(error)) from error
    logger.info("items done", statuses=count)
    return count
