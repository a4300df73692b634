"""Uploads against a model of them, in sequences of calls that hypothesis makes up."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from cutout.errors import UploadChanged, UploadGone, UploadNotFound
from cutout.jobs import retention
from cutout.jobs.retention import UPLOAD_ID_S, UPLOAD_S
from cutout.jobs.uploads import Uploads, photo_name
from tests.memory import Clock, MemoryBucket, MemoryTable

FEW = 2  # uploads, so that much happens to each
OWNERS = st.sampled_from(["shop", "shop", "shed", ""])
PHOTOS = st.sampled_from([b"one", b"two"])
SECONDS = st.sampled_from([1, UPLOAD_S / 2, UPLOAD_S, UPLOAD_ID_S - UPLOAD_S])


@dataclass
class Known:
    """The state that an upload should have after the calls so far."""

    owner: str
    created_at: float
    photo: bytes = b""  # in the bucket
    stored_at: float = 0
    pinned: bytes = b""  # the photo that was read first
    is_deleted: bool = False


class UploadStates(RuleBasedStateMachine):
    uploads = Bundle("uploads")

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.bucket = MemoryBucket(self.clock)
        ids = itertools.count()
        self.service = Uploads(
            MemoryTable(), self.bucket, self.clock, lambda: f"id{next(ids)}", "secret", 1000,
            lambda photo: "image/png",
        )  # fmt: skip
        self.known = {}
        self.results = {}  # upload, owner, data and time of each result, by its name

    @precondition(lambda self: len(self.known) < FEW)
    @rule(target=uploads, owner=OWNERS)
    def create(self, owner):
        upload_id = self.service.create(owner, "image/png", 3).id
        self.known[upload_id] = Known(owner, self.clock())
        return upload_id

    @precondition(lambda self: len(self.known) < FEW)
    @rule(target=uploads, owner=OWNERS, photo=PHOTOS)
    def store(self, owner, photo):
        upload_id = self.service.store(owner, photo).id
        self.known[upload_id] = Known(owner, self.clock(), photo, self.clock())
        return upload_id

    @rule(upload_id=uploads, photo=PHOTOS)
    def post(self, upload_id, photo):
        """A client posts its photo with the ticket, for the first time or again."""
        self.bucket.put(photo_name(upload_id), photo, "image/png")
        known = self.known[upload_id]
        known.photo, known.stored_at = photo, self.clock()

    @rule(upload_id=uploads, owner=OWNERS)
    def read(self, upload_id, owner):
        known = self.known[upload_id]
        error = self._error(known, owner) or self._error_of_the_photo(known)
        if error:
            with pytest.raises(error):
                self.service.read(owner, upload_id)
        else:
            assert self.service.read(owner, upload_id) == known.photo
            known.pinned = known.photo

    @rule(upload_id=uploads, owner=OWNERS, data=PHOTOS)
    def store_result(self, upload_id, owner, data):
        """A request that has read the photo stores what it has made of it."""
        known = self.known[upload_id]
        if self._is_unknown(known, owner):
            return
        if error := self._error(known, owner):
            with pytest.raises(error):
                self.service.store_result(owner, upload_id, data, "image/png")
            self._forget_results(upload_id, owner, data)  # also one that was stored before
        else:
            url = self.service.store_result(owner, upload_id, data, "image/png")
            self.results[url.partition("/")[2]] = upload_id, owner, data, self.clock()

    @rule(upload_id=uploads, owner=OWNERS)
    def delete(self, upload_id, owner):
        known = self.known[upload_id]
        if self._is_unknown(known, owner):
            with pytest.raises(UploadNotFound):
                self.service.delete(owner, upload_id)
        else:
            self.service.delete(owner, upload_id)
            known.is_deleted, known.photo = True, b""
            self._forget_results(upload_id)

    @rule()
    def sweep(self):
        before = self.clock() - UPLOAD_S
        retention.sweep(self.bucket, self.clock)
        for known in self.known.values():
            if known.stored_at < before:
                known.photo = b""
        self.results = {name: each for name, each in self.results.items() if each[-1] >= before}

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.clock.now += seconds

    @invariant()
    def the_bucket_has_the_models_files(self):
        photos = {photo_name(name) for name, known in self.known.items() if known.photo}

        assert {file.name for file in self.bucket.files("")} == photos | self.results.keys()

    def teardown(self):
        """An hour later nothing of anybody is left."""
        self.clock.now += UPLOAD_S + 1
        self.sweep()

        assert list(self.bucket.files("")) == []

    def _is_unknown(self, known, owner):
        is_past = known.created_at + UPLOAD_ID_S <= self.clock()
        return is_past or known.owner not in ("", owner)

    def _error(self, known, owner):
        if self._is_unknown(known, owner):
            return UploadNotFound
        has_ended = known.is_deleted or known.created_at + UPLOAD_S <= self.clock()
        return UploadGone if has_ended else None

    def _error_of_the_photo(self, known):
        if not known.photo:
            return UploadNotFound
        return UploadChanged if known.pinned not in (b"", known.photo) else None

    def _forget_results(self, *start):
        """Forget the results of an upload, or of one with an owner and data."""
        kept = [name for name, each in self.results.items() if each[: len(start)] != start]
        self.results = {name: self.results[name] for name in kept}


test_any_sequence_of_calls = UploadStates.TestCase
test_any_sequence_of_calls.settings = settings(max_examples=2 * settings.default.max_examples)
