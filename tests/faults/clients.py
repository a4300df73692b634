"""Clients of the service that send a mixture of calls and repeat those that meet an error."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO

import requests
from PIL import Image

REMOVEBG, UPLOADS, JOBS = "/v1.0/removebg", "/v1.0/uploads", "/v1.0/jobs"
ATTEMPTS, FIRST_WAIT_S = 10, 0.05
TIMEOUT_S = 60
SIZE = 24, 18
CALLS = {"cut": 30, "repeat": 10, "conflict": 3, "upload": 15, "job": 22, "status": 5, "bad": 15}
WEBHOOK = "https://shop.example/hook"  # which the workers post to the receiver of the run


@dataclass
class SentJob:
    id: str
    has_webhook: bool
    has_subject: bool
    is_deleted: bool


@dataclass
class Record:
    """What clients have sent and received: lists, to which threads can append."""

    calls: list = field(default_factory=list)  # kinds
    given_up: list = field(default_factory=list)  # kinds
    responses: list = field(default_factory=list)  # statuses and codes of the service
    repeated: list = field(default_factory=list)  # requests that were sent again after an error
    paid: list = field(default_factory=list)  # numbers of the calls whose cutout was received
    cuts: list = field(default_factory=list)  # the photos and keys of those that can be repeated
    unknown: list = field(default_factory=list)  # purchases that may be paid or not
    jobs: list = field(default_factory=list)
    deleted_uploads: list = field(default_factory=list)
    problems: list = field(default_factory=list)  # sentences


class GaveUp(Exception):
    """All attempts of a request have failed."""


class Clients:
    def __init__(self, url, key, seed):
        self.record = Record()
        self._url = url
        self._seed = seed
        self._headers = {"X-Api-Key": key}
        self._local = threading.local()

    def run(self, count, threads):
        """Make so many calls in so many threads."""
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self._call, range(count)))
        return self.record

    def _call(self, number):
        chance = random.Random(f"{self._seed} client {number}")
        (kind,) = chance.choices(list(CALLS), list(CALLS.values()))
        self.record.calls.append(kind)
        try:
            getattr(self, f"_{kind}")(number, chance)
        except GaveUp:
            self.record.given_up.append(kind)

    def _cut(self, number, chance):
        has_subject = chance.random() < 0.9
        photo, key = photo_of(number, has_subject), f"key-{number}" if number % 2 else ""
        with self._purchase(number):
            response = self._send_photo(photo, key)
        if not has_subject:
            return self._expect(response, 400, "unknown_foreground")
        if self._expect(response, 200):
            self._check_picture(response.content)
            self.record.paid.append(number)
            self.record.cuts.append((photo, key))

    def _repeat(self, number, chance):
        """A request that has been paid gets its picture again; the audit counts the charges."""
        if self.record.cuts:
            response = self._send_photo(*chance.choice(self.record.cuts))
            if self._expect(response, 200):
                self._check_picture(response.content)

    def _conflict(self, number, chance):
        if keys := [key for _, key in self.record.cuts if key]:
            response = self._send_photo(photo_of(number), chance.choice(keys))
            self._expect(response, 422, "idempotency_key_reused")

    def _send_photo(self, photo, key=""):
        headers = {"Idempotency-Key": key} if key else {}
        files, data = {"image_file": ("a.png", photo)}, {"size": "full", "format": "png"}
        return self._send("POST", REMOVEBG, files=files, data=data, headers=headers)

    def _upload(self, number, chance):
        photo = photo_of(number)
        ticket = self._send(
            "POST", UPLOADS, json={"type": "image/png", "bytes": len(photo)}
        ).json()["data"]
        posted = self._send(
            "POST", ticket["url"], data=ticket["fields"], files={"file": ("a", photo)}
        )
        if not self._expect(posted, 204):
            return
        with self._purchase(number):
            response = self._send(
                "POST", REMOVEBG, headers={"Accept": "application/json"},
                json={"upload_id": ticket["upload_id"], "size": "full", "format": "png"},
            )  # fmt: skip
        if self._expect(response, 200):
            self.record.paid.append(number)
            result = self._send("GET", response.json()["data"]["result_url"])
            if self._expect(result, 200):
                self._check_picture(result.content)
        if chance.random() < 0.7:
            response = self._send("DELETE", f"{UPLOADS}/{ticket['upload_id']}")
            if self._expect(response, 204):
                self.record.deleted_uploads.append(ticket["upload_id"])

    def _job(self, number, chance):
        has_subject, has_webhook = chance.random() < 0.9, chance.random() < 0.5
        data = {"size": "full"} | ({"webhook_url": WEBHOOK} if has_webhook else {})
        with self._purchase(number):
            response = self._send(
                "POST", JOBS, headers={"Idempotency-Key": f"job-{number}"}, data=data,
                files={"image_file": ("a.png", photo_of(number, has_subject))},
            )  # fmt: skip
        if not self._expect(response, 202):
            return
        job = SentJob(response.json()["data"]["job_id"], has_webhook, has_subject, False)
        self.record.jobs.append(job)
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0, 0.2))
            job.is_deleted = self._expect(self._send("DELETE", f"{JOBS}/{job.id}"), 204)

    def _status(self, number, chance):
        if self.record.jobs:
            self._expect(self._send("GET", f"{JOBS}/{chance.choice(self.record.jobs).id}"), 200)

    def _bad(self, number, chance):
        form = {"files": {"image_file": ("a.png", b"\x89PNG\r\n\x1a\n" + b"damaged")}}
        request, status, code = chance.choice([
            (("POST", REMOVEBG, form), 400, "failed_to_read_image"),
            (("POST", REMOVEBG, {"json": {"size": "auto"}}), 400, "missing_source"),
            (("POST", REMOVEBG, {"json": {"upload_id": "a" * 32}}), 404, "upload_not_found"),
            (("POST", REMOVEBG, form | {"headers": {"X-Api-Key": "no"}}), 403, "auth_failed"),
            (("GET", f"{JOBS}/{'a' * 32}", {}), 404, "job_not_found"),
            (("DELETE", f"{UPLOADS}/{'a' * 32}", {}), 404, "upload_not_found"),
            (("POST", UPLOADS, {"json": {"type": "image/png", "bytes": 0}}), 400,
             "invalid_parameter"),
            (("POST", JOBS, form | {"data": {"webhook_url": "http://127.0.0.1"}}), 400,
             "invalid_webhook_url"),
        ])  # fmt: skip
        method, path, arguments = request
        self._expect(self._send(method, path, **arguments), status, code)

    @contextmanager
    def _purchase(self, number):
        """Note a purchase as unknown if its client gives up in the block."""
        try:
            yield
        except GaveUp:
            self.record.unknown.append(number)
            raise

    def _send(self, method, path, **arguments):
        """Send a request until its response is not a 5xx. Raises GaveUp."""
        is_own = path.startswith("/")
        if is_own:
            arguments["headers"] = self._headers | arguments.get("headers", {})
        for attempt in range(ATTEMPTS):
            response = self._try(method, f"{self._url}{path}" if is_own else path, arguments)
            if response is not None and is_own:
                self._note(method, path, response)
            if response is not None and response.status_code < 500:
                return response
            self.record.repeated.append(f"{method} {path}")
            time.sleep(FIRST_WAIT_S * 2 ** min(attempt, 4))
        raise GaveUp

    def _try(self, method, url, arguments):
        """Return the response; None if the connection to S3 has ended before it was whole."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        try:
            return self._local.session.request(method, url, timeout=TIMEOUT_S, **arguments)
        except requests.RequestException as error:
            if url.startswith(self._url):  # no faults are put between clients and the service
                self.record.problems.append(f"{method} {url} has no answer: {error}")
            return None

    def _note(self, method, path, response):
        status = response.status_code
        code = response.json()["errors"][0]["code"] if status >= 400 else ""
        self.record.responses.append((status, code))
        if status >= 500 and (status, code) != (503, "unavailable"):
            self.record.problems.append(f"{method} {path}: {status} {response.text}")

    def _expect(self, response, status, code=""):
        found = response.status_code
        known = "" if found < 400 or not code else response.json()["errors"][0]["code"]
        if (found, known) == (status, code):
            return True
        request = response.request
        self.record.problems.append(
            f"{request.method} {request.url}: {found}, not {status} {code}: {response.text[:300]}"
        )
        return False

    def _check_picture(self, data):
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            if (picture.mode, picture.size) != ("RGBA", SIZE):
                self.record.problems.append(f"a result is {picture.mode} {picture.size}")


def photo_of(number, has_subject=True):
    """Return a red square on blue, or blue alone, as a PNG that no other number has."""
    picture = Image.new("RGB", SIZE, (0, number % 256, number // 256 % 200))
    if has_subject:
        picture.paste((250, 10, 10), (6, 4, 18, 14))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
