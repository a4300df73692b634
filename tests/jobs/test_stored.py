"""Jobs that version 0.1.0 queued, as its tables, messages and files had them."""

import base64
import json
from pathlib import Path

import pytest

from cutout.errors import IdempotencyKeyReused
from cutout.jobs.request import STORED, JobRequest
from cutout.options.record import Options
from cutout.options.values import Length, Margins, Reference, Region
from cutout.ports import Key, Write
from tests.credit_services import StubEngine
from tests.job_services import JobServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable

VERSION_0_1 = json.loads((Path(__file__).parent / "stored" / "0.1.0.json").read_text())
JOBS = {job["name"]: job for job in VERSION_0_1["jobs"]}
FIVE_PERCENT = Length(5.0, "%")
MEANT = {
    "a file": Options(max_pixels=10_000_000),
    "named, with many options": Options(
        model="u2netp",
        roi=Region(Length(10.0, "%"), Length(0.0), Length(90.0, "%"), Length(100.0, "%")),
        edges="fine",
        max_pixels=4_000_000,
        crop=True,
        margin=Margins(Length(10.0), FIVE_PERCENT, Length(10.0), FIVE_PERCENT),
        scale=0.333,
        position=(0.25, 0.75),
        background="#81d4fa",
        shadow=0.3,
        format="jpg",
    ),
    "addresses and a webhook, with a test key": Options(
        max_pixels=250_000, backdrop=Reference(url="https://example.com/b.jpg"), format="jpg"
    ),
    "files of alpha and background": Options(
        max_pixels=50_000_000, alpha=STORED, backdrop=STORED, format="webp"
    ),
    "a frame and a blur, named": Options(
        model_version="3",
        max_pixels=1_500_000,
        frame=Region(*(Length(value, "%") for value in (-10.0, -10.0, 110.0, 110.0))),
        blur=0.025,
        format="avif",
    ),
    "the alpha alone": Options(max_pixels=10_000_000, channels="alpha"),
}


class RecordingEngine(StubEngine):
    def remove_background(self, photo, options, deadline):
        self.options = options
        return super().remove_background(photo, options, deadline)


@pytest.fixture
def job_services():
    table, clock = MemoryTable(), Clock()
    clock.now = VERSION_0_1["at"]
    for item in VERSION_0_1["table"]:
        attributes = {name: value for name, value in item.items() if name not in ("pk", "sk")}
        table.write(Write(Key(item["pk"], item["sk"]), set=attributes))
    bucket = MemoryBucket(clock)
    for name, data in VERSION_0_1["files"].items():
        bucket.put(name, base64.b64decode(data), "application/octet-stream")
    return JobServices(
        table, bucket, MemoryQueue(), MemoryQueue(), clock, fetch=lambda url, deadline: b"fetched"
    )


@pytest.mark.parametrize("name", JOBS)
def test_a_queued_job_runs_with_the_options_that_it_meant(job_services, name):
    engine = RecordingEngine()

    job_services.worker(engine).run(JOBS[name]["message"])

    job = job_services.jobs.find("shop", JOBS[name]["job_id"])
    assert job.state == "done"
    assert job.request.options == MEANT[name]
    assert engine.photos == [b"fetched" if "image_url" in JOBS[name]["fields"] else b"a photo"]
    assert engine.options.watermark == ("test key" in name)
    if "files" in name:
        assert (engine.options.alpha, engine.options.backdrop) == (b"an alpha", b"a background")


def test_each_is_charged_once(job_services):
    for _ in range(2):
        for job in JOBS.values():
            job_services.worker(StubEngine()).run(job["message"])

    settled = [entry for entry in job_services.ledger.entries("shop") if entry.kind == "settle"]
    assert len(settled) == len(JOBS) - 1  # a test key's is free


@pytest.mark.parametrize("name", ["named, with many options", "a frame and a blur, named"])
def test_a_request_with_the_idempotency_key_finds_its_job(job_services, name):
    request = JobRequest("shop", "00000001", False, STORED, MEANT[name])
    key = JOBS[name]["headers"]["Idempotency-Key"]

    job = job_services.jobs.create(request, {"photo": b"a photo"}, key)

    assert job.id == JOBS[name]["job_id"]


@pytest.mark.parametrize(
    ("options", "photo"),
    [(Options(crop=True), b"a photo"), (MEANT["named, with many options"], b"another photo")],
)
def test_another_request_with_the_idempotency_key_is_refused(job_services, options, photo):
    request = JobRequest("shop", "00000001", False, STORED, options)

    with pytest.raises(IdempotencyKeyReused):
        job_services.jobs.create(request, {"photo": photo}, "order 7")
