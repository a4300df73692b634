"""Entry point of BatchWorkerFunction, to which Step Functions hands some items of a batch.

The default network is loaded here, in the init phase.
"""

from typing import Any

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Options
from cutout.services.batches import order
from cutout.services.batches.order import Batch
from cutout.telemetry import log, logger

settings = Settings.from_env()
engine = bootstrap.engine(settings)
engine.prepare(Options())
work = bootstrap.batch_work(settings, engine, log)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    told = event["BatchInput"]
    batch = Batch(told["id"], order.read(told["order"]))
    items = [order.item(item) for item in event["Items"]]
    count = dict(work.run(items, batch, event["Attempt"]))
    logger.info("items done", statuses=count)
    return count
