"""Forms of multipart/form-data as clients send them, whole and broken."""

import asyncio
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from cutout.errors import InvalidParameter, MalformedRequest
from cutout.web import multipart
from cutout.web.app import create_app
from cutout.web.bodies import BodyMemory, BodyStore
from tests.web_ports import ports

FORM = "multipart/form-data; boundary=x"
END = b"--x--\r\n"


def part(disposition, data=b"data", *headers):
    lines = [b"--x", b"Content-Disposition: form-data; " + disposition, *headers, b"", data, b""]
    return b"\r\n".join(lines)


def parsed(body, content_type=FORM, step=7):
    """The names and values of a form that comes in small chunks."""

    async def chunks():
        for start in range(0, len(body), step):
            yield body[start : start + step]

    with closing(BodyStore(BodyMemory(1000))) as store:
        items = asyncio.run(multipart.parse(chunks(), content_type, store, 5, 20))
        return [(name, value if isinstance(value, str) else value.read()) for name, value in items]


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_texts_and_files_come_whole_in_chunks_of_any_size(step):
    body = part(b'name="size"', "größe".encode()) + part(
        b'name="file"; filename="a.png"', b"\r\n--"
    )

    assert parsed(body + END, step=step) == [("size", "größe"), ("file", b"\r\n--")]


@pytest.mark.parametrize(
    "disposition",
    [
        b"name=\"file\"; filename*=UTF-8''%D1%84%D0%BE%D1%82%D0%BE.jpg",
        b"name=\"file\"; filename*=utf-8''a.jpg",
        b"name=\"file\"; FileName*=UTF-8'en'a.jpg",
        b"name=file;filename* = UTF-8''a.jpg",
        b"filename*=UTF-8''a.jpg; name=\"file\"",
        b'name="file"; filename="a.jpg"; filename*=UTF-8\'\'a.jpg',
        b'name="file"; filename=""; filename*=UTF-8\'\'a.jpg',
        b'name="file"; filename=a.jpg',
        b'name="file"; filename="a;\\"b.jpg"',
    ],
)
def test_a_part_with_a_file_name_of_either_kind_is_a_file(disposition):
    for data in (b"data", b""):
        assert parsed(part(disposition, data) + END) == [("file", data)]


def test_a_name_that_looks_like_a_file_name_is_a_text():
    body = part(b"name=\"; filename*=UTF-8''a\"") + END

    assert parsed(body) == [("; filename*=UTF-8''a", "data")]


def test_an_input_for_files_that_nobody_filled_in_is_left_out():
    assert parsed(part(b'name="file"; filename=""', b"") + END) == []


def test_a_form_may_lack_its_end_but_not_the_end_of_a_part():
    whole = part(b'name="a"')

    assert parsed(whole + b"--x\r\n") == [("a", "data")]
    for cut in (whole, whole + part(b'name="b"')[:20], whole + part(b'name="b"')[:-3]):
        with pytest.raises(MalformedRequest, match="ends within"):
            parsed(cut)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"abc", FORM),
        (b"--y\r\n", FORM),
        (b"--x\r\nno header\r\n\r\n", FORM),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--", FORM),
        (b"--x\r\nContent-Type: image/png\r\n\r\n\r\n--x--", FORM),
        (b"--x\r\nA: " + b"a" * 100_000, FORM),
        (b"--x\r\n" + b"A: a\r\n" * 100_000, FORM),
        (part(b'name="a"') + END, "multipart/form-data"),
        (part(b'name="a"') + END, "multipart/form-data; boundary="),
        (part(b'name="a"') + END, "multipart/form-data; boundary=" + "x" * 10_000),
    ],
)
def test_a_broken_form_is_malformed(body, content_type):
    with pytest.raises(MalformedRequest):
        parsed(body, content_type, step=100)


@pytest.mark.parametrize(
    "body", [part(b'name="a"') * 6, part(b'name="a"', b"x" * 21), part(b'name="a"', b"\xff")]
)
def test_too_many_or_too_long_or_undecodable_texts_are_not_valid(body):
    with pytest.raises(InvalidParameter):
        parsed(body + END)


def test_a_picture_that_comes_as_a_text_is_told_by_its_name_to_be_a_file():
    picture = part(b'name="image"', b"\xff\xd8\xff")

    with pytest.raises(InvalidParameter, match=r"'image' .* has to be a file of the form"):
        parsed(picture + END)


@pytest.mark.parametrize("path", ["/api/remove", "/v1.0/removebg"])
def test_a_broken_form_is_400_with_its_code_at_either_contract(engine, path):
    client = TestClient(create_app(ports(engine)))

    response = client.post(path, content=b"abc", headers={"Content-Type": FORM})

    (error,) = response.json()["errors"]
    assert (response.status_code, error["code"]) == (400, "malformed_request")


def test_a_form_has_as_many_files_as_a_request_may_need(engine):
    client = TestClient(create_app(ports(engine)))
    answers = [
        client.post("/api/remove", files=[("file", b"a"), *[("other", b"b")] * count])
        for count in (multipart.MAX_FILES - 1, multipart.MAX_FILES)
    ]

    assert ["more than 8 files" in answer.text for answer in answers] == [False, True]
