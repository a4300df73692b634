import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.errors import (
    FileTooLarge,
    InvalidParameter,
    UnknownFileType,
    UploadChanged,
    UploadGone,
    UploadNotFound,
)
from cutout.jobs import retention
from cutout.jobs.retention import JOB_S, LINK_S, UPLOAD_ID_S, UPLOAD_S, VISITOR_LINK_S
from cutout.jobs.uploads import Uploads, photo_name
from tests.memory import MemoryBucket, MemoryTable


@pytest.fixture
def bucket(clock):
    return MemoryBucket(clock)


@pytest.fixture
def uploads(bucket, clock):
    ids = itertools.count()
    return Uploads(
        MemoryTable(), bucket, clock, lambda: f"id{next(ids)}", "secret", 1000, media_type
    )


def media_type(photo):
    if photo != b"photo":
        raise UnknownFileType("no picture")
    return "image/png"


@pytest.fixture
def upload(uploads, bucket):
    """The id of an upload whose photo is in the bucket."""
    made = uploads.create("shop", "image/png", 5)
    bucket.put(photo_name(made.id), b"photo", "image/png")
    return made.id


def test_a_photo_can_be_read_repeatedly(uploads, upload):
    assert [uploads.read("shop", upload) for _ in range(2)] == [b"photo"] * 2


@pytest.mark.parametrize("owner", ["", "shed"])
def test_only_its_owner_can_use_an_upload(uploads, upload, owner):
    for act in (uploads.read, uploads.delete):
        with pytest.raises(UploadNotFound):
            act(owner, upload)


@pytest.mark.parametrize("owner", ["", "shed"])
def test_an_upload_without_an_owner_is_readable_with_its_id(uploads, bucket, owner):
    made = uploads.create("", "image/png", 5)
    bucket.put(photo_name(made.id), b"photo", "image/png")

    assert uploads.read(owner, made.id) == b"photo"


def test_a_visitors_upload_is_used_for_the_first_time_once(uploads, upload):
    visitors = uploads.create("", "image/png", 5).id

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(uploads.use_first, [visitors] * 16)) == 1
    for other in (upload, "id7", "../id0"):
        assert not uploads.use_first(other)
    with pytest.raises(UploadNotFound):
        uploads.read("", "id7")


def test_names_that_nobody_was_given_are_unknown(uploads):
    for name in ("id0", "", "../id0", "x" * 1000):
        with pytest.raises(UploadNotFound):
            uploads.read("shop", name)


def test_a_stored_photo_is_an_upload_like_others(uploads, bucket, clock):
    taken = uploads.store("shop", b"photo")

    assert taken.photo_url == bucket.presigned_url(photo_name(taken.id), 600)
    assert uploads.read("shop", taken.id) == b"photo"
    with pytest.raises(UploadNotFound):
        uploads.read("shed", taken.id)
    assert retention.sweep(bucket, lambda: clock.now + UPLOAD_S + 1) == 1
    uploads.delete("shop", taken.id)
    with pytest.raises(UploadGone):
        uploads.read("shop", taken.id)


@pytest.mark.parametrize(("owner", "seconds"), [("shop", LINK_S), ("", VISITOR_LINK_S)])
def test_links_of_visitors_end_sooner_than_those_of_accounts(uploads, bucket, owner, seconds):
    stored = uploads.store(owner, b"photo")

    assert stored.photo_url.startswith(f"memory:{seconds}/")
    result_url = uploads.store_result(owner, stored.id, b"result", "image/png")
    assert result_url.startswith(f"memory:{seconds}/")
    assert VISITOR_LINK_S <= LINK_S / 10


def test_only_pictures_are_stored(uploads, bucket):
    with pytest.raises(UnknownFileType):
        uploads.store("shop", b"<script>")

    assert list(bucket.files("")) == []


def test_an_upload_without_a_file_is_not_found(uploads):
    made = uploads.create("shop", "image/png", 5)

    with pytest.raises(UploadNotFound, match="nothing has been uploaded yet"):
        uploads.read("shop", made.id)


def test_replacing_a_photo_that_was_read_is_an_error(uploads, upload, bucket):
    uploads.read("shop", upload)
    bucket.put(photo_name(upload), b"another", "image/png")

    with pytest.raises(UploadChanged):
        uploads.read("shop", upload)


def test_two_simultaneous_reads_cannot_return_different_files(uploads, upload, bucket):
    """The file is replaced and read after the first read and before it is pinned."""
    known = uploads._pin

    def change_before(upload_id, stored):
        uploads._pin = known
        bucket.put(photo_name(upload), b"another", "image/png")
        uploads.read("shop", upload)
        known(upload_id, stored)

    uploads._pin = change_before

    with pytest.raises(UploadChanged):
        uploads.read("shop", upload)


def test_a_photo_can_be_replaced_before_it_is_read(uploads, upload, bucket):
    bucket.put(photo_name(upload), b"another", "image/png")

    assert uploads.read("shop", upload) == b"another"


def test_a_deleted_upload_is_gone_with_its_own_results_only(uploads, upload, bucket):
    uploads.store_result("shop", upload, b"cutout", "image/png")
    uploads.store_result("shop", "", b"another", "image/png")

    uploads.delete("shop", upload)
    uploads.delete("shop", upload)

    assert [file.name.split("/")[0] for file in bucket.files("")] == ["results"]
    with pytest.raises(UploadGone):
        uploads.read("shop", upload)


def test_a_result_stored_after_the_deletion_is_deleted(uploads, upload, bucket):
    uploads.delete("shop", upload)

    with pytest.raises(UploadGone):
        uploads.store_result("shop", upload, b"cutout", "image/png")

    assert list(bucket.files("")) == []


def test_an_old_upload_is_gone_and_a_day_later_unknown(uploads, upload, clock):
    clock.now += UPLOAD_S
    with pytest.raises(UploadGone):
        uploads.read("shop", upload)

    clock.now += UPLOAD_ID_S
    with pytest.raises(UploadNotFound):
        uploads.read("shop", upload)


def test_the_sweep_takes_what_is_old_and_leaves_the_rest(uploads, upload, bucket, clock):
    uploads.store_result("shop", upload, b"cutout", "image/png")
    clock.now += UPLOAD_S + 1
    young = uploads.create("shop", "image/png", 5)
    bucket.put(photo_name(young.id), b"photo", "image/png")

    assert retention.sweep(bucket, clock) == 2
    assert retention.sweep(bucket, clock) == 0

    assert uploads.read("shop", young.id) == b"photo"


def test_the_sweep_leaves_what_is_a_jobs_for_a_day(uploads, upload, bucket, clock):
    for name in ("photo", "result.png"):
        bucket.put(f"jobs/a/{name}", b"", "image/png")

    clock.now += UPLOAD_S + 1
    assert retention.sweep(bucket, clock) == 1
    clock.now += JOB_S - UPLOAD_S
    assert retention.sweep(bucket, clock) == 2


def test_a_results_name_depends_on_its_bytes_and_owner(uploads, upload):
    twice = {uploads.store_result("shop", upload, b"cutout", "image/webp") for _ in range(2)}
    others = {uploads.store_result("shed", "", b"cutout", "image/webp"),
              uploads.store_result("shop", "", b"cutout", "image/webp")}  # fmt: skip

    assert len(twice) == 1 and len(twice | others) == 3
    assert all(link.endswith(".webp") for link in twice | others)


@pytest.mark.parametrize(
    ("media_type", "count", "kind"),
    [
        ("image/svg+xml", 5, UnknownFileType),
        ("", 5, UnknownFileType),
        ("image/png; charset=x", 5, UnknownFileType),
        ("image/png", 0, InvalidParameter),
        ("image/png", -1, InvalidParameter),
        ("image/png", 1001, FileTooLarge),
    ],
)
def test_an_invalid_upload_gets_no_ticket(uploads, media_type, count, kind):
    with pytest.raises(kind):
        uploads.create("shop", media_type, count)
