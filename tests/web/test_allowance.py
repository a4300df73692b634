"""Visitors, who have no API key: they use uploads, within a daily allowance."""

import asyncio

import pytest
from PIL import Image
from starlette.testclient import TestClient

from cutout.jobs import uploads
from cutout.web.app import create_app
from tests.conftest import encoded
from tests.credit_services import ORIGIN_SECRET
from tests.memory import Clock, MemoryBucket, MemoryTable
from tests.web.service import REMOVEBG, UPLOADS, Service, code
from tests.web_ports import ports


def from_address(address):
    """Headers of a request that came through CloudFront and API Gateway."""
    return {
        "X-Origin-Secret": ORIGIN_SECRET,
        "X-Forwarded-For": f"192.0.2.66, {address}, 198.51.100.1",
    }


@pytest.fixture
def cheap(engine, account):
    """A service whose stores are in memory."""
    return Service(engine, MemoryTable(), MemoryBucket(Clock()), account, Clock())


def in_memory(cheap, photo, headers):
    """A visitor's upload and its cutout."""
    body = {"type": "image/png", "bytes": len(photo)}
    response = cheap.visitor.post(UPLOADS, json=body, headers=headers)
    if response.status_code != 201:
        return response
    upload_id = response.json()["data"]["upload_id"]
    cheap.bucket.put(uploads.photo_name(upload_id), photo, "image/png")
    return cheap.cut(upload_id, cheap.visitor, headers)


def test_visitors_have_a_daily_allowance_per_address(cheap, photo):
    ann = from_address("203.0.113.7")
    assert in_memory(cheap, photo, ann).status_code == 200

    assert code(in_memory(cheap, photo, ann)) == (429, "allowance_used_up")

    refused = cheap.visitor.post(UPLOADS, json={"type": "image/png", "bytes": 5}, headers=ann)
    assert code(refused) == (429, "allowance_used_up")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60
    assert in_memory(cheap, photo, from_address("203.0.113.8")).status_code == 200


def test_an_upload_counts_with_its_first_cutout_and_each_further_one_by_itself(cheap, photo):
    ann = from_address("203.0.113.7")
    size = {"type": "image/png", "bytes": len(photo)}
    upload_id = cheap.visitor.post(UPLOADS, json=size, headers=ann).json()["data"]["upload_id"]
    cheap.bucket.put(uploads.photo_name(upload_id), photo, "image/png")

    cutouts = [cheap.cut(upload_id, cheap.visitor, ann) for _ in range(3)]

    assert [response.status_code for response in cutouts] == [200, 200, 429]


def test_an_upload_id_that_is_made_up_counts(cheap):
    ann = from_address("203.0.113.7")

    asked = [cheap.cut("0" * 32, cheap.visitor, ann).status_code for _ in range(4)]

    assert asked == [404, 404, 404, 429]


def test_a_forged_address_does_not_extend_the_allowance(cheap, photo):
    for forged in ("1.1.1.1", "2.2.2.2"):
        headers = {"X-Forwarded-For": f"{forged}, {forged}"}
        last = in_memory(cheap, photo, headers)

    assert code(last) == (429, "allowance_used_up")


@pytest.mark.parametrize("source", ["image_file_b64", "image_url", "image_file"])
def test_visitors_may_use_no_source_but_an_upload(cheap, source):
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
def test_a_visitors_body_is_read_up_to_a_limit(cheap, kind, head):
    """The body comes in parts, which TestClient cannot send."""
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
def test_visitors_may_send_an_alpha_and_a_background_with_an_upload(cheap, photo, name):
    upload_id = cheap.visitor.post(UPLOADS, json={"type": "image/png", "bytes": 9}).json()["data"][
        "upload_id"
    ]
    cheap.bucket.put(uploads.photo_name(upload_id), photo, "image/png")
    noise = encoded(Image.effect_noise((1200, 900), 90).resize((120, 90)), "BMP") + b"x" * 2_000_000

    response = cheap.visitor.post(
        REMOVEBG, data={"upload_id": upload_id}, files={name: ("a.bmp", noise)}
    )
    without = cheap.visitor.post(REMOVEBG, files={name: ("a.bmp", noise)})

    assert response.status_code == 303
    assert code(without) == (403, "auth_failed")


def test_a_client_with_a_wrong_key_is_no_visitor(cheap):
    response = cheap.visitor.post(
        UPLOADS, json={"type": "image/png", "bytes": 5}, headers={"X-Api-Key": "word"}
    )

    assert code(response) == (403, "auth_failed")


def test_rembgs_endpoints_may_be_opened_to_visitors_within_the_allowance(engine, account, photo):
    service = Service(
        engine, MemoryTable(), MemoryBucket(Clock()), account, Clock(), open_rembg_door=True
    )

    responses = [service.visitor.post("/api/remove", files={"file": photo}) for _ in range(4)]

    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert service.client.post("/api/remove", files={"file": photo}).headers[
        "X-Credits-Charged"
    ] == "0.25"  # fmt: skip


def test_without_a_bucket_an_upload_id_is_refused(engine, photo):
    client = TestClient(create_app(ports(engine)))

    assert code(client.post(REMOVEBG, json={"upload_id": "a"})) == (400, "unsupported_option")
    assert client.post(UPLOADS, json={"type": "image/png", "bytes": 5}).status_code == 404


def test_nothing_is_fetched_once_the_allowance_is_used_up(engine, account, photo):
    asked = []

    def fetch(url, deadline):
        asked.append(url)
        return photo

    url = {"url": "http://photos.example/a.png"}
    for expected, ask in (
        ([200] * 3 + [429] * 2, lambda service: service.visitor.get("/api/remove", params=url)),
        ([201] + [429] * 4, lambda service: service.visitor.post(UPLOADS, json=url)),
    ):
        asked.clear()
        service = Service(engine, MemoryTable(), MemoryBucket(Clock()), account, Clock(),
                    open_rembg_door=True, fetch=fetch)  # fmt: skip

        assert [ask(service).status_code for _ in range(5)] == expected
        assert len(asked) == expected.index(429)


def test_a_key_outside_of_its_header_is_ignored(cheap):
    for sent in (
        {"headers": {"Authorization": f"Bearer {cheap.key}"}},
        {"params": {"api_key": cheap.key}},
        {"data": {"api_key": cheap.key}},
    ):
        assert code(cheap.visitor.post(REMOVEBG, **sent)) == (403, "auth_failed")
