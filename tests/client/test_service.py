"""The class Client, with scripted and real services."""

import re
import subprocess
import sys
from email.utils import formatdate

import pytest

from cutout import errors
from cutout.cli import batch_flags
from cutout.cli.files import read_options
from cutout.client import Client
from cutout.client.retry import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, MOST_RETRY_AFTERS, MOST_TRIES
from cutout.options.record import Options
from cutout.picture import Box, Size
from tests.client.conftest import HEADERS, KEY, ScriptedServer, problem
from tests.conftest import encoded, served
from tests.memory import Clock

PHOTO = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(scripted, slept):
    return Client(scripted.url, KEY, clock=Clock(), sleep=slept.append)


def paths(scripted, method):
    return [path for asked, path, _, _ in scripted.asked if asked == method]


def test_a_photo_is_uploaded_and_deleted_afterwards(client, scripted):
    answer = client.remove_background(PHOTO, Options(max_pixels=4_000_000))

    assert answer.data == b"cutout"
    assert (answer.media_type, answer.size, answer.placed) == (
        "image/png", Size(4, 3), Box(1, 1, 2, 1),
    )  # fmt: skip
    assert (answer.confidence, answer.model, answer.credits) == (0.9, "red", "0.25")
    assert (answer.subject_count, answer.looks, answer.looks_skipped) == (3, 2, 1)
    assert [(method, path) for method, path, _, _ in scripted.asked] == [
        ("POST", "/v1.0/uploads"), ("POST", "/bucket"), ("POST", "/v1.0/removebg"),
        ("GET", "/result"), ("DELETE", "/v1.0/uploads/u1"),
    ]  # fmt: skip


def test_only_the_api_receives_the_key(client, scripted):
    client.remove_background(PHOTO)

    for _, path, headers, body in scripted.asked:
        assert (headers.get("X-Api-Key") == KEY) == path.startswith("/v1.0/")
        assert KEY.encode() not in body


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("reported", ["7", formatdate(Clock().now + 7, usegmt=True)])
def test_a_retry_after_is_respected(client, scripted, slept, status, reported):
    scripted.script = [(status, problem("rate_limit_exceeded"), {"Retry-After": reported})] * 2

    assert client.remove_background(PHOTO).data == b"cutout"
    assert slept == [7.0, 7.0]


def test_a_past_date_means_no_wait(client, scripted, slept):
    past = formatdate(Clock().now - 60, usegmt=True)
    scripted.script = [(503, problem("unavailable"), {"Retry-After": past})]

    client.remove_background(PHOTO)

    assert slept == [0.0]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_backoff_doubles_up_to_a_limit(client, scripted, slept, status):
    scripted.script = [(status, b"<html>")] * (MOST_TRIES - 1)

    assert client.remove_background(PHOTO).data == b"cutout"
    assert slept[:2] == [FIRST_BACKOFF_S, 2 * FIRST_BACKOFF_S]
    assert len(slept) == MOST_TRIES - 1
    assert max(slept) <= LONGEST_BACKOFF_S


@pytest.mark.parametrize(
    ("answer", "kind", "code", "times"),
    [
        ((504, problem("timeout")), errors.RemoteError, "timeout", MOST_TRIES),
        ((502, b"<html>"), errors.RemoteError, "unexpected_answer", MOST_TRIES),
        ((503, problem("unavailable")), errors.RemoteClosed, "unavailable", MOST_TRIES),
        ((429, problem("rate_limit_exceeded"), {"Retry-After": "1"}),
         errors.RemoteClosed, "rate_limit_exceeded", MOST_RETRY_AFTERS),
        ((429, problem("rate_limit_exceeded"), {"Retry-After": "86400"}),
         errors.RemoteClosed, "rate_limit_exceeded", 1),
        ((429, problem("allowance_used_up"), {"Retry-After": "1"}),
         errors.RemoteClosed, "allowance_used_up", 1),
    ],
)  # fmt: skip
def test_retries_end(client, scripted, answer, kind, code, times):
    scripted.script = [answer] * 100

    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(PHOTO)

    assert (type(raised.value), raised.value.code) == (kind, code)
    assert paths(scripted, "POST").count("/v1.0/removebg") == times
    assert paths(scripted, "DELETE") == ["/v1.0/uploads/u1"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((400, problem("unknown_foreground")), errors.RemoteError, "unknown_foreground"),
        ((413, b"<html>"), errors.RemoteError, "unexpected_answer"),
        ((500, problem("internal_error")), errors.RemoteError, "internal_error"),
        ((402, problem("insufficient_credits")), errors.RemoteClosed, "insufficient_credits"),
        ((403, problem("auth_failed")), errors.RemoteClosed, "auth_failed"),
        ((400, problem("invalid_model")), errors.RemoteClosed, "invalid_model"),
        ((404, problem("not_found")), errors.RemoteClosed, "not_found"),
        ((404, b"<html>"), errors.RemoteClosed, "unexpected_answer"),
        ((200, b"<html>"), errors.RemoteClosed, "unexpected_answer"),
        ((200, {"data": {"result_b64": ""}}), errors.RemoteClosed, "unexpected_answer"),
        ((200, {"data": {"result_url": "http://["}}, HEADERS),
         errors.RemoteClosed, "unexpected_answer"),
        ((200, {"data": {"result_url": "file:///etc/passwd"}}, HEADERS),
         errors.RemoteClosed, "unexpected_answer"),
        ((200, {"data": {"result_url": "https://a..b/result"}}, HEADERS),
         errors.RemoteClosed, "unexpected_answer"),
        ((302, b"", {"Location": "http://localhost:1/"}),
         errors.RemoteClosed, "unexpected_answer"),
    ],
)  # fmt: skip
def test_an_error_of_the_service_is_raised_with_its_code_without_a_retry(
    client, scripted, slept, answer, kind, code
):
    scripted.script = [answer]

    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(PHOTO)

    assert (type(raised.value), raised.value.code) == (kind, code)
    assert slept == []
    assert paths(scripted, "DELETE") == ["/v1.0/uploads/u1"]


def test_a_redirect_is_an_error(client, scripted):
    scripted.script = [(302, b"", {"Location": "http://localhost:1/"})]

    with pytest.raises(errors.RemoteClosed, match="302 with a redirect to http://localhost:1/"):
        client.remove_background(PHOTO)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_key_to_another_host(client, scripted, status):
    with served(ScriptedServer()) as other:
        scripted.script = [(status, b"", {"Location": f"{other.url}/v1.0/removebg"})]
        with pytest.raises(errors.RemoteClosed):
            client.remove_background(PHOTO)

    assert other.asked == []


def test_messages_contain_no_control_characters_and_no_key(client, scripted):
    scripted.script = [(400, problem("x", f"\x1b[2Jnot\r\n with {KEY}"))]

    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(PHOTO)

    assert str(raised.value) == "[2Jnot with ..."


@pytest.mark.parametrize(
    "ticket",
    [
        {"url": "file:///etc/passwd"},
        {"url": "https://a..b/"},
        {"fields": 1},
        {"url": None},
        {"fields": {"key": "\ud800"}},
        {"upload_id": "\ud800"},
    ],
)
def test_an_invalid_ticket_is_an_error(client, scripted, ticket):
    scripted.ticket = ticket

    with pytest.raises(errors.RemoteClosed):
        client.remove_background(PHOTO)


def test_a_service_on_https_cannot_send_photos_to_http(safe, slept):
    with pytest.raises(errors.RemoteClosed, match="without https"):
        Client(safe.url, KEY, sleep=slept.append).remove_background(PHOTO)

    assert paths(safe, "POST") == ["/v1.0/uploads"]
    assert slept == []


def test_a_service_on_https_cannot_send_results_over_http(safe, slept):
    safe.ticket = {"url": f"{safe.url}/bucket"}

    with pytest.raises(errors.RemoteClosed, match="without https"):
        Client(safe.url, KEY, sleep=slept.append).remove_background(PHOTO)

    assert paths(safe, "POST") == ["/v1.0/uploads", "/bucket", "/v1.0/removebg"]
    assert slept == []


def test_a_service_on_https_works(safe):
    safe.ticket = {"url": f"{safe.url}/bucket"}
    safe.script = [(200, {"data": {"result_url": f"{safe.url}/result"}}, HEADERS)]

    assert Client(safe.url, KEY).remove_background(PHOTO).data == b"cutout"


def test_the_idempotency_key_depends_on_photo_and_options(client, scripted):
    for photo, options in [
        (PHOTO, Options()), (PHOTO, None), (PHOTO, Options(crop=True)), (PHOTO + b"2", Options()),
        (PHOTO, Options(backdrop=b"a")), (PHOTO, Options(backdrop=b"b")),
    ]:  # fmt: skip
        client.remove_background(photo, options)

    names = [headers["Idempotency-Key"] for _, path, headers, _ in scripted.asked if "rem" in path]
    assert names[0] == names[1]
    assert len(set(names)) == 5


def test_a_silent_service_ends_the_batch(silent, slept):
    client = Client(silent, silence_s=0.05, sleep=slept.append)

    with pytest.raises(errors.RemoteClosed, match="no response came in time") as raised:
        client.remove_background(PHOTO)

    assert raised.value.code == "connection_failed"
    assert len(slept) == MOST_TRIES - 1


def test_silence_at_one_photo_fails_that_photo(scripted, slept):
    scripted.takes_s = 0.5
    client = Client(scripted.url, silence_s=0.05, sleep=slept.append)

    with pytest.raises(errors.RemoteError, match="no response came in time") as raised:
        client.remove_background(PHOTO)

    assert (type(raised.value), raised.value.code) == (errors.RemoteError, "connection_failed")
    assert len(slept) == MOST_TRIES - 1


def test_an_unreachable_service_ends_the_batch(silent, slept):
    nobody = re.sub(r"\d+$", "1", silent)

    with pytest.raises(errors.RemoteClosed, match="no connection") as raised:
        Client(nobody, sleep=slept.append).remove_background(PHOTO)

    assert raised.value.code == "unreachable"
    assert len(slept) == MOST_TRIES - 1


def test_a_file_that_is_not_a_photo_is_not_sent(client, scripted):
    with pytest.raises(errors.UnreadablePicture):
        client.remove_background(b"")
    with pytest.raises(errors.UnknownFileType):
        client.remove_background(b"words")
    assert scripted.asked == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_each_kind_of_photo_has_its_media_type(client, scripted, red_disc, kind):
    client.remove_background(encoded(red_disc[0], kind))

    assert f"image/{kind.lower()}".encode() in scripted.asked[0][3]


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("http://cutout.example", KEY, "http would show the key"),
        ("http://localhost.cutout.example", KEY, "http would show the key"),
        ("ftp://cutout.example", "", "not the address of a service"),
        ("cutout.example", "", "not the address of a service"),
        ("https://", "", "not the address of a service"),
        ("https://cutout.example/a b", "", "not the address of a service"),
        ("https://[", "", "not the address of a service"),
        ("https://a:b@cutout.example", "", "not the address of a service"),
        ("https://cutout.example/?a", "", "not the address of a service"),
        ("https://cutout.example:x", "", "not the address of a service"),
        ("https://cutout..example", "", "not the address of a service"),
        ("https://.cutout.example", "", "not the address of a service"),
        (f"https://{'a' * 64}.example", "", "not the address of a service"),
        ("https://cutout.example", "a key\r\n", "characters that no key has"),
        ("https://cutout.example", "kéy", "characters that no key has"),
    ],
)
def test_an_invalid_url_or_key_is_refused(url, key, words):
    with pytest.raises(errors.InvalidSetting, match=words) as raised:
        Client(url, key)
    assert not key or key not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://cutout.example/stage/", KEY), ("http://localhost:5000", KEY),
        ("http://127.0.0.2", KEY), ("http://[::1]:5000", KEY), ("http://cutout.example", ""),
    ],
)  # fmt: skip
def test_valid_urls_and_keys_are_accepted(url, key):
    assert KEY not in repr(vars(Client(url, key))["_api"])


DIRECT = [
    [], ["--size", "preview"], ["--size", "16MP", "--format", "webp"], ["--crop"],
    ["--margin", "10% 5px"], ["--frame", "-10% -10% 110% 110%"], ["--model", "red"],
    ["--crop", "--scale", "50%", "--position", "20% 80%"], ["--edges", "off"], ["-a"],
    ["--background", "#ff000080"], ["-bgc", "0", "255", "0", "255", "--format", "jpg"],
    ["--background", "white"], ["--blur", "3%"], ["--shadow", "40"], ["-om"], ["--format", "zip"],
    ["--backdrop", "{backdrop}", "--blend", "seamless"], ["--format", "avif"],
    ["--subject", "largest"], ["--inverse"], ["--binary"], ["-a", "-af", "200", "-ae", "3"],
    ["--canvas", "200x100"], ["--profile", "keep"], ["--preset", "ebay"], ["--size", "5000"],
]  # fmt: skip


def test_the_same_options_give_the_same_bytes_as_a_direct_call(service, engine, photo, tmp_path):
    service.money.ledger.grant(service.account, 400)
    client = Client(service.url, service.key)
    (tmp_path / "backdrop.png").write_bytes(photo)

    for words in DIRECT:
        scripted = [word.format(backdrop=tmp_path / "backdrop.png") for word in words]
        values = batch_flags.batch().parse_args(["in", "out", *scripted])
        options = read_options(values, max_bytes=1_000_000)

        answer = client.remove_background(photo, options)

        result = engine.remove_background(photo, options)
        assert (words, answer.data) == (words, result.data)
        assert (answer.size, answer.placed) == (result.size, result.placed)
        assert (answer.media_type, answer.model) == (result.media_type, result.model)


def test_a_lost_response_is_requested_again_and_charged_once(service, photo):
    service.money.ledger.grant(service.account, 40)
    service.line.loses = 2
    slept = []

    answer = Client(service.url, service.key, sleep=slept.append).remove_background(photo)

    assert len(slept) == 2
    assert len(set(service.line.names)) == 1
    assert len(service.line.names) == 3
    assert answer.credits == "0"  # it had been paid by the first
    assert service.money.ledger.balance(service.account) == 39
    assert len(service.money.settled(service.account)) == 1


def test_no_file_stays_in_the_bucket(service, bucket, photo, plain):
    service.money.ledger.grant(service.account, 40)
    client = Client(service.url, service.key)
    before = list(bucket.files(""))

    client.remove_background(photo)
    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(plain)

    assert raised.value.code == "unknown_foreground"
    assert list(bucket.files("")) == before


def test_the_client_needs_only_the_standard_library():
    code = "import sys, cutout.client; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    heavy = {"numpy", "PIL", "onnxruntime", "starlette", "boto3", "cutout.bootstrap"}
    assert heavy.isdisjoint(run.stdout.split())
