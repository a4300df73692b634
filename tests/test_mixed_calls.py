"""Thousands of good and bad calls to one plain server: each gets its answer, and memory stays."""

import os
import random
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.conftest import encoded
from tests.processes import started

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

STEPS = 1000, 5000, 10_000  # calls after which memory is measured
REMOVEBG, REMBG = "/v1.0/removebg", "/api/remove"
FORM, JSON = "multipart/form-data; boundary=x", "application/json"
THREADS = 4
MOST_GROWTH = 1.15  # of the memory after a tenth of the calls


def form(data, name=b"image_file", **texts):
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (text.encode(), value.encode())
        for text, value in texts.items()
    )
    head = b'--x\r\nContent-Disposition: form-data; name="%b"; filename="a"\r\n\r\n' % name
    return parts + head + data + b"\r\n--x--\r\n"


def calls(subject, plain):
    """Return requests as method, path, content type, body, and the status of their answer."""
    png, jpeg = encoded(subject, "PNG"), encoded(subject.resize((200, 150)), "JPEG")
    webp = encoded(subject.resize((100, 130)), "WEBP")
    large = b64encode(png).decode()
    good = [
        ("POST", REMOVEBG, FORM, form(png), 200),
        ("POST", REMOVEBG, FORM, form(jpeg, size="full", format="webp"), 200),
        ("POST", REMOVEBG, FORM, form(webp, crop="true", bg_color="fff", format="jpg"), 200),
        ("POST", REMOVEBG, FORM, form(jpeg, edges="fine", shadow_type="drop"), 200),
        ("POST", REMOVEBG, JSON, f'{{"image_file_b64": "{large}"}}'.encode(), 200),
        ("POST", REMBG, FORM, form(jpeg, b"file"), 200),
        ("GET", "/healthz", "", b"", 200),
        ("GET", "/v1.0/account", "", b"", 200),
    ]
    bad = [
        ("POST", REMOVEBG, FORM, form(plain), 400),
        ("POST", REMOVEBG, FORM, form(png[:-40] + b"damaged"), 400),
        ("POST", REMOVEBG, FORM, form(jpeg[:500]), 400),
        ("POST", REMOVEBG, FORM, form(b"no picture" * 10_000), 400),
        ("POST", REMOVEBG, FORM, form(png, roi="9 9"), 400),
        ("POST", REMOVEBG, FORM, form(png)[:-5], 400),
        ("POST", REMOVEBG, FORM, b"--y\r\n\r\nno form", 400),
        ("POST", REMOVEBG, JSON, b"[" * 50_000, 400),
        ("POST", REMOVEBG, JSON, b'{"image_url": "http://127.0.0.1/a.png"}', 400),
        ("POST", REMOVEBG, JSON, b'{"size": "auto"}', 400),
        ("POST", REMBG, FORM, form(b"", b"file"), 400),
        ("GET", f"{REMBG}?url=ftp://a.example", "", b"", 400),
        ("GET", "/nothing", "", b"", 404),
        ("DELETE", REMOVEBG, "", b"", 405),
    ]
    return good, bad


def send(port, call):
    """Return a sentence if the answer is another one than expected, else ""."""
    method, path, kind, body, status = call
    connection = HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"Content-Type": kind} if kind else {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status == status:
        return ""
    return f"{method} {path} {body[:80]}: {answer.status}, not {status}: {text[:200]}"


def abandon(port, call, chance):
    """Send a part of a request, or bytes that are none, and go."""
    method, path, kind, body, _ = call
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
    data = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(chance.choice([data[: chance.randrange(len(data))], data, b"\0" * 99]))
    return ""


def memory_mb(pid):
    """Return the memory of a process and of its children in MB, without that of files."""
    folder = Path(f"/proc/{pid}")
    anonymous = (folder / "status").read_text().split("RssAnon:")[1].split()
    children = [pid for task in folder.glob("task/*/children") for pid in task.read_text().split()]
    return int(anonymous[0]) / 1024 + sum(map(memory_mb, children))


def test_mixed_calls_get_their_answers_and_leave_no_memory_behind(
    red_folder, red_disc, plain, tmp_path
):
    good, bad = calls(red_disc[0], plain)
    environment = os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}

    def make(number):
        chance = random.Random(number)
        call = chance.choice(chance.choices([good, bad], [6, 4])[0])
        return abandon(port, call, chance) if chance.random() < 0.1 else send(port, call)

    log = tmp_path / "log"
    with started("cutout.server", environment, log) as (server, port):
        memory, done, wrong = {0: memory_mb(server.pid)}, 0, []
        with ThreadPoolExecutor(THREADS) as pool:
            for count in STEPS:
                wrong += filter(None, pool.map(make, range(done, count)))
                done = count
                memory[count] = memory_mb(server.pid)
        assert server.poll() is None

    print(", ".join(f"{mb:.0f} MB after {count:,} calls" for count, mb in memory.items()))
    assert wrong == []
    assert "Traceback" not in log.read_text()
    assert memory[STEPS[-1]] <= MOST_GROWTH * memory[STEPS[0]]
