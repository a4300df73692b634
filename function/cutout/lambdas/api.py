"""Entry point of ApiFunction. The default model is loaded on import, in the init phase.

Lambda's runtime calls the handler. `python -m cutout.lambdas.api` is a runtime by itself, which
streams the responses, and wants CUTOUT_STREAM_RESPONSES=true.

A picture that goes on past the deadline ends the process: after its error response where responses
are streamed, and in place of the response otherwise.
"""

import logging
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from mangum import Mangum

from cutout import bootstrap, engines
from cutout.config import Settings
from cutout.options.record import Options
from cutout.telemetry import logger, metrics, record, record_response

from . import streaming

# CloudFront puts it before the paths of requests without an API key, for API Gateway's throttling.
VISITORS = "/visitors"

settings = Settings.from_env()
engine = engines.watched_engine(settings)
engine.prepare(Options())
asgi = Mangum(
    bootstrap.app(settings, engine, record),
    lifespan="off",
    api_gateway_base_path=VISITORS,
    custom_handlers=[streaming.RawBody] if settings.stream_responses else [],
)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    # Keeps the metrics of two deployments in one account apart.
    metrics.set_default_dimensions(function_name=context.function_name)
    response: dict[str, Any] = asgi(event, context)
    record_response(response)
    if engine.is_stuck and not settings.stream_responses:
        streaming.end()
    return response


if __name__ == "__main__":
    # Mangum logs the traceback of a bug. Lambda's own runtime makes one line of it, too.
    logging.getLogger("mangum").addHandler(logger.registered_handler)
    within_s = settings.deadline_s and settings.deadline_s + streaming.GRACE_S
    streaming.serve(handler, within_s, lambda: engine.is_stuck)
