"""What every bucket holds to: S3's, and the one in memory that the services' tests use."""

import time
from io import BytesIO
from uuid import uuid4

import pytest

from cutout.errors import FileTooLarge
from cutout.ports.bucket import Changed, Missing, Unreadable
from tests.memory import MemoryBucket


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.aws)])
def any_bucket(request):
    return (
        MemoryBucket(time.time) if request.param == "memory" else request.getfixturevalue("bucket")
    )


@pytest.fixture
def folder():
    return f"{uuid4().hex}/"


def test_what_is_put_is_got(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png")

    stored = any_bucket.get(f"{folder}a")

    assert stored.data == b"photo"
    assert any_bucket.get(f"{folder}a", stored.etag) == stored


def test_what_is_not_there_is_missing(any_bucket, folder):
    with pytest.raises(Missing):
        any_bucket.get(f"{folder}a")
    with pytest.raises(Missing):
        any_bucket.get(f"{folder}a", "etag")


def test_what_was_put_over_has_changed(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png")
    etag = any_bucket.get(f"{folder}a").etag
    any_bucket.put(f"{folder}a", b"another", "image/png")

    with pytest.raises(Changed):
        any_bucket.get(f"{folder}a", etag)


def test_files_are_found_by_their_folder_with_their_age(any_bucket, folder):
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


def test_what_is_put_is_known_without_its_data_by_its_notes(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png", {"made-of": "b"})

    known = any_bucket.know(f"{folder}a")

    assert known.notes == {"made-of": "b"}
    assert known.etag == any_bucket.get(f"{folder}a").etag
    assert [file.etag for file in any_bucket.files(folder)] == [known.etag]
    with pytest.raises(Missing):
        any_bucket.know(f"{folder}b")


def test_what_is_too_large_is_not_read(any_bucket, folder):
    any_bucket.put(f"{folder}a", b"photo", "image/png")

    assert any_bucket.get(f"{folder}a", most_bytes=5).data == b"photo"
    with pytest.raises(FileTooLarge):
        any_bucket.get(f"{folder}a", most_bytes=4)


def test_a_file_is_put_from_where_it_stands_and_read_line_by_line(any_bucket, folder):
    file = BytesIO(b"one\ntwo\nthree")
    file.readline()

    any_bucket.put_file(f"{folder}a", file, "text/plain")

    opened = any_bucket.open(f"{folder}a")
    assert [opened.readline(), opened.readline(2), opened.read()] == [b"two\n", b"th", b"ree"]
    with pytest.raises(Missing):
        any_bucket.open(f"{folder}b")


def test_files_are_listed_by_name_behind_one(any_bucket, folder):
    for name in ("c", "a/z", "b"):
        any_bucket.put(folder + name, b"photo", "image/png")

    found = [file.name for file in any_bucket.files(folder, f"{folder}a/z")]

    assert found == [f"{folder}b", f"{folder}c"]


def test_what_s3_refuses_to_show_is_unreadable_whatever_it_says(aws, bucket, resources, folder):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    place = {"Bucket": resources["PictureBucket"], "Key": f"{folder}a"}
    aws.client("s3").put_object(**place, Body=b"photo", **key)

    for read in (bucket.get, bucket.open):
        with pytest.raises(Unreadable):
            read(f"{folder}a")
