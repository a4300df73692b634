"""Builds the parts of the service and connects them; `engines` builds engines."""

import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING
from uuid import uuid4

from cutout import installation
from cutout.config import Settings
from cutout.credits.accounts import Accounts
from cutout.credits.allowance import Allowance
from cutout.credits.free_calls import FreeCalls
from cutout.credits.last_use import LastUse
from cutout.credits.ledger import Ledger
from cutout.credits.meter import CreditMeter
from cutout.credits.rate_limit import RateLimit
from cutout.errors import InvalidSetting, RemoteError, Unavailable
from cutout.jobs import retention
from cutout.jobs.submit import Jobs
from cutout.jobs.uploads import Uploads
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Webhooks
from cutout.jobs.worker import Worker
from cutout.picture import Result
from cutout.ports import Bucket, Clock, FileMissing, FileUnreadable, Key, Queue, Table

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from cutout.aws.client import Caller, JsonService
    from cutout.aws.sqs import SqsVisibility
    from cutout.aws.stepfunctions import StepFunctions
    from cutout.batch.worker import BatchWorker
    from cutout.engine.pipeline import Engine
    from cutout.web.ports import Credits

ARN = re.compile("arn:[a-z-]+:secretsmanager:.+")
PROBED = Key("readiness", "readiness")  # of an item that does not exist
STORES = ("ledger_table", "state_table", "bucket", "secret")


def with_secrets(settings: Settings) -> Settings:
    """Return the settings with the values of secrets that they name by an ARN.

    Raises Unavailable.
    """
    return replace(
        settings,
        secret=",".join(_secret_values(settings.secret)[:1]),
        origin_secret=",".join(_secret_values(settings.origin_secret)),
    )


def _secret_values(text: str) -> list[str]:
    if not ARN.fullmatch(text):
        return [text]
    from cutout.aws import secrets_manager

    return secrets_manager.values(json_service("secretsmanager"), text, time.time)


def app(settings: Settings, engine: "Engine", record: Callable[[Result], None]) -> "Starlette":
    """Build the HTTP API, with credits, uploads and jobs where the settings name their stores."""
    # Here and not above: the command line does without Starlette.
    from cutout.net import fetch
    from cutout.net.policy import Policy
    from cutout.web.app import create_app
    from cutout.web.bodies import PHOTOS_IN_MEMORY, BodyMemory
    from cutout.web.concurrency import MOST_OUTSIDE, STORE_THREADS, Slots, Threads
    from cutout.web.ports import Ports
    from cutout.web.readiness import Readiness

    settings = with_secrets(settings)
    has_stores = _has_stores(settings)
    photos = Policy.parse(settings.url_ports, settings.url_sources)
    return create_app(
        Ports(
            check=engine.check,
            remove_background=engine.remove_background,
            is_ready=engine.is_ready,
            model_names=engine.model_names,
            fetch=fetch.Fetcher(settings.max_bytes, photos),
            check_url=partial(fetch.check, policy=photos),
            check_webhook_url=partial(fetch.check, policy=Policy.parse(settings.url_ports)),
            record=record,
            readiness=Readiness(_probe(settings)) if has_stores else None,
            credits=_credits(settings, engine) if has_stores else None,
            uploads=_uploads(settings, engine) if has_stores else None,
            jobs=_jobs(settings) if settings.job_queue else None,
            slots=Slots(settings.threads),
            downloads=Slots(MOST_OUTSIDE),
            upload_reads=Slots(MOST_OUTSIDE),
            store_threads=Threads(STORE_THREADS),
            body_memory=BodyMemory(PHOTOS_IN_MEMORY * settings.max_bytes),
            max_bytes=settings.max_bytes,
            max_result_bytes=settings.max_result_bytes,
            deadline_s=settings.deadline_s,
            ask_for_keys=settings.ask_for_keys,
            open_rembg_door=settings.open_rembg_door,
            substitute_models=settings.substitute_models,
        )
    )


def sweep(settings: Settings) -> tuple[int, int]:
    """Delete pictures past their time and release abandoned reservations; return both counts."""
    return (
        retention.sweep(bucket(settings.bucket), time.time),
        ledger(table(settings.ledger_table)).sweep(),
    )


def change_visits(settings: Settings, change: Callable[[Table, Clock], list[date]]) -> list[date]:
    """Close the service to visitors or open it, by a function of `credits.closing`. Returns the
    days that were changed."""
    return change(table(settings.state_table), time.time)


def worker(
    settings: Settings,
    engine: "Engine",
    record: Callable[[Result], None],
    report_bug: Callable[[str, Exception], None],
) -> Worker:
    """Build what runs queued jobs."""
    from cutout.net.fetch import Fetcher
    from cutout.net.policy import Policy

    webhooks = _queue(settings.webhook_queue) if settings.webhook_queue else None
    return Worker(
        table(settings.state_table),
        bucket(settings.bucket),
        ledger(table(settings.ledger_table)),
        time.time,
        _new_id,
        measure=engine.measure,
        fetch=Fetcher(settings.max_bytes, Policy.parse(settings.url_ports, settings.url_sources)),
        remove_background=engine.remove_background,
        notify=webhooks.send if webhooks else _no_webhook_queue,
        record=record,
        report_bug=report_bug,
        deadline_s=settings.deadline_s,
    )


def batch_worker(
    settings: Settings,
    engine: "Engine",
    record: Callable[[Result], None],
    report_bug: Callable[[str, Exception], None],
) -> "BatchWorker":
    """Build what makes the cutouts of a batch on S3."""
    from cutout.batch.worker import BatchWorker

    return BatchWorker(
        bucket,
        ledger(table(settings.ledger_table)),
        measure=engine.measure,
        network=engine.network,
        remove_background=engine.remove_background,
        record=record,
        report_bug=report_bug,
        max_bytes=settings.max_bytes,
        deadline_s=settings.deadline_s,
    )


def webhooks(settings: Settings) -> Webhooks:
    """Build what delivers queued webhooks."""
    from cutout.net.policy import Policy
    from cutout.net.post import Poster

    secrets = webhook_secrets(table(settings.ledger_table))
    poster = Poster(Policy.parse(settings.url_ports))
    return Webhooks(table(settings.state_table), secrets, poster, time.time)


def visibility() -> "SqsVisibility":
    """Build what hides received messages of AWS's queues."""
    from cutout.aws.sqs import SqsVisibility

    return SqsVisibility(json_service("sqs"))


def webhook_secrets(table: Table) -> WebhookSecrets:
    """Build the webhook secrets of the accounts in a ledger table."""
    return WebhookSecrets(table, time.time, _digits)


def accounts(table: Table) -> Accounts:
    """Build the accounts and API keys of a ledger table."""
    return Accounts(table, time.time, _digits)


def last_use(table: Table) -> LastUse:
    """Build what records in a state table when an API key was last used."""
    return LastUse(table, time.time)


def ledger(table: Table) -> Ledger:
    """Build the ledger of a ledger table."""
    return Ledger(table, time.time, _new_id)


def _has_stores(settings: Settings) -> bool:
    missing = [name for name in STORES if not getattr(settings, name)]
    if missing and len(missing) < len(STORES):
        names = ", ".join(f"CUTOUT_{name.upper()}" for name in missing)
        raise InvalidSetting(f"tables, bucket and secret come together: set {names}, too")
    if missing and settings.job_queue:
        raise InvalidSetting("CUTOUT_JOB_QUEUE needs tables, bucket and secret")
    return not missing


def _credits(settings: Settings, engine: "Engine") -> "Credits":
    from cutout.web import access
    from cutout.web.ports import Credits

    keys, state = table(settings.ledger_table), table(settings.state_table)
    per_address, per_day = settings.calls_per_address, settings.calls_per_day
    origin_secrets = tuple(settings.origin_secret.split(","))
    rate_limit = RateLimit(keys, time.time)
    meter = CreditMeter(ledger(keys), rate_limit, engine.measure, settings.secret)
    return Credits(
        authenticate=access.Authenticate(
            accounts(keys).authenticate, last_use(state).record, origin_secrets
        ),
        visitor=partial(access.visitor, origin_secrets=origin_secrets)
        if per_address and per_day
        else None,
        allow=Allowance(state, time.time, settings.secret, per_address, per_day).consume,
        count_free=FreeCalls(state, time.time).consume,
        count_unseen=meter.count_unseen,
        balance=ledger(keys).balance,
        meter=meter,
    )


def _uploads(settings: Settings, engine: "Engine") -> Uploads:
    return Uploads(
        table(settings.state_table),
        bucket(settings.bucket),
        time.time,
        _new_id,
        settings.secret,
        settings.max_bytes,
        engine.media_type,
    )


def _jobs(settings: Settings) -> Jobs:
    return Jobs(
        table(settings.state_table),
        bucket(settings.bucket),
        _queue(settings.job_queue),
        ledger(table(settings.ledger_table)),
        time.time,
        _new_id,
        settings.secret,
        notifies=bool(settings.webhook_queue),
        most_jobs=settings.jobs_per_account,
    )


def _probe(settings: Settings) -> Callable[[], None]:
    """Return a function that raises Unavailable if a table or the bucket does not respond."""
    tables = table(settings.ledger_table), table(settings.state_table)
    pictures = bucket(settings.bucket)

    from cutout.aws.errors import explained

    def probe() -> None:
        try:
            with explained(), suppress(FileMissing):
                for one in tables:
                    one.get(PROBED)
                pictures.get(f"uploads/{PROBED.pk}")
        except RemoteError as error:
            raise Unavailable(f"the service's tables cannot be used: {error.code}") from error
        except FileUnreadable as error:
            raise Unavailable(f"the service's bucket cannot be used: {error}") from error

    return probe


def _no_webhook_queue(message: str, account: str) -> None:
    raise InvalidSetting("CUTOUT_WEBHOOK_QUEUE: there is none, and a job has a webhook_url")


def _new_id() -> str:
    return uuid4().hex


def _digits(count: int) -> str:
    return secrets.token_hex(count // 2)


def executions(machine: str) -> "StepFunctions":
    """Build what runs batches on a state machine, named by its ARN, for the command line.

    Raises ExtraMissing, InvalidSetting for what is no such ARN, and what explained() raises.
    """
    installation.require_extra("aws", "a batch on s3://")
    import boto3
    from botocore.config import Config

    from cutout.aws.boto3_errors import explained, require_whole_responses
    from cutout.aws.stepfunctions import StepFunctions, region

    # A person waits, and the way to AWS may be a long one.
    client_config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    where = region(machine)
    with explained():
        states, s3 = (
            boto3.client(service, region_name=where, config=client_config)
            for service in ("stepfunctions", "s3")
        )
    for service_client in (states, s3):
        require_whole_responses(service_client)
    return StepFunctions(states, s3, machine)


def table(name: str) -> Table:
    """Build a table in DynamoDB. Raises ExtraMissing and NotConfigured."""
    from cutout.aws.dynamodb import DynamoDbTable

    return DynamoDbTable(json_service("dynamodb"), name)


@cache
def bucket(name: str) -> Bucket:
    """Build a bucket in S3, once for each name. Raises ExtraMissing and NotConfigured."""
    from cutout.aws.s3 import S3Bucket

    return S3Bucket(caller("s3"), name)


def _queue(url: str) -> Queue:
    from cutout.aws.sqs import SqsQueue

    return SqsQueue(json_service("sqs"), url)


def json_service(name: str) -> "JsonService":
    """Build a client of one of TARGETS in aws/client.py, by its name.

    Raises ExtraMissing and NotConfigured.
    """
    called = caller(name)
    from cutout.aws.client import JsonService

    return JsonService(called)


@cache
def caller(service: str) -> "Caller":
    """Build what calls a service of AWS, for the account of the environment, once for each service.

    Raises ExtraMissing and NotConfigured.
    """
    installation.require_extra("aws", "a table, a bucket or a queue on AWS")
    # Imported inside the function: most programs call no service of AWS.
    from cutout.aws.client import Caller
    from cutout.aws.credentials import account

    return Caller(account(os.environ), service)
