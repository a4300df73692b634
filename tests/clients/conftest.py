"""A service on a port of its own. What it fetches by URL is the photo: it refuses this machine."""

import threading
import time
from threading import BoundedSemaphore

import pytest
import uvicorn

from cutout.adapters.http import create_app
from cutout.adapters.ports import Ports


@pytest.fixture
def service(engine, photo):
    """Its address. Its answers may be as large as Lambda's."""
    app = create_app(
        Ports(
            check=engine.check,
            remove_background=engine.remove_background,
            fetch=lambda url, deadline: photo,
            is_ready=lambda: True,
            record=lambda result: None,
            slots=BoundedSemaphore(2),
            max_bytes=1_000_000,
            max_result_bytes=4_700_000,
            deadline_s=0,
            ask_for_keys=False,
            open_rembg_door=False,
        )
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
