"""Uploads on a local S3, which refuses what S3 refuses."""

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
from tests.web.service import REMOVEBG, UPLOADS, Service, code, post
from tools.time_limits import wait_until


@pytest.fixture
def stores(aws, resources):
    return (
        DynamoDbTable(aws.service("dynamodb"), resources["LedgerTable"]),
        S3Bucket(aws.caller("s3"), resources["PictureBucket"]),
    )


@pytest.fixture
def service(engine, stores, account):
    return Service(engine, *stores, account)


def test_a_photo_is_uploaded_cut_out_and_downloaded(service, engine, photo):
    upload_id = service.uploaded(photo)

    response = service.cut(upload_id)

    assert response.status_code == 200
    data = response.json()["data"]
    assert {"result_url", "foreground_top", "foreground_width"} <= data.keys()
    assert "result_b64" not in data
    got = requests.get(data["result_url"])
    assert got.headers["Content-Type"] == "image/png"
    assert got.content == engine.remove_background(photo, Options()).data
    assert response.headers["X-Credits-Charged"] == "0.25"


def test_a_client_that_accepts_pictures_is_redirected_to_the_result(service, photo):
    response = service.cut(service.uploaded(photo), headers={"Accept": "image/png"})

    assert response.status_code == 303
    assert response.headers["X-Width"] == "120" and response.headers["X-Credits-Charged"] == "0.25"
    assert opened(requests.get(response.headers["Location"]).content).size == (120, 90)


def test_an_upload_may_be_cut_out_again_with_other_options(service, photo):
    upload_id = service.uploaded(photo)
    service.cut(upload_id)

    response = service.cut(upload_id, format="webp")

    assert opened(requests.get(response.json()["data"]["result_url"]).content).format == "WEBP"


@pytest.mark.parametrize("route", [REMOVEBG, "/api/remove"])
def test_a_result_that_is_too_large_is_in_the_bucket_at_every_endpoint(
    engine, stores, account, photo, route
):
    service = Service(engine, *stores, account, max_result_bytes=100)
    name = "image_file" if route == REMOVEBG else "file"

    response = service.client.post(route, files={name: photo})

    assert response.status_code == 303
    assert response.headers["X-Width"] == "120"
    assert opened(requests.get(response.headers["Location"]).content).size == (120, 90)


def test_json_that_would_be_too_large_has_a_result_url_instead(engine, stores, account, photo):
    service = Service(engine, *stores, account, max_result_bytes=100)

    response = service.client.post(
        REMOVEBG, files={"image_file": photo}, headers={"Accept": "application/json"}
    )

    data = response.json()["data"]
    assert "result_b64" not in data
    assert opened(requests.get(data["result_url"]).content).size == (120, 90)


def test_every_endpoint_gives_the_same_bytes(service, engine, photo):
    plain = engine.remove_background(photo, Options()).data
    fields = {"size": "50MP"}
    sent = {"image_file_b64": b64encode(photo).decode()} | fields

    got = [
        service.client.post(REMOVEBG, files={"image_file": photo}, data=fields).content,
        service.client.post(REMOVEBG, json=sent).content,
        b64decode(
            service.client.post(REMOVEBG, json=sent, headers={"Accept": "application/json"}).json()[
                "data"
            ]["result_b64"]
        ),
        service.client.post("/api/remove", files={"file": photo}).content,
        requests.get(service.cut(service.uploaded(photo)).json()["data"]["result_url"]).content,
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
def test_a_ticket_accepts_no_other_file(service, photo, changes, status, said):
    ticket = service.ticket(photo)

    refused = post(ticket, photo, **changes)

    assert refused.status_code == status, refused.text
    assert said is None or said in refused.text
    assert service.files(ticket["upload_id"]) == []
    assert code(service.cut(ticket["upload_id"])) == (404, "upload_not_found")


@pytest.mark.nightly
def test_a_photo_of_the_most_bytes_and_pixels_is_cut_out(service):
    photo = Image.effect_noise((10_000, 5_000), 60).convert("RGB")
    photo.paste((250, 10, 10), (2_000, 1_000, 6_000, 4_000))
    data = encoded(photo, "JPEG", quality=82)

    response = service.cut(service.uploaded(data, "image/jpeg"), format="jpg", bg_color="fff")

    assert 22e6 < len(data) <= 22 * 1024 * 1024
    result = opened(requests.get(response.json()["data"]["result_url"]).content)
    assert (result.format, result.size) == ("JPEG", (10_000, 5_000))
    assert response.headers["X-Credits-Charged"] == "1"


def test_an_uploads_png_has_full_size_with_a_smaller_alpha(service):
    photo = Image.new("RGB", (4_000, 3_000), (0, 0, 200))
    photo.paste((250, 10, 10), (1_000, 1_000, 3_000, 2_000))
    alpha = Image.new("L", (2_000, 1_500))
    alpha.paste(255, (500, 500, 1_500, 1_000))
    upload_id = service.uploaded(encoded(photo, "PNG", compress_level=1))

    response = service.client.post(
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


def test_a_file_larger_than_its_ticket_is_refused(service, photo):
    ticket = service.ticket(photo)

    refused = post(ticket, photo + b"x")

    assert refused.status_code == 400
    assert "EntityTooLarge" in refused.text
    assert service.files(ticket["upload_id"]) == []


def test_an_empty_file_is_refused(service, photo):
    ticket = service.ticket(photo)

    assert post(ticket, b"").status_code == 400
    assert service.files(ticket["upload_id"]) == []


def test_a_ticket_expires(service, stores, photo):
    _, bucket = stores
    made = bucket.presigned_post("uploads/late/photo", "image/png", len(photo), seconds=-1)

    refused = post({"url": made.url, "fields": made.fields}, photo)

    assert refused.status_code == 403
    assert "expired" in refused.text.lower()
    assert service.files("late") == []


def test_a_result_has_a_signed_url_that_expires(service, stores, photo):
    _, bucket = stores
    url = service.cut(service.uploaded(photo)).json()["data"]["result_url"]
    name = url.split("?")[0].rpartition("uploads/")[2]
    short = bucket.presigned_url(f"uploads/{name}", seconds=1)

    wait_until(lambda: requests.get(short).status_code == 403, "the address to expire")
    assert requests.get(url.split("?")[0]).status_code == 403
    assert requests.get(url.replace("X-Amz-Signature=", "X-Amz-Signature=0")).status_code == 403
    assert requests.get(url).status_code == 200


def test_a_photo_that_changed_after_its_first_use_is_409(service, photo, plain):
    ticket = service.ticket(photo)
    post(ticket, photo)
    service.cut(ticket["upload_id"])
    assert post(ticket, plain).status_code == 204

    assert code(service.cut(ticket["upload_id"])) == (409, "upload_changed")


def test_an_upload_that_is_no_photo_is_refused_when_it_is_cut_out(service):
    upload_id = service.uploaded(b"no picture")

    assert code(service.cut(upload_id)) == (400, "invalid_file_type")
    assert (
        service.services.ledger.balance(service.services.accounts.authenticate(service.key).account)
        == 40
    )


def test_a_deleted_upload_leaves_nothing_in_the_bucket(service, photo):
    upload_id = service.uploaded(photo)
    url = service.cut(upload_id).json()["data"]["result_url"]
    assert len(service.files(upload_id)) == 2

    deleted = service.client.delete(f"{UPLOADS}/{upload_id}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert service.files(upload_id) == []
    assert requests.get(url).status_code in (403, 404)
    assert code(service.cut(upload_id)) == (410, "upload_gone")
    assert service.client.delete(f"{UPLOADS}/{upload_id}").status_code == 204


def test_the_sweep_deletes_old_uploads(service, stores, photo):
    _, bucket = stores
    upload_id = service.uploaded(photo)
    service.cut(upload_id)

    retention.sweep(bucket, lambda: time.time() + retention.UPLOAD_S - 60)
    assert len(service.files(upload_id)) == 2

    retention.sweep(bucket, lambda: time.time() + retention.UPLOAD_S + 60)
    assert service.files(upload_id) == []


def test_a_repeated_request_for_a_deleted_upload_is_410(service, photo):
    """The result cannot be made again, though it has been charged."""
    upload_id = service.uploaded(photo)
    assert service.cut(upload_id).status_code == 200
    service.client.delete(f"{UPLOADS}/{upload_id}")

    assert code(service.cut(upload_id)) == (410, "upload_gone")


ADDRESS = "http://photos.example/a"


@pytest.fixture
def fetching(engine, stores, account):
    """A service that finds these bytes at the URL."""

    def fetching(data):
        def fetch(url, deadline):
            if url != ADDRESS:
                raise errors.InvalidImageUrl("not a public host")
            if not data:
                raise errors.ImageDownloadFailed("photos.example answered 404")
            return data

        return Service(engine, *stores, account, fetch=fetch)

    return fetching


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("form", ["json", "data"])
def test_a_photo_fetched_from_a_url_is_an_upload_like_any_other(
    fetching, engine, red_disc, kind, form
):
    photo = encoded(red_disc[0], kind)
    service = fetching(photo)

    made = service.client.post(UPLOADS, **{form: {"url": ADDRESS}})

    assert made.status_code == 201
    data = made.json()["data"]
    assert data.keys() == {"upload_id", "photo_url"}
    got = requests.get(data["photo_url"])
    assert (got.content, got.headers["Content-Type"]) == (photo, f"image/{kind.lower()}")
    result = service.cut(data["upload_id"]).json()["data"]["result_url"]
    assert requests.get(result).content == engine.remove_background(photo, Options()).data
    assert len(service.files(data["upload_id"])) == 2
    assert service.client.delete(f"{UPLOADS}/{data['upload_id']}").status_code == 204
    assert service.files(data["upload_id"]) == []


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
def test_a_url_without_a_photo_is_refused_and_stores_nothing(fetching, found, sent, expected):
    service = fetching(found)
    before = list(service.bucket.files("uploads/"))

    assert code(service.client.post(UPLOADS, json=sent)) == (400, expected)
    assert list(service.bucket.files("uploads/")) == before


def test_nothing_is_fetched_for_an_account_without_credits(engine, stores, account):
    asked = []
    service = Service(engine, *stores, account, fetch=lambda url, deadline: asked.append(url))
    service.services.ledger.expire(account, 40)

    assert code(service.client.post(UPLOADS, json={"url": ADDRESS})) == (
        402,
        "insufficient_credits",
    )
    assert asked == []


def test_a_fetched_photo_with_too_many_pixels_is_refused(fetching):
    service = fetching(encoded(Image.new("1", (10_000, 5_001)), "PNG"))

    assert code(service.client.post(UPLOADS, json={"url": ADDRESS})) == (400, "resolution_too_high")


def test_fetches_of_uploads_count_in_the_keys_rate_limit(engine, stores, account, photo):
    asked = []

    def fetch(url, deadline):
        asked.append(url)
        return photo

    service = Service(engine, *stores, account, fetch=fetch)
    slow = {"X-Api-Key": service.services.accounts.create_key(account, megapixels_per_minute=2)}
    for _ in range(2):
        response = service.client.post(UPLOADS, json={"url": ADDRESS}, headers=slow)
        assert response.status_code == 201

    refused = service.client.post(UPLOADS, json={"url": ADDRESS}, headers=slow)

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
def test_an_invalid_request_for_a_ticket_is_refused(service, body, expected):
    assert code(service.client.post(UPLOADS, json=body)) == (400, expected)
    assert code(service.client.post(UPLOADS, data=body)) == (400, expected)


@pytest.mark.parametrize("name", ["url", "type", "key"])
def test_a_file_is_refused_by_its_name_for_a_ticket(service, photo, name):
    response = service.client.post(UPLOADS, files={name: photo})

    assert code(response) == (400, "unsupported_option")
    assert f"there is no file '{name}'" in response.text


def test_two_sources_are_refused(service, photo):
    sent = {"upload_id": service.uploaded(photo), "image_url": "http://photos.example/a.png"}

    assert code(service.client.post(REMOVEBG, json=sent)) == (400, "multiple_sources")


@pytest.mark.parametrize("name", ["nowhere", "../../etc", "x" * 5000, "a#b"])
def test_an_unknown_upload_id_is_404(service, name):
    assert code(service.cut(name)) == (404, "upload_not_found")
    in_path = name.replace("/", "_").replace("#", "_")
    deleted = service.visitor.delete(f"{UPLOADS}/{in_path}")
    assert code(deleted) == (404, "upload_not_found")


def test_an_upload_belongs_to_its_account(service, photo):
    upload_id = service.uploaded(photo)

    assert code(service.cut(upload_id, service.visitor)) == (404, "upload_not_found")
    assert code(service.visitor.delete(f"{UPLOADS}/{upload_id}")) == (404, "upload_not_found")
    assert len(service.files(upload_id)) == 1


def test_visitors_may_upload_cut_out_and_delete(service, photo, account):
    upload_id = service.uploaded(photo, client=service.visitor)

    response = service.cut(upload_id, service.visitor)

    assert requests.get(response.json()["data"]["result_url"]).status_code == 200
    assert response.headers["X-Credits-Charged"] == "0"
    assert service.visitor.delete(f"{UPLOADS}/{upload_id}").status_code == 204
    assert service.files(upload_id) == []
