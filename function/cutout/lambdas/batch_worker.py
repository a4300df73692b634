"""Entry point of BatchWorkerFunction, to which Step Functions hands some items of a batch.

The default network is loaded here, in the init phase.
"""

from typing import Any

from botocore.exceptions import ClientError

from cutout import bootstrap
from cutout.batch import order
from cutout.batch.order import Batch
from cutout.config import Settings
from cutout.options.record import Options
from cutout.telemetry import log, logger

settings = Settings.from_env()
engine = bootstrap.engine(settings)
engine.prepare(Options())
worker = bootstrap.batch_worker(settings, engine, log)


class RefusedByAws(Exception):
    """For a reason that does not pass, of which infra/batch.asl.yaml takes no further try."""


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    told = event["BatchInput"]
    batch = Batch(told["id"], order.read(told["order"]))
    items = [order.item(item) for item in event["Items"]]
    try:
        count = dict(worker.run(items, batch, event["Attempt"]))
    except ClientError as error:
        raise RefusedByAws(str(error)) from error
    logger.info("items done", statuses=count)
    return count
