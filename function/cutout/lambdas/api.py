"""Entry point of ApiFunction. The default network is loaded here, in the init phase."""

from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from mangum import Mangum

from cutout import bootstrap
from cutout.config import Settings
from cutout.options.record import Options
from cutout.telemetry import logger, metrics, record, record_answer

settings = Settings.from_env()
engine = bootstrap.engine(settings)
engine.prepare(Options())
asgi = Mangum(bootstrap.app(settings, engine, record), lifespan="off")


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    # So that two deployments in one account do not add up.
    metrics.set_default_dimensions(function_name=context.function_name)
    answer = asgi(event, context)
    record_answer(answer)
    return answer
