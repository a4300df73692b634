"""A release on this machine: a server of http.server with files, which can resume and be stopped
in the middle."""

import re
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import served


class Release(ThreadingHTTPServer):
    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files  # by path
        self.sent_on = {}  # addresses by path
        self.asked = []  # each path, with its Range
        self.resumes = True
        self.most = None  # bytes of an answer, after which its connection ends
        self.pause = None  # bytes of an answer, after which it waits for go_on
        self.go_on = threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        release = self.server
        release.asked.append((self.path, self.headers.get("Range")))
        if self.path in release.sent_on:
            self.send_response(302)
            self.send_header("Location", release.sent_on[self.path])
            self.end_headers()
        elif self.path in release.files:
            self._send(release.files[self.path])
        else:
            self.send_error(404)

    def _send(self, file):
        wanted = self.headers.get("Range", "0") if self.server.resumes else "0"
        start = int(re.findall(r"\d+", wanted)[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(file) - start))
        self.end_headers()
        body, pause = file[start:][: self.server.most], self.server.pause
        with suppress(ConnectionError):  # of a client that was killed
            self.wfile.write(body[:pause])
            if pause:
                self.server.go_on.wait()
                self.wfile.write(body[pause:])

    def log_message(self, *args):
        pass


@contextmanager
def released(files):
    release = Release(files)
    with served(release):
        try:
            yield release
        finally:
            release.go_on.set()
