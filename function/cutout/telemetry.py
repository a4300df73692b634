"""Logger and metrics of the Lambda functions. Nothing of a picture's contents is logged."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from cutout.picture import Result

logger = Logger(service="cutout")
metrics = Metrics(namespace="Cutout", service="cutout")
MADE = "cutout made"


def record(result: Result) -> None:
    """Count a cutout in the metrics. Their line also has the facts that log() would log."""
    metrics.add_metric("Cutouts", MetricUnit.Count, 1)
    metrics.add_metric("Pixels", MetricUnit.Count, result.size.width * result.size.height)
    for stage, ms in result.timings_ms.items():
        metrics.add_metric(f"{stage.capitalize()}Time", MetricUnit.Milliseconds, ms)
    facts = {"message": MADE, "correlation_id": logger.get_correlation_id()} | _facts(result)
    for name, value in facts.items():
        metrics.add_metadata(name, value)


def log(result: Result) -> None:
    """Log a cutout with its model, looks, size and timings."""
    stages = {stage: round(ms) for stage, ms in result.timings_ms.items()}
    logger.info(MADE, **_facts(result), timings_ms=stages)


def _facts(result: Result) -> dict[str, Any]:
    return {
        "model": result.model,
        "subjects": result.subject_count,
        "looks": result.looks,
        "looks_skipped": result.looks_skipped,
        "confidence": result.confidence and round(result.confidence, 3),
        "width": result.size.width,
        "height": result.size.height,
    }


def record_job_bug(job_id: str, error: Exception) -> None:
    """Log an unexpected error with its traceback and count it at once: the alarm for failed jobs
    uses this metric."""
    logger.error("job failed by a bug", job_id=job_id, exc_info=error)
    metrics.add_metric("JobBugs", MetricUnit.Count, 1)
    metrics.flush_metrics()


def log_picture_bug(target: str, error: Exception) -> None:
    """Log an unexpected error of a batch's picture with its traceback and the result's address."""
    logger.error("picture failed by a bug", target=target, exc_info=error)


def record_response(response: dict[str, Any]) -> None:
    """Count a response to API Gateway in the metrics, and log it if it is a server error."""
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    metrics.add_metric("BytesOut", MetricUnit.Bytes, len(response["body"]))
    if response["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        metrics.add_metric("Failures", MetricUnit.Count, 1)
        body = response["body"]
        text = body.decode() if isinstance(body, bytes) else body
        # The body of an error is the service's own text and holds no data of the caller.
        logger.error("response failed", status=response["statusCode"], body=text)
    elif response["statusCode"] >= HTTPStatus.BAD_REQUEST:
        metrics.add_metric("Rejections", MetricUnit.Count, 1)
