"""Entry point of BatchFunction: what a batch begins and ends with, as infra/batch.asl.yaml asks.

Each step is told what the one before has answered, and answers that with its own news. An answer
with an error ends the batch.
"""

from dataclasses import asdict
from typing import Any

from botocore.exceptions import ClientError

from cutout import bootstrap
from cutout.batch import order, plan
from cutout.batch.gather import Gather, Progress, verdict
from cutout.batch.order import Batch
from cutout.config import Settings
from cutout.errors import CutoutError, Unavailable
from cutout.telemetry import logger

settings = Settings.from_env()
LEFT_MS = 60_000  # for the last files, and to put a part away


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event["step"] == "plan":
        return _plan(event["id"], event["order"])
    return _gather(event["batch"], context)


def _plan(batch_id: str, told: Any) -> dict[str, Any]:
    try:
        batch = Batch(batch_id, order.read(told))
        _check(batch.order)
        planned = plan.make(batch, bootstrap.bucket)
    except Unavailable:
        raise
    except CutoutError as error:
        return {"error": error.code, "sentence": str(error)}
    except ClientError as error:
        return {"error": error.response["Error"]["Code"], "sentence": str(error)}
    logger.info("batch planned", pictures=planned.pictures, items=planned.items)
    return {
        "error": "",
        "id": batch_id,
        "order": batch.order.told(),
        "pictures": planned.pictures,
        "items": planned.items,
        "plan": asdict(planned.file),
        "map": batch.file("map").key,  # for what Step Functions writes of its own
        "progress": {},
    }


def _check(asked: order.Order) -> None:
    """What would be wrong with every picture."""
    bootstrap.engine(settings).check(asked.options)
    if asked.account:
        bootstrap.ledger(bootstrap.table(settings.ledger_table)).balance(asked.account)


def _gather(told: dict[str, Any], context: Any) -> dict[str, Any]:
    batch = Batch(told["id"], order.read(told["order"]))
    gather = Gather(bootstrap.bucket, batch)

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > LEFT_MS)

    progress = gather.run(Progress(**told["progress"]), has_time)
    told |= {"progress": asdict(progress)}
    if progress.is_done:
        told |= {"summary": gather.close(progress, told["pictures"])}
        told |= asdict(verdict(batch.order, told["pictures"], progress))
    return told
