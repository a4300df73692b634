"""Entry point of CloseFunction, which closes the service to visitors when its costs are too high.

infra/operations.yaml says when: CostAlarm invokes the function as it starts and as it ends, and
Budget sends a message through SNS. `python -m tools.visitors open` opens the service by hand.
"""

from typing import Any

from cutout import bootstrap
from cutout.config import Settings
from cutout.credits import closing
from cutout.telemetry import logger

settings = Settings.from_env()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> int:
    """Return the number of days that were closed or opened."""
    if "Records" in event:  # of SNS
        change = closing.close_for_budget
    elif event["alarmData"]["state"]["value"] == "ALARM":
        change = closing.close_for_alarm
    else:
        change = closing.end_alarm
    days = bootstrap.change_visits(settings, change)
    logger.warning("visits changed", change=change.__name__, days=len(days))
    return len(days)
