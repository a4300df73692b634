"""Attempts, time limits and errors of calls of AWS, and the account that they are made for."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import pytest
import trustme
from botocore.exceptions import CredentialRetrievalError

from cutout.aws import client
from cutout.aws.client import Caller, JsonService
from cutout.aws.credentials import account, renewed
from cutout.aws.errors import AwsError, NoResponse, NotConfigured
from cutout.aws.s3 import quoted_key
from cutout.aws.signature import Credentials
from tests.aws_responses import Responses, done, refused, xml
from tests.conftest import served

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"  # to HEAD, of no body
CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}"
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1"}


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    made = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without configuration, files and role of AWS."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in (*KEYS, "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def server():
    """An emulator that sends the bytes in `left`, and notes requests and connections."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.server.connections += 1

        def respond(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.server.paths.append(self.path)
            response = self.server.left.pop(0)
            self.wfile.write(response)
            self.close_connection = response in (b"", CUT_SHORT)

        do_GET = do_HEAD = do_POST = respond

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.left, server.paths, server.connections = [], [], 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.account = account(KEYS | {"AWS_ENDPOINT_URL": server.url})
    with served(server):
        yield server


@pytest.mark.parametrize(
    "first", [NoResponse("reset"), refused("ThrottlingException"), xml("", 503), xml("<a", 500)]
)
def test_what_may_pass_is_tried_a_second_time_after_a_pause(first, pauses):
    responses = Responses(first, done({"Item": {}}))

    assert responses.service("dynamodb").call("GetItem") == {"Item": {}}
    assert len(pauses) == 1 and 0 <= pauses[0] <= client.LONGEST_PAUSE_S


def test_both_attempts_have_the_same_body_and_token():
    responses = Responses(NoResponse("reset"), done())

    responses.service("dynamodb").call("TransactWriteItems", ClientRequestToken="once")

    first, second = (body for *_, body in responses.requests)
    assert first == second and b"once" in first


def test_the_second_attempt_sends_a_file_from_where_it_began():
    responses = Responses(NoResponse("reset"), done())
    file = BytesIO(b"headbody")
    file.seek(4)

    responses.caller("s3").call("PUT", "https://a/b", {}, file)

    assert [body for *_, body in responses.requests] == [b"body", b"body"]


def test_after_an_error_a_file_is_where_it_was():
    file = BytesIO(b"headbody")
    file.seek(4)

    with pytest.raises(AwsError):
        Responses(refused("NoSuchBucket", 404)).caller("s3").call("PUT", "https://a/b", {}, file)

    assert file.tell() == 4


@pytest.mark.parametrize("name", ["a/../b", "./a", "..", "/a//b", "~a+b%2F c\u00e9?#"])
def test_a_key_of_s3_is_sent_as_it_is_signed(server, name):
    server.left = [OK]
    url = f"{server.url}/bucket/{quoted_key(name)}"

    Caller(server.account, "s3").call("GET", url, {}).body()

    assert server.paths == [url.removeprefix(server.url)]


def test_a_response_that_is_cut_short_is_asked_for_again(server):
    server.left = [CUT_SHORT, OK]

    assert JsonService(Caller(server.account, "dynamodb")).call("UpdateItem") == {}


def test_a_closed_connection_is_opened_again(server):
    server.left = [b"", OK]

    assert JsonService(Caller(server.account, "dynamodb")).call("GetItem") == {}


def test_what_is_missing_does_not_cost_a_connection(server):
    server.left = [MISSING, MISSING, OK]
    caller = Caller(server.account, "s3")

    for _ in range(2):
        with pytest.raises(AwsError, match="404"):
            caller.call("HEAD", f"{server.url}/a", {})
    caller.call("GET", f"{server.url}/a", {}).body()

    assert server.connections == 1


def test_after_two_attempts_the_error_is_raised():
    with pytest.raises(NoResponse, match="twice"):
        Responses(NoResponse("once"), NoResponse("twice")).service("sqs").call("SendMessage")
    with pytest.raises(AwsError, match="SlowDown"):
        Responses(refused("SlowDown", 503), refused("SlowDown", 503)).service("sqs").call("A")


def test_what_a_retry_cannot_cure_is_tried_once():
    responses = Responses(refused("ValidationException", message="no such name"))

    with pytest.raises(AwsError, match="ValidationException: no such name") as raised:
        responses.service("dynamodb").call("GetItem")

    assert (raised.value.code, raised.value.status) == ("ValidationException", 400)


def test_sqs_names_its_errors_in_a_header():
    response = refused("com.amazonaws.sqs#QueueDoesNotExist")
    response.headers["x-amzn-query-error"] = "AWS.SimpleQueueService.NonExistentQueue;Sender"

    with pytest.raises(AwsError, match="NonExistentQueue"):
        Responses(response).service("sqs").call("SendMessage")


def test_a_response_that_is_not_json_is_no_response():
    with pytest.raises(NoResponse):
        Responses(xml("{half")).service("dynamodb").call("GetItem")


def test_a_request_carries_the_trace_that_lambda_works_on(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2")
    responses = Responses(done())

    responses.service("dynamodb").call("GetItem")

    ((_, url, headers, _),) = responses.requests
    assert headers["X-Amzn-Trace-Id"] == "Root=1-2"
    assert "trace" not in headers["authorization"]
    assert url == "https://dynamodb.us-east-1.amazonaws.com/"


def test_a_service_that_does_not_listen_is_no_response():
    nobody = Caller(account(KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}), "s3")

    with pytest.raises(NoResponse):
        nobody.call("GET", "http://127.0.0.1:9/a", {})


def test_a_certificate_that_nobody_vouches_for_is_no_response():
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_port}"
    with served(server), pytest.raises(NoResponse, match="CERTIFICATE_VERIFY_FAILED"):
        Caller(account(KEYS | {"AWS_ENDPOINT_URL": url}), "s3").call("GET", url, {})


def test_a_start_finds_the_account_in_the_environment():
    found = account(KEYS | {"AWS_SESSION_TOKEN": "c", "AWS_ENDPOINT_URL": "http://here/"})

    assert (found.region, found.credentials()) == ("eu-west-1", Credentials("a", "b", "c"))
    assert found.url("sqs") == "http://here"


def test_regions_in_china_have_hosts_of_their_own():
    found = account(KEYS | {"AWS_DEFAULT_REGION": "cn-north-1"})

    assert found.url("dynamodb") == "https://dynamodb.cn-north-1.amazonaws.com.cn"


def test_without_keys_the_profile_of_the_command_line_is_taken(nowhere):
    config = "[default]\naws_access_key_id = a\naws_secret_access_key = b\nregion = eu-north-1\n"
    (nowhere / "AWS_CONFIG_FILE").write_text(config)

    found = account({})

    assert (found.region, found.credentials()) == ("eu-north-1", Credentials("a", "b"))
    assert account({"AWS_DEFAULT_REGION": "us-west-2"}).region == "us-west-2"


def test_without_region_or_keys_a_sentence_says_so(nowhere):
    found = account({"AWS_DEFAULT_REGION": "us-west-2"})  # a process starts without keys
    with pytest.raises(NotConfigured, match="no credentials"):
        found.credentials()
    (nowhere / "AWS_CONFIG_FILE").write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    with pytest.raises(NotConfigured, match="no region"):
        account({})


def test_a_profile_that_does_not_exist_is_named(nowhere, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(NotConfigured, match="nobody"):
        account({})
    with pytest.raises(NotConfigured, match="nobody"):
        account({"AWS_DEFAULT_REGION": "us-west-2"}).credentials()


def test_a_role_that_does_not_answer_is_no_response():
    class Role:
        def get_frozen_credentials(self):
            raise CredentialRetrievalError(provider="role", error_msg="busy")

    with pytest.raises(NoResponse, match="busy"):
        renewed(Role())()


def test_threads_share_one_caller(aws, resources):
    table = resources["StateTable"]
    service, found = aws.service("dynamodb"), []

    def get():
        key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
        found.append(service.call("GetItem", TableName=table, Key=key))

    threads = [Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [{}] * 8
