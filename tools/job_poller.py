"""Polls the job queue on this machine and runs its jobs, as Lambda does on AWS."""

import logging
import threading
from typing import Any

from cutout import bootstrap
from cutout.aws.client import JsonService
from cutout.aws.errors import AwsError, NoResponse
from cutout.config import Settings
from cutout.engine.pipeline import Engine
from cutout.errors import CutoutError
from cutout.jobs.worker import Worker
from cutout.picture import Result

WAIT_S = 2  # for messages; aws/client.py gives up after five
COUNT = "ApproximateReceiveCount"
log = logging.getLogger("uvicorn.error")


def start(engine: Engine, stopping: threading.Event) -> None:
    """Poll in a background thread until the event is set."""
    settings = Settings.from_env()
    worker = bootstrap.worker(settings, engine, _record, _report_bug)
    arguments = bootstrap.json_service("sqs"), settings.job_queue, worker, stopping
    threading.Thread(target=_poll, args=arguments, daemon=True).start()


def run_next(sqs: JsonService, url: str, worker: Worker) -> None:
    """Wait up to WAIT_S for messages and run their jobs. A job that fails stays in the queue."""
    request = {"QueueUrl": url, "WaitTimeSeconds": WAIT_S, "MessageSystemAttributeNames": [COUNT]}
    for message in sqs.call("ReceiveMessage", **request).get("Messages", []):
        if _succeeds(message, worker):
            sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _poll(sqs: JsonService, url: str, worker: Worker, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            run_next(sqs, url, worker)
        except (AwsError, NoResponse) as error:
            if not stopping.is_set():  # otherwise the queue has ended with its local AWS
                log.warning("the job queue cannot be polled: %s", error)
                stopping.wait(WAIT_S)


def _succeeds(message: dict[str, Any], worker: Worker) -> bool:
    try:
        worker.run(message["Body"], int(message["Attributes"][COUNT]))
    except CutoutError as error:
        log.warning("a job failed and is retried: %s", error)
        return False
    except Exception:  # Lambda's poller survives any error of its function, too
        log.exception("a job failed and is retried")
        return False
    return True


def _report_bug(job_id: str, error: Exception) -> None:
    log.error("job %s failed by a bug", job_id, exc_info=error)


def _record(result: Result) -> None:
    log.info("job: %s, %d x %d", result.model, result.size.width, result.size.height)
