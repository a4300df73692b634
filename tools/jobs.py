"""Run queued jobs on this machine, as Lambda's poller does on AWS."""

import logging
import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Result
from cutout.engine import Engine
from cutout.errors import CutoutError
from cutout.jobs.worker import Work

WAIT_S = 2  # for a message; boto3's client waits five seconds at most
COUNT = "ApproximateReceiveCount"
log = logging.getLogger("uvicorn.error")


def start(engine: Engine, stopping: threading.Event) -> None:
    """Run jobs in a thread until the event is set."""
    settings = Settings.from_env()
    work = bootstrap.work(settings, engine, _record)
    arguments = bootstrap.client("sqs"), settings.job_queue, work, stopping
    threading.Thread(target=_take_all, args=arguments, daemon=True).start()


def take(sqs: Any, url: str, work: Work) -> None:
    """Run the jobs that arrive within WAIT_S, often none."""
    asked = {"QueueUrl": url, "WaitTimeSeconds": WAIT_S, "MessageSystemAttributeNames": [COUNT]}
    for message in sqs.receive_message(**asked).get("Messages", []):
        if _is_done(message, work):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _take_all(sqs: Any, url: str, work: Work, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            take(sqs, url, work)
        except (BotoCoreError, ClientError) as error:
            if not stopping.is_set():  # then the queue has ended with its local AWS
                log.warning("the job queue does not answer: %s", error)
                stopping.wait(WAIT_S)


def _is_done(message: dict[str, Any], work: Work) -> bool:
    try:
        work.run(message["Body"], int(message["Attributes"][COUNT]))
    except CutoutError as error:
        log.warning("a job will be tried again: %s", error)
        return False
    except Exception:  # Lambda's poller survives every failure of its function too
        log.exception("a job will be tried again")
        return False
    return True


def _record(result: Result) -> None:
    log.info("job: %s, %d x %d", result.model, result.size.width, result.size.height)
