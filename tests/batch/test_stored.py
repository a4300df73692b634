"""Batches that version 0.1.0 planned, and results that it made."""

import json
from pathlib import Path

import pytest

from cutout.batch import request
from cutout.batch.request import Batch, Item
from cutout.batch.worker import BatchWorker
from cutout.credits.ledger import Ledger
from cutout.ports import FileInfo
from tests.job_services import new_id
from tests.memory import MemoryTable

VERSION_0_1 = json.loads((Path(__file__).parent / "stored" / "0.1.0.json").read_text())
BATCHES = pytest.mark.parametrize(
    "stored", VERSION_0_1["batches"], ids=lambda stored: str(stored["given"]["parameters"])
)


class ResultBucket:
    """Has a result of version 0.1.0 under every name. No photo can be read from it."""

    def __init__(self, metadata):
        self.metadata = metadata
        self.put_names = []

    def head(self, name):
        return FileInfo('"result"', self.metadata)

    def put(self, name, data, media_type):
        self.put_names.append(name)


@BATCHES
def test_a_result_with_its_former_name_is_neither_made_nor_charged_again(clock, stored):
    asked = request.from_json(stored["BatchInput"]["order"])
    bucket = ResultBucket(stored["notes"])
    worker = BatchWorker(
        lambda name: bucket,
        Ledger(MemoryTable(), clock, new_id),
        measure=None,
        network=lambda options: VERSION_0_1["model"],
        remove_background=None,
        record=None,
        report_bug=None,
        max_bytes=0,
    )

    counted = worker.run([Item.from_json(item) for item in stored["Items"]], Batch("later", asked))

    assert counted == {"skipped": 1}
    assert len(bucket.put_names) == 1  # the outcomes


@BATCHES
def test_a_stored_request_equals_its_canonical_form(stored):
    old = request.from_json(stored["given"])

    assert "parameters" not in old.to_json()
    assert request.from_json(json.loads(json.dumps(old.to_json()))) == old
