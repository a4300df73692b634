"""Who comes without a key: by way of an upload, and so often a day."""

import asyncio

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from cutout.jobs import uploads as service
from cutout.web.app import create_app
from tests import web_ports as ports
from tests.conftest import encoded
from tests.credit_services import ORIGIN_SECRET
from tests.memory import Clock, MemoryBucket, MemoryTable
from tests.shop import REMOVEBG, UPLOADS, Shop, code


def from_address(address):
    """As API Gateway hands on what came by CloudFront."""
    return {
        "X-Origin-Secret": ORIGIN_SECRET,
        "X-Forwarded-For": f"192.0.2.66, {address}, 198.51.100.1",
    }


@pytest.fixture
def cheap(engine, account):
    """In memory, for what is not about the stores."""
    return Shop(engine, MemoryTable(), MemoryBucket(Clock()), account, Clock())


def in_memory(cheap, photo, headers):
    """An upload without a key."""
    body = {"type": "image/png", "bytes": len(photo)}
    response = cheap.visitor.post(UPLOADS, json=body, headers=headers)
    if response.status_code != 201:
        return response
    upload_id = response.json()["data"]["upload_id"]
    cheap.bucket.put(service.photo_name(upload_id), photo, "image/png")
    return cheap.cut(upload_id, cheap.visitor, headers)


def test_without_a_key_the_calls_of_a_day_are_counted(cheap, photo):
    ann = from_address("203.0.113.7")
    assert in_memory(cheap, photo, ann).status_code == 200

    assert code(in_memory(cheap, photo, ann)) == (429, "allowance_used_up")

    refused = cheap.visitor.post(UPLOADS, json={"type": "image/png", "bytes": 5}, headers=ann)
    assert code(refused) == (429, "allowance_used_up")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60
    assert in_memory(cheap, photo, from_address("203.0.113.8")).status_code == 200


def test_a_forged_address_gives_no_more_calls(cheap, photo):
    for forged in ("1.1.1.1", "2.2.2.2"):
        headers = {"X-Forwarded-For": f"{forged}, {forged}"}
        last = in_memory(cheap, photo, headers)

    assert code(last) == (429, "allowance_used_up")


@pytest.mark.parametrize("source", ["image_file_b64", "image_url", "image_file"])
def test_without_a_key_no_other_source_is_taken(cheap, source):
    sent = {source: "http://photos.example/a.png"}

    assert code(cheap.visitor.post(REMOVEBG, json=sent)) == (403, "auth_failed")


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("application/json", b'{"a":"'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n',
        ),
    ],
)
def test_without_a_key_no_large_body_is_read(cheap, kind, head):
    """Step by step, which the client of other tests does not send."""
    parts, sent = iter([head, *[b"x" * 1_000_000] * 7]), []

    async def receive():
        return {"type": "http.request", "body": next(parts), "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": REMOVEBG, "query_string": b"", "root_path": "",
        "headers": [(b"content-type", kind.encode())], "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(cheap.visitor.app(scope, receive, send))

    assert sent[0]["status"] == 403
    assert b"auth_failed" in sent[1]["body"]


@pytest.mark.parametrize("name", ["alpha_file", "bg_image_file"])
def test_an_uploads_own_pictures_are_taken_without_a_key(cheap, photo, name):
    upload_id = cheap.visitor.post(UPLOADS, json={"type": "image/png", "bytes": 9}).json()["data"][
        "upload_id"
    ]
    cheap.bucket.put(service.photo_name(upload_id), photo, "image/png")
    noise = encoded(Image.effect_noise((1200, 900), 90).resize((120, 90)), "BMP") + b"x" * 2_000_000

    response = cheap.visitor.post(
        REMOVEBG, data={"upload_id": upload_id}, files={name: ("a.bmp", noise)}
    )
    without = cheap.visitor.post(REMOVEBG, files={name: ("a.bmp", noise)})

    assert response.status_code == 303
    assert code(without) == (403, "auth_failed")


def test_a_wrong_key_is_not_taken_for_none(cheap):
    response = cheap.visitor.post(
        UPLOADS, json={"type": "image/png", "bytes": 5}, headers={"X-Api-Key": "word"}
    )

    assert code(response) == (403, "auth_failed")


def test_rembgs_door_may_be_opened_within_the_same_bounds(engine, account, photo):
    shop = Shop(
        engine, MemoryTable(), MemoryBucket(Clock()), account, Clock(), open_rembg_door=True
    )

    answers = [shop.visitor.post("/api/remove", files={"file": photo}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert shop.client.post("/api/remove", files={"file": photo}).headers[
        "X-Credits-Charged"
    ] == "0.25"  # fmt: skip


def test_where_there_is_no_bucket_that_is_told(engine, photo):
    client = TestClient(create_app(ports.of(engine)))

    assert code(client.post(REMOVEBG, json={"upload_id": "a"})) == (400, "unsupported_option")
    assert client.post(UPLOADS, json={"type": "image/png", "bytes": 5}).status_code == 404


def test_what_is_used_up_is_told_before_anything_is_fetched(engine, account, photo):
    asked = []

    def fetch(url, deadline):
        asked.append(url)
        return photo

    url = {"url": "http://photos.example/a.png"}
    for done, ask in (
        (200, lambda shop: shop.visitor.get("/api/remove", params=url)),
        (201, lambda shop: shop.visitor.post(UPLOADS, json=url)),
    ):
        asked.clear()
        shop = Shop(engine, MemoryTable(), MemoryBucket(Clock()), account, Clock(),
                    open_rembg_door=True, fetch=fetch)  # fmt: skip

        assert [ask(shop).status_code for _ in range(5)] == [done] * 3 + [429, 429]
        assert len(asked) == 3


def test_a_key_in_the_wrong_place_is_none(cheap):
    for sent in (
        {"headers": {"Authorization": f"Bearer {cheap.key}"}},
        {"params": {"api_key": cheap.key}},
        {"data": {"api_key": cheap.key}},
    ):
        assert code(cheap.visitor.post(REMOVEBG, **sent)) == (403, "auth_failed")
