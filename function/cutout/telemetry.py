"""The logger and the metrics of the Lambda functions. Nothing of a picture is logged."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from cutout.picture import Result

logger = Logger(service="cutout")
metrics = Metrics(namespace="Cutout", service="cutout")


def record(result: Result) -> None:
    """The business facts of one cutout."""
    metrics.add_metric("Cutouts", MetricUnit.Count, 1)
    metrics.add_metric("Pixels", MetricUnit.Count, result.size.width * result.size.height)
    for stage, ms in result.timings_ms.items():
        metrics.add_metric(f"{stage.capitalize()}Time", MetricUnit.Milliseconds, ms)
    log(result)


def log(result: Result) -> None:
    logger.info(
        "cutout made",
        model=result.model,
        confidence=result.confidence and round(result.confidence, 3),
        width=result.size.width,
        height=result.size.height,
        timings_ms={stage: round(ms) for stage, ms in result.timings_ms.items()},
    )


def record_answer(answer: dict[str, Any]) -> None:
    """What the caller of one request felt: API Gateway's answer, before it is sent."""
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    if answer["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        metrics.add_metric("Failures", MetricUnit.Count, 1)
        # Our own words, in which there is nothing of the caller's.
        logger.error("answer failed", status=answer["statusCode"], body=answer["body"])
    elif answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
        metrics.add_metric("Rejections", MetricUnit.Count, 1)
