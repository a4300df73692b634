"""Takes jobs from their queue on this machine, as Lambda's poller does on AWS."""

import logging
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Result
from cutout.engine import Engine
from cutout.errors import CutoutError
from cutout.jobs.worker import Work

WAIT_S = 2  # at the queue; the client waits for five seconds at most
COUNT = "ApproximateReceiveCount"
log = logging.getLogger("uvicorn.error")


def start(engine: Engine) -> None:
    """In the background, until the process ends."""
    settings = Settings.from_env()
    work = bootstrap.work(settings, engine, _record)
    queue = bootstrap.client("sqs"), settings.job_queue, work
    threading.Thread(target=_take_all, args=queue, daemon=True).start()


def take(sqs: Any, url: str, work: Work) -> None:
    """What is there by now, which is often nothing."""
    asked = {"QueueUrl": url, "WaitTimeSeconds": WAIT_S, "MessageSystemAttributeNames": [COUNT]}
    for message in sqs.receive_message(**asked).get("Messages", []):
        if _is_done(message, work):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _take_all(sqs: Any, url: str, work: Work) -> None:
    while True:
        try:
            take(sqs, url, work)
        except (BotoCoreError, ClientError) as error:
            log.warning("no jobs are taken: %s", error)
            time.sleep(WAIT_S)


def _is_done(message: dict[str, Any], work: Work) -> bool:
    try:
        work.run(message["Body"], int(message["Attributes"][COUNT]))
    except CutoutError as error:
        log.warning("a job comes back: %s", error)
        return False
    except Exception:  # whatever it is: Lambda's poller outlives a function that fails, too
        log.exception("a job comes back")
        return False
    return True


def _record(result: Result) -> None:
    log.info("job: %s, %d x %d", result.model, result.size.width, result.size.height)
