"""A service on a port of its own. What it fetches by URL is the photo: it refuses this machine."""

import threading
import time

import pytest
import uvicorn

from cutout.adapters.http import create_app
from tests import ports


@pytest.fixture
def service(engine, photo):
    """Its address. Its answers may be as large as Lambda's."""
    app = create_app(
        ports.of(engine, fetch=lambda url, deadline: photo, max_result_bytes=4_700_000)
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
