"""Entry point of BatchFunction: the first and last steps of infra/batch.asl.yaml.

A step receives the output of the step before and returns it with its own results. An output with an
error ends the batch.
"""

from dataclasses import asdict
from typing import Any

from cutout import bootstrap, engines
from cutout.aws.errors import AwsError
from cutout.batch import plan, request
from cutout.batch.gather import Gather, Progress, verdict
from cutout.batch.request import Batch, BatchRequest
from cutout.config import Settings
from cutout.errors import CutoutError, InvalidParameter, Unavailable
from cutout.ports import FileMissing, FileUnreadable
from cutout.telemetry import logger

settings = Settings.from_env()
RESERVE_MS = 60_000  # for the last files and the upload of a part


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event["step"] == "plan":
        return _plan(event["id"], event["order"])
    return _gather(event["batch"], context)


def _plan(batch_id: str, data: Any) -> dict[str, Any]:
    try:
        batch = Batch(batch_id, request.from_json(data))
        _check(batch.request)
        planned = plan.make(batch, bootstrap.bucket)
    except Unavailable:
        raise
    except CutoutError as error:
        return {"error": error.code, "sentence": str(error)}
    except AwsError as error:
        return {"error": error.code, "sentence": str(error)}
    logger.info("batch planned", pictures=planned.pictures, items=planned.items)
    return {
        "error": "",
        "id": batch_id,
        "order": batch.request.to_json(),
        "pictures": planned.pictures,
        "items": planned.items,
        "plan": asdict(planned.file),
        "map": batch.file("map").key,  # the folder of ResultWriter
        "progress": {},
    }


def _check(request: BatchRequest) -> None:
    """Raise an error that every picture would meet."""
    engines.engine(settings).check(request.options)
    for name, reference in request.options.references().items():
        path = request.picture(reference)
        try:
            bootstrap.bucket(path.bucket).head(path.key)
        except (FileMissing, FileUnreadable):
            raise InvalidParameter(f"{name}: {path} does not exist or cannot be read") from None
    if request.account:
        bootstrap.ledger(bootstrap.table(settings.ledger_table)).balance(request.account)


def _gather(state: dict[str, Any], context: Any) -> dict[str, Any]:
    batch = Batch(state["id"], request.from_json(state["order"]))
    gather = Gather(bootstrap.bucket, batch)

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MS)

    progress = gather.run(Progress(**state["progress"]), has_time)
    state |= {"progress": asdict(progress)}
    if progress.is_done:
        state |= {"summary": gather.close(progress, state["pictures"])}
        state |= asdict(verdict(batch.request, state["pictures"], progress))
    return state
