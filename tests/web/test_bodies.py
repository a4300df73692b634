"""Where the bodies of requests are kept: memory, the temp folder, and what happens without both."""

import asyncio
import tempfile
from base64 import b64encode
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from cutout.errors import OutOfSpace
from cutout.web.app import create_app
from cutout.web.bodies import BodyMemory, BodyStore
from tests.disks import full_disk
from tests.web_ports import ports

REMBG, REMOVEBG = "/api/remove", "/v1.0/removebg"
FIELDS = {REMBG: "file", REMOVEBG: "image_file"}


@pytest.fixture
def no_temp_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))


def write(store, *chunks):
    async def written():
        file = store.new_file()
        for chunk in chunks:
            await file.write(chunk)
        return file

    return asyncio.run(written())


@pytest.mark.parametrize("memory", [0, 3, 4, 7, 100])
def test_a_file_is_read_as_it_was_written_wherever_it_is_kept(memory):
    with closing(BodyStore(BodyMemory(memory))) as store:
        file = write(store, b"abc", b"d" * 5, b"e")

        assert (file.size, file.read(), file.read()) == (9, b"abcddddde", b"abcddddde")


def test_a_closed_store_gives_back_all_memory_also_that_of_files_on_disk():
    memory = BodyMemory(10)
    with closing(BodyStore(memory)) as store:
        write(store, b"x" * 8, b"y" * 8)  # on disk, which gives the memory back at once
        write(store, b"z" * 4)
        store.new_text().append(b"t" * 6)
        assert not memory.reserve(1)

    assert memory.reserve(10)


def test_texts_beyond_the_memory_are_refused_and_take_nothing():
    memory = BodyMemory(10)
    with (
        closing(BodyStore(memory)) as store,
        pytest.raises(OutOfSpace, match="as a file of a form"),
    ):
        store.new_text().append(b"t" * 11)

    assert memory.reserve(10)


def test_a_long_text_is_read_as_it_came():
    parts = [bytes([number]) * 700_000 for number in range(5)]
    with closing(BodyStore(BodyMemory(10_000_000))) as store:
        text = store.new_text()
        for part in parts:
            text.append(part)

        assert len(text) == 3_500_000
        assert text.take() == b"".join(parts)


def test_the_text_of_a_closed_store_takes_no_memory_while_its_error_is_handled():
    with closing(BodyStore(BodyMemory(10))) as store:
        text = store.new_text()
        text.append(b"t" * 10)

    assert text.take() == b""


def test_a_disk_that_is_almost_full_is_no_shorter_file():
    with closing(BodyStore(BodyMemory(0))) as store, full_disk(1000):
        assert write(store, b"x" * 1000).read() == b"x" * 1000
        with pytest.raises(OutOfSpace):
            write(store, b"x" * 600, b"y" * 600)


@pytest.mark.parametrize("path", FIELDS)
def test_a_photo_up_to_the_limit_needs_no_temp_folder(engine, photo, no_temp_folder, path):
    padded = photo + b"\0" * 3_000_000
    client = TestClient(create_app(ports(engine, max_bytes=len(padded))))

    assert client.post(path, files={FIELDS[path]: padded}).status_code == 200
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", FIELDS)
def test_without_memory_and_temp_folder_it_is_503_until_there_is_room(
    engine, photo, no_temp_folder, path, monkeypatch
):
    memory = BodyMemory(100)
    client = TestClient(create_app(ports(engine, body_memory=memory)))

    refused = client.post(path, files={FIELDS[path]: photo})
    unready = client.get("/readyz")
    monkeypatch.undo()

    for response in (refused, unready):
        (error,) = response.json()["errors"]
        assert (response.status_code, error["code"]) == (503, "out_of_space")
    assert client.get("/readyz").status_code == 200
    assert client.post(path, files={FIELDS[path]: photo}).status_code == 200
    assert memory.reserve(100)


def test_a_full_disk_is_503_too(engine, photo):
    client = TestClient(create_app(ports(engine, body_memory=BodyMemory(0))))

    with full_disk(len(photo) - 1):
        response = client.post(REMBG, files={"file": photo})

    assert response.status_code == 503
    assert response.json()["errors"][0]["code"] == "out_of_space"


@pytest.mark.parametrize("kind", ["json", "data", "files"])
def test_base64_beyond_the_memory_is_503(engine, photo, kind):
    client = TestClient(create_app(ports(engine, body_memory=BodyMemory(100))))

    text = b64encode(photo).decode()
    response = client.post(
        REMOVEBG, **{kind: {"image_file_b64": (None, text) if kind == "files" else text}}
    )

    assert response.status_code == 503
    assert response.json()["errors"][0]["code"] == "out_of_space"
