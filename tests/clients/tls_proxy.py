"""A proxy that answers as api.remove.bg, for clients that have this address in their code.

It accepts CONNECT to this host only, terminates TLS with a certificate of an authority made for the
test, and forwards the decrypted bytes. Two environment variables lead a client to it.
"""

import os
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

import trustme

from tests.conftest import served

HOST = "api.remove.bg"


class Server(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, service, context):
        super().__init__(("127.0.0.1", 0), Connection)
        self.service = service
        self.context = context


class Connection(BaseRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n") and (byte := self.request.recv(1)):
            head += byte  # one by one, since what follows is TLS
        assert head.startswith(f"CONNECT {HOST}:443 ".encode()), head
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(self.server.service) as service,
        ):
            answers = threading.Thread(target=_copy, args=(service, client))
            answers.start()
            _copy(client, service)
            answers.join()


@contextmanager
def proxied(port, folder):
    """Yield the environment variables that lead Python's requests to the service on this port."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    authority.cert_pem.write_to_path(os.fspath(folder / "authority.pem"))
    with served(Server(("127.0.0.1", port), context)) as proxy:
        yield {
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}",
            "REQUESTS_CA_BUNDLE": str(folder / "authority.pem"),
        }


def _copy(source, target):
    with suppress(OSError):  # either side may hang up first
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
