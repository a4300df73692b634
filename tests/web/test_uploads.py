"""Photos by way of the bucket: on a local S3, which refuses what S3 refuses."""

import time
from base64 import b64decode, b64encode

import pytest
import requests
from PIL import Image

from cutout import errors
from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.s3 import S3Bucket
from cutout.jobs import retention
from cutout.options.record import Options
from tests.conftest import encoded, opened
from tests.shop import REMOVEBG, UPLOADS, Shop, code, post
from tools.time_limits import wait_until


@pytest.fixture
def stores(aws, resources):
    return (
        DynamoDbTable(aws.client("dynamodb"), resources["LedgerTable"]),
        S3Bucket(aws.client("s3"), resources["PictureBucket"]),
    )


@pytest.fixture
def shop(engine, stores, account):
    return Shop(engine, *stores, account)


def test_a_photo_goes_up_is_cut_out_and_comes_down(shop, engine, photo):
    upload_id = shop.uploaded(photo)

    response = shop.cut(upload_id)

    assert response.status_code == 200
    data = response.json()["data"]
    assert {"result_url", "foreground_top", "foreground_width"} <= data.keys()
    assert "result_b64" not in data
    got = requests.get(data["result_url"])
    assert got.headers["Content-Type"] == "image/png"
    assert got.content == engine.remove_background(photo, Options()).data
    assert response.headers["X-Credits-Charged"] == "0.25"


def test_who_wants_the_picture_is_sent_to_it(shop, photo):
    response = shop.cut(shop.uploaded(photo), headers={"Accept": "image/png"})

    assert response.status_code == 303
    assert response.headers["X-Width"] == "120" and response.headers["X-Credits-Charged"] == "0.25"
    assert opened(requests.get(response.headers["Location"]).content).size == (120, 90)


def test_the_same_upload_is_cut_out_again_in_another_way(shop, photo):
    upload_id = shop.uploaded(photo)
    shop.cut(upload_id)

    response = shop.cut(upload_id, format="webp")

    assert opened(requests.get(response.json()["data"]["result_url"]).content).format == "WEBP"


@pytest.mark.parametrize("route", [REMOVEBG, "/api/remove"])
def test_what_is_too_large_for_the_answer_is_in_the_bucket_at_every_door(
    engine, stores, account, photo, route
):
    shop = Shop(engine, *stores, account, max_result_bytes=100)
    name = "image_file" if route == REMOVEBG else "file"

    response = shop.client.post(route, files={name: photo})

    assert response.status_code == 303
    assert response.headers["X-Width"] == "120"
    assert opened(requests.get(response.headers["Location"]).content).size == (120, 90)


def test_json_that_would_be_too_large_has_an_address_instead(engine, stores, account, photo):
    shop = Shop(engine, *stores, account, max_result_bytes=100)

    response = shop.client.post(
        REMOVEBG, files={"image_file": photo}, headers={"Accept": "application/json"}
    )

    data = response.json()["data"]
    assert "result_b64" not in data
    assert opened(requests.get(data["result_url"]).content).size == (120, 90)


def test_every_door_gives_the_same_bytes(shop, engine, photo):
    plain = engine.remove_background(photo, Options()).data
    fields = {"size": "50MP"}
    sent = {"image_file_b64": b64encode(photo).decode()} | fields

    got = [
        shop.client.post(REMOVEBG, files={"image_file": photo}, data=fields).content,
        shop.client.post(REMOVEBG, json=sent).content,
        b64decode(
            shop.client.post(REMOVEBG, json=sent, headers={"Accept": "application/json"}).json()[
                "data"
            ]["result_b64"]
        ),
        shop.client.post("/api/remove", files={"file": photo}).content,
        requests.get(shop.cut(shop.uploaded(photo)).json()["data"]["result_url"]).content,
    ]

    assert all(data == plain for data in got)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"key": "uploads/another/photo"}, 403, "AccessDenied"),
        ({"Content-Type": "text/html"}, 403, "AccessDenied"),
        ({"Content-Type": None}, 403, "AccessDenied"),
        ({"policy": "e30="}, 403, None),
        ({"x-amz-signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        ({"acl": "public-read"}, 403, "AccessDenied"),
        ({"success_action_redirect": "https://elsewhere.example/"}, 403, "AccessDenied"),
    ],
    ids=str,
)
def test_a_ticket_lets_nothing_else_in(shop, photo, changes, status, said):
    ticket = shop.ticket(photo)

    refused = post(ticket, photo, **changes)

    assert refused.status_code == status, refused.text
    assert said is None or said in refused.text
    assert shop.files(ticket["upload_id"]) == []
    assert code(shop.cut(ticket["upload_id"])) == (404, "upload_not_found")


@pytest.mark.nightly
def test_a_photo_of_the_most_bytes_and_pixels_goes_through(shop):
    photo = Image.effect_noise((10_000, 5_000), 60).convert("RGB")
    photo.paste((250, 10, 10), (2_000, 1_000, 6_000, 4_000))
    data = encoded(photo, "JPEG", quality=82)

    response = shop.cut(shop.uploaded(data, "image/jpeg"), format="jpg", bg_color="fff")

    assert 22e6 < len(data) <= 22 * 1024 * 1024
    result = opened(requests.get(response.json()["data"]["result_url"]).content)
    assert (result.format, result.size) == ("JPEG", (10_000, 5_000))
    assert response.headers["X-Credits-Charged"] == "1"


def test_an_uploads_png_is_made_in_full_from_an_alpha_that_was_edited_smaller(shop):
    photo = Image.new("RGB", (4_000, 3_000), (0, 0, 200))
    photo.paste((250, 10, 10), (1_000, 1_000, 3_000, 2_000))
    alpha = Image.new("L", (2_000, 1_500))
    alpha.paste(255, (500, 500, 1_500, 1_000))
    upload_id = shop.uploaded(encoded(photo, "PNG", compress_level=1))

    response = shop.client.post(
        REMOVEBG,
        data={"upload_id": upload_id, "size": "50MP", "format": "png"},
        files={"alpha_file": encoded(alpha, "PNG")},
    )

    result = opened(requests.get(response.headers["Location"]).content)
    assert result.size == (4_000, 3_000)
    assert result.getchannel("A").point(lambda value: value // 255).getbbox() == pytest.approx(
        (1_000, 1_000, 3_000, 2_000), abs=1
    )
    assert result.getpixel((1_500, 1_500)) == (250, 10, 10, 255)


def test_a_file_larger_than_was_said_is_refused(shop, photo):
    ticket = shop.ticket(photo)

    refused = post(ticket, photo + b"x")

    assert refused.status_code == 400
    assert "EntityTooLarge" in refused.text
    assert shop.files(ticket["upload_id"]) == []


def test_an_empty_file_is_refused(shop, photo):
    ticket = shop.ticket(photo)

    assert post(ticket, b"").status_code == 400
    assert shop.files(ticket["upload_id"]) == []


def test_a_ticket_is_good_for_some_minutes(shop, stores, photo):
    _, bucket = stores
    made = bucket.presigned_post("uploads/late/photo", "image/png", len(photo), seconds=-1)

    refused = post({"url": made.url, "fields": made.fields}, photo)

    assert refused.status_code == 403
    assert "expired" in refused.text.lower()
    assert shop.files("late") == []


def test_a_result_is_read_by_its_address_alone_and_for_some_minutes(shop, stores, photo):
    _, bucket = stores
    url = shop.cut(shop.uploaded(photo)).json()["data"]["result_url"]
    name = url.split("?")[0].rpartition("uploads/")[2]
    short = bucket.presigned_url(f"uploads/{name}", seconds=1)

    wait_until(lambda: requests.get(short).status_code == 403, "the address to expire")
    assert requests.get(url.split("?")[0]).status_code == 403
    assert requests.get(url.replace("X-Amz-Signature=", "X-Amz-Signature=0")).status_code == 403
    assert requests.get(url).status_code == 200


def test_a_photo_that_was_changed_after_its_use_is_a_conflict(shop, photo, plain):
    ticket = shop.ticket(photo)
    post(ticket, photo)
    shop.cut(ticket["upload_id"])
    assert post(ticket, plain).status_code == 204

    assert code(shop.cut(ticket["upload_id"])) == (409, "upload_changed")


def test_what_is_no_photo_is_told_when_it_is_cut_out(shop):
    upload_id = shop.uploaded(b"no picture")

    assert code(shop.cut(upload_id)) == (400, "invalid_file_type")
    assert shop.money.ledger.balance(shop.money.accounts.authenticate(shop.key).account) == 40


def test_deleted_at_once_there_is_nothing_in_the_bucket(shop, photo):
    upload_id = shop.uploaded(photo)
    url = shop.cut(upload_id).json()["data"]["result_url"]
    assert len(shop.files(upload_id)) == 2

    deleted = shop.client.delete(f"{UPLOADS}/{upload_id}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert shop.files(upload_id) == []
    assert requests.get(url).status_code in (403, 404)
    assert code(shop.cut(upload_id)) == (410, "upload_gone")
    assert shop.client.delete(f"{UPLOADS}/{upload_id}").status_code == 204


def test_by_its_age_it_goes_with_the_sweep(shop, stores, photo):
    _, bucket = stores
    upload_id = shop.uploaded(photo)
    shop.cut(upload_id)

    retention.sweep(bucket, lambda: time.time() + retention.UPLOAD_S - 60)
    assert len(shop.files(upload_id)) == 2

    retention.sweep(bucket, lambda: time.time() + retention.UPLOAD_S + 60)
    assert shop.files(upload_id) == []


def test_what_is_repeated_after_its_upload_is_gone_is_told_so(shop, photo):
    """Charged or not, there is nothing left to make it from."""
    upload_id = shop.uploaded(photo)
    assert shop.cut(upload_id).status_code == 200
    shop.client.delete(f"{UPLOADS}/{upload_id}")

    assert code(shop.cut(upload_id)) == (410, "upload_gone")


ADDRESS = "http://photos.example/a"


@pytest.fixture
def fetching(engine, stores, account):
    """A shop whose service finds these bytes at the address."""

    def fetching(data):
        def fetch(url, deadline):
            if url != ADDRESS:
                raise errors.InvalidImageUrl("not a public host")
            if not data:
                raise errors.ImageDownloadFailed("photos.example answered 404")
            return data

        return Shop(engine, *stores, account, fetch=fetch)

    return fetching


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("form", ["json", "data"])
def test_a_photo_at_an_address_is_an_upload_like_any_other(fetching, engine, red_disc, kind, form):
    photo = encoded(red_disc[0], kind)
    shop = fetching(photo)

    made = shop.client.post(UPLOADS, **{form: {"url": ADDRESS}})

    assert made.status_code == 201
    data = made.json()["data"]
    assert data.keys() == {"upload_id", "photo_url"}
    got = requests.get(data["photo_url"])
    assert (got.content, got.headers["Content-Type"]) == (photo, f"image/{kind.lower()}")
    result = shop.cut(data["upload_id"]).json()["data"]["result_url"]
    assert requests.get(result).content == engine.remove_background(photo, Options()).data
    assert len(shop.files(data["upload_id"])) == 2
    assert shop.client.delete(f"{UPLOADS}/{data['upload_id']}").status_code == 204
    assert shop.files(data["upload_id"]) == []


@pytest.mark.parametrize(
    ("found", "sent", "expected"),
    [
        (b"no picture", {"url": ADDRESS}, "invalid_file_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {"url": ADDRESS}, "invalid_file_type"),
        (b"", {"url": ADDRESS}, "failed_image_download"),
        (b"", {"url": "http://10.0.0.1/a.png"}, "invalid_image_url"),
        (b"", {"url": ""}, "invalid_parameter"),
        (b"", {"url": ADDRESS, "type": "image/png"}, "multiple_sources"),
        (b"", {"url": ADDRESS, "bytes": "5"}, "multiple_sources"),
        (b"", {"url": ADDRESS, "size": "full"}, "unsupported_option"),
    ],
)
def test_what_is_no_photo_at_an_address_is_told_and_not_kept(fetching, found, sent, expected):
    shop = fetching(found)
    before = list(shop.bucket.files("uploads/"))

    assert code(shop.client.post(UPLOADS, json=sent)) == (400, expected)
    assert list(shop.bucket.files("uploads/")) == before


def test_an_address_with_too_many_pixels_is_told_by_its_header(fetching):
    shop = fetching(encoded(Image.new("1", (10_000, 5_001)), "PNG"))

    assert code(shop.client.post(UPLOADS, json={"url": ADDRESS})) == (400, "resolution_too_high")


def test_a_key_may_have_so_many_photos_fetched_a_minute(engine, stores, account, photo):
    asked = []

    def fetch(url, deadline):
        asked.append(url)
        return photo

    shop = Shop(engine, *stores, account, fetch=fetch)
    slow = {"X-Api-Key": shop.money.accounts.create_key(account, megapixels_per_minute=2)}
    for _ in range(2):
        response = shop.client.post(UPLOADS, json={"url": ADDRESS}, headers=slow)
        assert response.status_code == 201

    refused = shop.client.post(UPLOADS, json={"url": ADDRESS}, headers=slow)

    assert code(refused) == (429, "rate_limit_exceeded")
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert refused.headers["X-RateLimit-Limit"] == "2"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "image/png", "bytes": 31_000_000}, "file_too_large"),
        ({"type": "image/png", "bytes": 0}, "invalid_parameter"),
        ({"type": "image/png", "bytes": -1}, "invalid_parameter"),
        ({"type": "image/png", "bytes": "many"}, "invalid_parameter"),
        ({"type": "image/png", "bytes": "9" * 400}, "invalid_parameter"),
        ({"type": "image/png"}, "invalid_parameter"),
        ({"bytes": 5}, "invalid_file_type"),
        ({"type": "application/pdf", "bytes": 5}, "invalid_file_type"),
        ({"type": "image/png", "bytes": 5, "key": "a"}, "unsupported_option"),
    ],
)
def test_a_ticket_that_cannot_be_given_is_told(shop, body, expected):
    assert code(shop.client.post(UPLOADS, json=body)) == (400, expected)
    assert code(shop.client.post(UPLOADS, data=body)) == (400, expected)


def test_two_sources_are_one_too_many(shop, photo):
    sent = {"upload_id": shop.uploaded(photo), "image_url": "http://photos.example/a.png"}

    assert code(shop.client.post(REMOVEBG, json=sent)) == (400, "multiple_sources")


@pytest.mark.parametrize("name", ["nowhere", "../../etc", "x" * 5000, "a#b"])
def test_a_name_that_nobody_was_given_is_unknown(shop, name):
    assert code(shop.cut(name)) == (404, "upload_not_found")
    assert code(shop.visitor.delete(f"{UPLOADS}/{name.replace('/', '_').replace('#', '_')}")) == (
        404, "upload_not_found",
    )  # fmt: skip


def test_an_upload_is_its_accounts_alone(shop, photo):
    upload_id = shop.uploaded(photo)

    assert code(shop.cut(upload_id, shop.visitor)) == (404, "upload_not_found")
    assert code(shop.visitor.delete(f"{UPLOADS}/{upload_id}")) == (404, "upload_not_found")
    assert len(shop.files(upload_id)) == 1


def test_without_a_key_a_photo_goes_up_and_comes_down(shop, photo, account):
    upload_id = shop.uploaded(photo, client=shop.visitor)

    response = shop.cut(upload_id, shop.visitor)

    assert requests.get(response.json()["data"]["result_url"]).status_code == 200
    assert response.headers["X-Credits-Charged"] == "0"
    assert shop.visitor.delete(f"{UPLOADS}/{upload_id}").status_code == 204
    assert shop.files(upload_id) == []
