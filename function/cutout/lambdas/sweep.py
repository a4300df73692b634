"""Entry point of SweepFunction, which runs every five minutes."""

from typing import Any

from cutout import bootstrap
from cutout.config import Settings
from cutout.telemetry import logger

settings = Settings.from_env()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    pictures, reservations = bootstrap.sweep(settings)
    logger.info("swept", pictures=pictures, reservations=reservations)
    return {"pictures": pictures, "reservations": reservations}
