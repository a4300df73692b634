"""The client as a program uses it."""

import re
import subprocess
import sys
from email.utils import formatdate

import pytest

from cutout import errors
from cutout.cli import flags
from cutout.cli.files import read_options
from cutout.client import Client
from cutout.client.retry import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, MOST_RETRY_AFTERS, MOST_TRIES
from cutout.options.record import Options
from cutout.picture import Box, Size
from tests.client.conftest import HEADERS, KEY, problem
from tests.conftest import encoded
from tests.memory import Clock

PHOTO = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(said, slept):
    return Client(said.url, KEY, clock=Clock(), sleep=slept.append)


def paths(said, method):
    return [path for asked, path, _, _ in said.asked if asked == method]


def test_a_photo_goes_by_the_bucket_and_nothing_of_it_stays(client, said):
    answer = client.remove_background(PHOTO, Options(max_pixels=4_000_000))

    assert answer.data == b"cutout"
    assert (answer.media_type, answer.size, answer.placed) == (
        "image/png", Size(4, 3), Box(1, 1, 2, 1),
    )  # fmt: skip
    assert (answer.confidence, answer.model, answer.credits) == (0.9, "red", "0.25")
    assert [(method, path) for method, path, _, _ in said.asked] == [
        ("POST", "/v1.0/uploads"), ("POST", "/bucket"), ("POST", "/v1.0/removebg"),
        ("GET", "/result"), ("DELETE", "/v1.0/uploads/u1"),
    ]  # fmt: skip


def test_the_key_goes_to_the_api_alone(client, said):
    client.remove_background(PHOTO)

    for _, path, headers, body in said.asked:
        assert (headers.get("X-Api-Key") == KEY) == path.startswith("/v1.0/")
        assert KEY.encode() not in body


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("told", ["7", formatdate(Clock().now + 7, usegmt=True)])
def test_who_is_told_to_wait_waits_for_so_long(client, said, slept, status, told):
    said.script = [(status, problem("rate_limit_exceeded"), {"Retry-After": told})] * 2

    assert client.remove_background(PHOTO).data == b"cutout"
    assert slept == [7.0, 7.0]


def test_a_date_that_is_past_is_no_wait(client, said, slept):
    past = formatdate(Clock().now - 60, usegmt=True)
    said.script = [(503, problem("unavailable"), {"Retry-After": past})]

    client.remove_background(PHOTO)

    assert slept == [0.0]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_without_that_each_wait_is_twice_as_long_up_to_a_limit(client, said, slept, status):
    said.script = [(status, b"<html>")] * (MOST_TRIES - 1)

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
def test_it_gives_up_some_time(client, said, answer, kind, code, times):
    said.script = [answer] * 100

    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(PHOTO)

    assert (type(raised.value), raised.value.code) == (kind, code)
    assert paths(said, "POST").count("/v1.0/removebg") == times
    assert paths(said, "DELETE") == ["/v1.0/uploads/u1"]


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
def test_what_it_says_is_raised_with_its_code_and_not_asked_again(
    client, said, slept, answer, kind, code
):
    said.script = [answer]

    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(PHOTO)

    assert (type(raised.value), raised.value.code) == (kind, code)
    assert slept == []
    assert paths(said, "DELETE") == ["/v1.0/uploads/u1"]


def test_a_redirect_is_not_followed_and_told(client, said):
    said.script = [(302, b"", {"Location": "http://localhost:1/"})]

    with pytest.raises(errors.RemoteClosed, match="302 with a redirect to http://localhost:1/"):
        client.remove_background(PHOTO)


def test_what_comes_from_elsewhere_moves_no_cursor_and_tells_no_key(client, said):
    said.script = [(400, problem("x", f"\x1b[2Jnot\r\n with {KEY}"))]

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
def test_a_ticket_that_makes_no_sense_is_none(client, said, ticket):
    said.ticket = ticket

    with pytest.raises(errors.RemoteClosed):
        client.remove_background(PHOTO)


def test_to_a_service_on_https_no_photo_is_sent_in_the_clear(safe, slept):
    with pytest.raises(errors.RemoteClosed, match="without https"):
        Client(safe.url, KEY, sleep=slept.append).remove_background(PHOTO)

    assert paths(safe, "POST") == ["/v1.0/uploads"]
    assert slept == []


def test_from_a_service_on_https_no_cutout_is_fetched_in_the_clear(safe, slept):
    safe.ticket = {"url": f"{safe.url}/bucket"}

    with pytest.raises(errors.RemoteClosed, match="without https"):
        Client(safe.url, KEY, sleep=slept.append).remove_background(PHOTO)

    assert paths(safe, "POST") == ["/v1.0/uploads", "/bucket", "/v1.0/removebg"]
    assert slept == []


def test_a_service_on_https_is_asked_like_any_other(safe):
    safe.ticket = {"url": f"{safe.url}/bucket"}
    safe.script = [(200, {"data": {"result_url": f"{safe.url}/result"}}, HEADERS)]

    assert Client(safe.url, KEY).remove_background(PHOTO).data == b"cutout"


def test_the_same_photo_with_the_same_options_has_one_name(client, said):
    for photo, options in [
        (PHOTO, Options()), (PHOTO, None), (PHOTO, Options(crop=True)), (PHOTO + b"2", Options()),
        (PHOTO, Options(backdrop=b"a")), (PHOTO, Options(backdrop=b"b")),
    ]:  # fmt: skip
        client.remove_background(photo, options)

    names = [headers["Idempotency-Key"] for _, path, headers, _ in said.asked if "rem" in path]
    assert names[0] == names[1]
    assert len(set(names)) == 5


def test_a_host_that_is_silent_is_given_up_for_all(silent, slept):
    client = Client(silent, silence_s=0.05, sleep=slept.append)

    with pytest.raises(errors.RemoteClosed, match="no response came in time") as raised:
        client.remove_background(PHOTO)

    assert raised.value.code == "connection_failed"
    assert len(slept) == MOST_TRIES - 1


def test_a_photo_at_which_it_falls_silent_is_given_up_alone(said, slept):
    said.takes_s = 0.5
    client = Client(said.url, silence_s=0.05, sleep=slept.append)

    with pytest.raises(errors.RemoteError, match="no response came in time") as raised:
        client.remove_background(PHOTO)

    assert (type(raised.value), raised.value.code) == (errors.RemoteError, "connection_failed")
    assert len(slept) == MOST_TRIES - 1


def test_where_nobody_is_there_no_photo_fares_better(silent, slept):
    nobody = re.sub(r"\d+$", "1", silent)

    with pytest.raises(errors.RemoteClosed, match="no connection") as raised:
        Client(nobody, sleep=slept.append).remove_background(PHOTO)

    assert raised.value.code == "unreachable"
    assert len(slept) == MOST_TRIES - 1


def test_what_is_no_photo_is_not_sent(client, said):
    with pytest.raises(errors.UnreadablePicture):
        client.remove_background(b"")
    with pytest.raises(errors.UnknownFileType):
        client.remove_background(b"words")
    assert said.asked == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"])
def test_each_kind_of_photo_is_called_by_its_name(client, said, red_disc, kind):
    client.remove_background(encoded(red_disc[0], kind))

    assert f"image/{kind.lower()}".encode() in said.asked[0][3]


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
def test_an_address_or_a_key_that_cannot_be_used_is_a_sentence(url, key, words):
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
def test_others_can_be_used(url, key):
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
        said = [word.format(backdrop=tmp_path / "backdrop.png") for word in words]
        given = flags.batch().parse_args(["in", "out", *said])
        options = read_options(given)

        answer = client.remove_background(photo, options)

        result = engine.remove_background(photo, options)
        assert (words, answer.data) == (words, result.data)
        assert (answer.size, answer.placed) == (result.size, result.placed)
        assert (answer.media_type, answer.model) == (result.media_type, result.model)


def test_an_answer_that_got_lost_is_asked_for_again_and_charged_once(service, photo):
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


def test_nothing_is_left_in_the_bucket(service, bucket, photo, plain):
    service.money.ledger.grant(service.account, 40)
    client = Client(service.url, service.key)
    before = list(bucket.files(""))

    client.remove_background(photo)
    with pytest.raises(errors.RemoteError) as raised:
        client.remove_background(plain)

    assert raised.value.code == "unknown_foreground"
    assert list(bucket.files("")) == before


def test_it_needs_nothing_but_python():
    code = "import sys, cutout.client; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    heavy = {"numpy", "PIL", "onnxruntime", "fastapi", "boto3", "cutout.bootstrap"}
    assert heavy.isdisjoint(run.stdout.split())
