"""The image on a laptop: `sam local invoke`, `sam local start-api`, and `docker run`."""

import json
import subprocess
from contextlib import contextmanager

import pytest
import requests

from tests import gateway
from tools.answer import body
from tools.container.sandbox import docker
from tools.ports import free_port
from tools.time_limits import limit_s, wait_until

pytestmark = pytest.mark.container

SECONDS = 120
URL = "http://127.0.0.1:{}"


def invoke(event):
    process = subprocess.run(
        ["sam", "local", "invoke", "ApiFunction", "--event", gateway.EVENTS / f"{event}.json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(process.stdout)


@contextmanager
def start_api():
    port = free_port()
    command = ["sam", "local", "start-api", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield listening(URL.format(port))
    finally:
        process.terminate()
        process.wait(limit_s(SECONDS))


@contextmanager
def plain_server(image):
    name = docker("run", "--detach", "--publish", "127.0.0.1:0:5000", image).split()[-1]
    try:
        port = docker("port", name, "5000").rpartition(":")[2].strip()
        yield listening(URL.format(port)), name
    finally:
        docker("rm", "--force", name)


def listening(url):
    def answers():
        try:
            return requests.get(url + "/healthz", timeout=limit_s(SECONDS))
        except requests.ConnectionError:
            return None

    wait_until(answers, f"an answer of {url}", SECONDS)
    return url


@pytest.fixture(scope="module")
def api():
    with start_api() as url:
        yield url


@pytest.fixture(scope="module")
def server(image):
    with plain_server(image) as (url, _):
        yield url


@pytest.fixture(scope="module")
def photo():
    return gateway.picture(json.loads((gateway.EVENTS / "remove.json").read_text()))


@pytest.fixture(scope="module")
def png(photo):
    """The cutout that this Python makes of the photo."""
    from cutout import engines
    from cutout.config import Settings
    from cutout.options.record import Options

    engine = engines.engine(Settings.from_env({}))
    return engine.remove_background(photo, Options(model="u2netp")).data


def test_the_upload_event_gives_the_same_png_as_this_python(png):
    assert body(invoke("remove")) == png


def test_the_health_event_is_answered():
    assert json.loads(body(invoke("health")))["status"] == "ok"


def test_the_url_event_returns_a_picture_or_an_error_sentence():
    """Containers of this tier's Docker have no route out; those of another Docker may have one.

    Whether a lookup without a route fails or takes too long is up to the machine's resolver.
    """
    answer = invoke("remove-url")

    if answer["statusCode"] == 200:
        assert body(answer).startswith(b"\x89PNG")
    else:
        code = json.loads(body(answer))["errors"][0]["code"]
        assert code in ("invalid_image_url", "failed_image_download")


@pytest.mark.parametrize("accept", ["*/*", "image/png", "text/html,image/avif,*/*;q=0.8"])
def test_the_local_api_returns_bytes_for_every_accept_header(api, photo, png, accept):
    """Without an Accept header SAM's server returns base64; test_sandbox covers that case."""
    answer = requests.post(
        f"{api}/api/remove",
        files={"file": ("photo.jpg", photo, "image/jpeg")},
        data={"model": "u2netp"},
        headers={"Accept": accept},
        timeout=limit_s(SECONDS),
    )

    assert answer.content == png


def test_the_local_api_forwards_errors(api):
    answer = requests.post(f"{api}/api/remove", files={"file": b"words"}, timeout=limit_s(SECONDS))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "invalid_file_type"


def test_the_plain_server_gives_up_root(image):
    with plain_server(image) as (_, name):
        status = docker("exec", name, "cat", "/proc/1/status")

    fields = dict(line.split(":", 1) for line in status.splitlines())
    assert fields["Uid"].split() == ["993"] * 4
    assert fields["Gid"].split() == ["990"] * 4
    assert (fields["Groups"].split(), int(fields["CapEff"], 16)) == ([], 0)


def test_the_client_snippet_of_rembg_works_with_the_plain_server(server, photo, png, tmp_path):
    (tmp_path / "input.jpg").write_bytes(photo)

    with (tmp_path / "input.jpg").open("rb") as file:
        answer = requests.post(
            f"{server}/api/remove",
            files={"file": file},
            data={"model": "u2netp"},
            timeout=limit_s(SECONDS),
        )

    assert answer.content == png


def test_the_plain_server_stops_on_docker_stop(image):
    with plain_server(image) as (_, name):
        docker("stop", "--time", "30", name)  # after which Docker kills it

        assert docker("inspect", "--format", "{{.State.ExitCode}}", name).strip() == "0"
