"""What must hold after a run, read from the local AWS without faults: nothing is lost, and nothing
is charged twice."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from cutout import errors
from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.s3 import S3Bucket
from cutout.credits import statement
from cutout.credits.ledger import ABANDONED_AFTER_S
from cutout.jobs.job import folder, load, result_name
from cutout.ports import Key
from tests.credit_services import CreditServices, StubEngine

PRICE = 1  # quarters: the photos of a run are previews
# Errors that workers log on the way: the message returns to the queue. The last one is SQS's, of a
# message that has become visible again, as workers.py hides them for two seconds alone.
EXPECTED_OF_WORKERS = {"Unavailable", "Busy", "RetryLater", "ReceiptHandleIsInvalid"}
LOGGED = re.compile(r'"exception_name":\s*"(\w+)"|^(?:sweep: )(\w+)', re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    jobs: dict  # by state
    settled: int
    released: int
    swept: int  # reservations after the run
    errors: tuple  # that workers have logged
    problems: tuple  # sentences


def documented_codes():
    kinds, codes = [errors.CutoutError], set()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        codes.add(getattr(kind, "code", ""))
    return codes - {errors.InternalError.code}


class Audit:
    def __init__(self, aws, names, account, granted):
        """granted is in quarters of a credit."""
        dynamodb = aws.service("dynamodb")
        self._ledger_table = DynamoDbTable(dynamodb, names["LedgerTable"])
        self._state_table = DynamoDbTable(dynamodb, names["StateTable"])
        self._bucket = S3Bucket(aws.caller("s3"), names["PictureBucket"])
        self._account, self._granted = account, granted
        self._problems = []

    def run(self, record, receiver, logs):
        """Return what was found. logs are the texts of the server and of the workers."""
        swept = [self._later().ledger.sweep() for _ in range(2)]
        self._check(swept[1] == 0, f"{swept[1]} reservations are left after a sweep")
        jobs = {sent.id: self._job(sent) for sent in record.jobs}
        self._check_money(record, jobs)
        self._check_webhooks(record, jobs, receiver)
        for upload_id in record.deleted_uploads:
            left = [file.name for file in self._bucket.files(f"uploads/{upload_id}/")]
            self._check(not left, f"a deleted upload has left {left}")
        codes = {code for _, code in record.responses if code} - documented_codes()
        self._check(not codes, f"undocumented codes: {codes}")
        server, *workers = logs
        self._check("Traceback" not in server, server[server.find("Traceback") :][:3000])
        logged = [a or b for text in workers for a, b in LOGGED.findall(text)]
        for line in "".join(workers).splitlines():
            found = {a or b for a, b in LOGGED.findall(line)}
            self._check(found <= EXPECTED_OF_WORKERS, f"a worker has logged {line[-1500:]}")
        states = [job.state for job in jobs.values() if job]
        kinds = [entry.kind for entry in self._entries()]
        return Finding(
            jobs={state: states.count(state) for state in sorted(set(states))},
            settled=kinds.count("settle"),
            released=kinds.count("release"),
            swept=swept[0],
            errors=tuple(logged),
            problems=(*record.problems, *self._problems),
        )

    def _check(self, holds, sentence):
        if not holds:
            self._problems.append(sentence)

    def _later(self):
        """Return the services at a time at which all reservations are abandoned."""
        return CreditServices(
            self._ledger_table, lambda: time.time() + ABANDONED_AFTER_S + 1, StubEngine()
        )

    def _entries(self):
        return list(self._later().ledger.entries(self._account))

    def _job(self, sent):
        """Check an accepted job: its end, its files and its charge."""
        job = load(self._state_table, sent.id, time.time())
        if not job or not job.is_over:
            return self._check(False, f"job {sent.id} is lost: {job and job.state}")
        files = {file.name for file in self._bucket.files(folder(job.id))}
        has_result = job.state == "done" and not sent.is_deleted
        result = {result_name(job.id, job.outcome["media_type"])} if has_result else set()
        self._check(files == result, f"job {job.id} is {job.state} and has the files {files}")
        is_paid = self._is_paid(job.id)
        if job.state != "cancelled":  # of which the work may have been done before
            self._check(is_paid == (job.state == "done"), f"{job.state} job: paid is {is_paid}")
        allowed = {"done"} if sent.has_subject else {"failed"}
        allowed |= {"cancelled"} if sent.is_deleted else set()
        code = job.error.get("code", "")
        if code != "unavailable":  # after four attempts
            self._check(job.state in allowed, f"job {job.id} is {job.state} {job.error}")
        self._check(code in {"", *documented_codes()}, f"a job has failed with {code}")
        return job

    def _is_paid(self, purchase_id):
        item = self._ledger_table.get(Key(f"charge#{self._account}#{purchase_id}", "charge"))
        return bool(item and item["state"] == "settled")

    def _check_money(self, record, jobs):
        entries = self._entries()
        balance = self._later().ledger.balance(self._account)
        charged = sum(entry.charged for entry in entries if entry.kind == "settle")
        self._check(balance == self._granted - charged, f"balance {balance}, charged {charged}")
        try:
            now = datetime.now(UTC)
            month = statement.for_month(entries, f"{now:%Y-%m}")
            self._check(month.held == 0, f"{month.held} quarters are held")
        except statement.Unbalanced as error:
            self._problems.append(f"the statement is unbalanced: {error}")
        paid_jobs = sum(self._is_paid(job_id) for job_id in jobs)
        paid = charged // PRICE - paid_jobs
        due, unknown = len(record.paid), len(record.unknown)
        self._check(
            due <= paid <= due + unknown,
            f"{paid} cutouts are paid; {due} were received, and of {unknown} nothing is known",
        )

    def _check_webhooks(self, record, jobs, receiver):
        for sent in record.jobs:
            job, taken = jobs[sent.id], receiver.statuses(sent.id)
            if not (job and sent.has_webhook):
                self._check(not taken, f"job {sent.id} has an unwanted webhook")
            elif job.state != "cancelled":
                self._check(taken == {job.state}, f"{job.state} job: webhooks said {taken}")
