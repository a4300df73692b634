"""A server of one ASGI app, whose seconds pass when a test says so."""

import asyncio
import socket
import threading
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn

from cutout.connections.guard import Guard
from cutout.connections.limits import Limits
from cutout.connections.protocol import Protocol
from cutout.connections.server import Server
from tools.time_limits import limit_s, wait_until

LARGE = 12_000_000  # bytes of a response, more than the kernel takes for a client that reads none


go = threading.Event()


class StoppedClock(Server):
    async def on_tick(self, counter):
        self.loop = asyncio.get_running_loop()
        return self.should_exit


class Served:
    def __init__(self, server, port):
        self.guard = server.server_state
        self._server = server
        self._port = port
        self._sockets = ExitStack()

    def connect(self, data=b"", address="127.0.0.1", reads_little=False, is_admitted=True):
        connection = self._sockets.enter_context(socket.socket())
        connection.settimeout(limit_s(20))
        if reads_little:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.bind((address, 0))
        connection.connect(("127.0.0.1", self._port))
        connection.sendall(data)
        if is_admitted:
            wait_until(lambda: self._protocol(connection), "the server to accept")
        return connection

    def pass_seconds(self, count=1):
        for _ in range(count):
            self._in_loop(self.guard.sweep)

    def wait_for(self, connection, condition):
        """Wait until a condition holds for the server's side of the connection."""
        wait_until(lambda: condition(self._protocol(connection)), "the server's side")

    def go_on(self):
        go.set()

    def close(self):
        self._sockets.close()

    def _protocol(self, connection):
        name = connection.getsockname()
        return self._in_loop(
            lambda: next((one for one in self.guard.connections if one.client == name), None)
        )

    def _in_loop(self, function):
        async def call():
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._server.loop).result(limit_s(20))


async def app(scope, receive, send):
    """Respond with the number of bytes of the body; /large with many bytes, /later once a test lets
    it, and /never not at all."""
    while scope["path"] == "/later" and not go.is_set():
        await asyncio.sleep(0.01)
    if scope["path"] == "/never":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    count, has_more = 0, True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        count, has_more = count + len(message["body"]), message["more_body"]
    body = bytes(LARGE) if scope["path"] == "/large" else b"%d" % count
    length = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def serving():
    """Return a context manager that serves with some limits."""

    @contextmanager
    def serve(**limits):
        config = uvicorn.Config(app, http=Protocol, ws="none", lifespan="off", log_config=None)
        server = StoppedClock(config, Guard(Limits(**limits)))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            served = Served(server, port)
            go.clear()
            try:
                wait_until(lambda: server.started and hasattr(server, "loop"), "the server")
                yield served
            finally:
                served.close()
                server.should_exit = True
                thread.join()

    return serve
