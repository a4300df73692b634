"""Attack a server of this machine with connections that stall, and print what it endures.

Half-sent heads, unfinished bodies, and clients that do not read their responses are held for some
seconds, and a usual call is made meanwhile. `python -m tools.flood` starts a plain server for it,
and `--serve` the one of `make serve`, with page and local AWS.
"""

import argparse
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from tools import markdown, sections
from tools.time_limits import limit_s, wait_until

HOST = "127.0.0.1"
READY = re.compile(r"Cutout is on http://localhost:(\d+)")
KB = 1024
BETWEEN_S = 0.001  # the kernel delays connections that come faster than they are accepted
SAMPLE_S, SETTLE_S = 0.2, 1
CHUNK = bytes(64 * KB).replace(b"\0", b"A")
HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "
HEAD = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
TEXT, FORM = b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\n%s\r\n'

Open = Callable[[int], socket.socket]  # opens a connection to a port and leaves it in its state


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    log: Path


@dataclass(frozen=True)
class Report:
    attack: str
    opened: int
    call: str  # the status of the usual call that was made meanwhile, and its seconds
    before_mb: float
    most_mb: float
    after_mb: float
    still_open: int  # of the attack's connections, after hold_s
    log_kb: float


@contextmanager
def server(
    module: str, folder: Path, environment: dict[str, str], descriptors: int = 4096
) -> Iterator[Server]:
    """Start a server on a free port, which may open so many files; it ends with the block."""
    log = folder / "server.log"
    start = f'ulimit -n {descriptors}; exec "$0" -m {module} --port 0'
    command = ["/bin/sh", "-c", start, sys.executable]
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        ready = wait_until(lambda: READY.search(log.read_text()), "the server's address", 60)
        assert ready
        yield Server(int(ready[1]), process.pid, log)
    finally:
        process.kill()
        process.wait()


def half_a_head(port: int) -> socket.socket:
    connection = connected(port)
    connection.sendall(HALF_A_HEAD)
    return connection


def unfinished_body(megabytes: int) -> Open:
    """Return what sends so many megabytes of a body that would have one more byte."""
    start = b"image_file_b64="
    count = megabytes * 16 * len(CHUNK)
    head = HEAD % (b"/v1.0/removebg", TEXT, len(start) + count + 1) + b"\r\n"

    def opened(port: int) -> socket.socket:
        connection = connected(port)
        with suppress(OSError):  # the server refuses it
            connection.sendall(head + start)
            for _ in range(megabytes * 16):
                connection.sendall(CHUNK)
        return connection

    return opened


def unread_response(photo: bytes) -> Open:
    """Return what asks for the photo's cutout and does not read it."""
    request = cutout_request(photo)

    def opened(port: int) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KB)
        connection.settimeout(limit_s(60))
        connection.connect((HOST, port))
        connection.sendall(request)
        connection.recv(1, socket.MSG_PEEK)  # the response has begun
        return connection

    return opened


def cutout_request(photo: bytes) -> bytes:
    """The photo's alpha comes with it: noise has no subject that a network would find."""
    body = PART % (b"file", photo) + PART % (b"alpha", encoded(Image.new("L", (1, 1), 200), "PNG"))
    body += b"--x--\r\n"
    return HEAD % (b"/api/remove", FORM, len(body)) + b"Connection: close\r\n\r\n" + body


def connected(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), timeout=limit_s(60))


def call(port: int, photo: bytes) -> tuple[str, float]:
    """Make a usual call. Return the status of its response, and the seconds that it took."""
    start, received = time.monotonic(), b""
    try:
        with connected(port) as connection:
            connection.sendall(cutout_request(photo))
            while part := connection.recv(64 * KB):
                received = received or part
    except OSError as error:
        return type(error).__name__, time.monotonic() - start
    return received[9:12].decode() or "closed", time.monotonic() - start


def attack(
    served: Server, name: str, open_one: Open, count: int, photo: bytes, hold_s: float
) -> Report:
    """Open the connections, make a call, hold them for some seconds, and close them."""
    before, log = memory_mb(served.pid), served.log.stat().st_size
    held: list[socket.socket] = []
    most = before
    for _ in range(count):
        with suppress(OSError):
            held.append(open_one(served.port))
        most = max(most, memory_mb(served.pid))
        time.sleep(BETWEEN_S)
    status, seconds = call(served.port, photo)
    until = time.monotonic() + hold_s
    most = max(most, memory_mb(served.pid))
    while time.monotonic() < until:
        time.sleep(SAMPLE_S)
        most = max(most, memory_mb(served.pid))
    still_open = sum(map(is_open, held))
    for connection in held:
        connection.close()
    time.sleep(SETTLE_S)
    after = memory_mb(served.pid)
    log = served.log.stat().st_size - log
    return Report(
        name, len(held), f"{status}, {seconds:.1f} s", before, most, after, still_open, log / KB
    )


def is_open(connection: socket.socket) -> bool:
    """Return whether the other side has not closed the connection. Discards what it sent."""
    connection.setblocking(False)
    try:
        while connection.recv(64 * KB):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and its children."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = int(re.findall(r"VmRSS:\s*(\d+)", status)[0]) / KB
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(memory_mb(int(child)) for child in children)


def noise(side: int) -> bytes:
    """Return a photo of side x side px whose cutout hardly compresses."""
    channels = [Image.effect_noise((side, side), 90) for _ in range(3)]
    return encoded(Image.merge("RGB", channels), "JPEG")


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def table(reports: list[Report]) -> str:
    head = [
        "held by the attack",
        "a usual call",
        "MB before",
        "most",
        "after",
        "still open",
        "kB of log",
    ]
    rows = [
        [f"{report.opened:,} {report.attack}", report.call, f"{report.before_mb:.0f}",
         f"{report.most_mb:.0f}", f"{report.after_mb:.0f}", f"{report.still_open:,}",
         f"{report.log_kb:,.0f}"]
        for report in reports
    ]  # fmt: skip
    return markdown.table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help="attack the server of `make serve`")
    parser.add_argument("--heads", type=int, default=2000)
    parser.add_argument("--bodies", type=int, default=25)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=40, help="for which each is held")
    arguments = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    module = "tools.serve" if arguments.serve else "cutout.server"
    small, large = noise(500), noise(3500)
    attacks: list[tuple[str, Open, int]] = [
        ("half-sent heads", half_a_head, arguments.heads),
        ("unfinished bodies of 40 MB", unfinished_body(40), arguments.bodies),
        ("unread responses", unread_response(large), arguments.readers),
    ]
    environment = {"CUTOUT_MODEL": "u2netp"} | os.environ
    with (
        tempfile.TemporaryDirectory() as folder,
        server(module, Path(folder), environment) as served,
    ):
        call(served.port, small)
        reports = [
            attack(served, name, open_one, count, small, arguments.seconds)
            for name, open_one, count in attacks
        ]
    print(
        f"{sections.here()}; {module}; each held for {arguments.seconds:.0f} s:\n\n{table(reports)}"
    )


if __name__ == "__main__":
    main()
