"""The contract of Bucket, for S3 and for the bucket in memory that other tests use."""

import time
from io import BytesIO
from uuid import uuid4

import pytest

from cutout.errors import FileTooLarge
from cutout.ports import FileChanged, FileMissing, FileUnreadable
from tests.memory import MemoryBucket


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.aws)])
def any_bucket(request):
    return (
        MemoryBucket(time.time) if request.param == "memory" else request.getfixturevalue("bucket")
    )


@pytest.fixture
def folder():
    return f"{uuid4().hex}/"


def test_a_stored_file_can_be_read(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png")

    stored = any_bucket.get(f"{folder}a")

    assert stored.data == b"photo"
    assert any_bucket.get(f"{folder}a", stored.etag) == stored


def test_a_file_that_does_not_exist_is_missing(any_bucket, folder):
    with pytest.raises(FileMissing):
        any_bucket.get(f"{folder}a")
    with pytest.raises(FileMissing):
        any_bucket.get(f"{folder}a", "etag")


def test_an_overwritten_file_has_changed(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png")
    etag = any_bucket.get(f"{folder}a").etag
    any_bucket.put(f"{folder}a", b"another", "image/png")

    with pytest.raises(FileChanged):
        any_bucket.get(f"{folder}a", etag)


def test_files_are_listed_by_prefix_with_their_age(any_bucket, folder):
    before = time.time()
    for name in ("a", "b/c"):
        any_bucket.put(folder + name, b"photo", "image/png")

    found = {file.name: file.modified_at for file in any_bucket.files(folder)}

    assert found.keys() == {f"{folder}a", f"{folder}b/c"}
    assert all(before - 2 <= at <= time.time() + 2 for at in found.values())


def test_more_files_than_one_request_takes_are_deleted(any_bucket, folder):
    names = [f"{folder}{n}" for n in range(1003)]
    for name in names:
        any_bucket.put(name, b"", "image/png")

    any_bucket.delete(iter([*names, f"{folder}nothing"]))

    assert list(any_bucket.files(folder)) == []


def test_head_returns_the_metadata_that_was_put(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png", {"made-of": "b"})

    info = any_bucket.head(f"{folder}a")

    assert info.metadata == {"made-of": "b"}
    assert info.etag == any_bucket.get(f"{folder}a").etag
    assert [file.etag for file in any_bucket.files(folder)] == [info.etag]
    with pytest.raises(FileMissing):
        any_bucket.head(f"{folder}b")


def test_a_file_above_the_limit_is_not_read(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png")

    assert any_bucket.get(f"{folder}a", max_bytes=5).data == b"photo"
    with pytest.raises(FileTooLarge):
        any_bucket.get(f"{folder}a", max_bytes=4)


def test_a_file_object_is_uploaded_from_its_position(any_bucket, folder):
    file = BytesIO(b"one\ntwo\nthree")
    file.readline()

    any_bucket.put_file(f"{folder}a", file, "text/plain")

    opened = any_bucket.open(f"{folder}a")
    assert [opened.readline(), opened.readline(2), opened.read()] == [b"two\n", b"th", b"ree"]
    assert opened.readline() == b""
    with pytest.raises(FileMissing):
        any_bucket.open(f"{folder}b")


def test_files_are_listed_after_a_name(any_bucket, folder):
    for name in ("c", "a/z", "b"):
        any_bucket.put(folder + name, b"photo", "image/png")

    found = [file.name for file in any_bucket.files(folder, f"{folder}a/z")]

    assert found == [f"{folder}b", f"{folder}c"]


def test_a_file_that_s3_refuses_is_unreadable(aws, bucket, resources, folder):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    place = {"Bucket": resources["PictureBucket"], "Key": f"{folder}a"}
    aws.client("s3").put_object(**place, Body=b"photo", **key)

    for read in (bucket.get, bucket.open):
        with pytest.raises(FileUnreadable):
            read(f"{folder}a")
