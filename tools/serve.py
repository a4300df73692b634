"""Page and API on this machine, with a local AWS behind them: `make serve`."""

import argparse
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from cutout import bootstrap, server, serving
from cutout.config import Settings
from cutout.engine import Engine
from cutout.errors import Unavailable
from tools import job_poller, local_aws
from tools.page_headers import page_headers

FRONTEND = Path(__file__).parents[1] / "frontend"
SWEEP_S = 5 * 60  # as template.yaml has it


def main() -> int:
    program = "make serve"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder, local_aws.running(Path(folder)) as aws:
            os.environ.update(_environment(aws, given.port))
            with _every(SWEEP_S, _sweep):
                finish = partial(_finish, picture_origin=aws.url)
                return serving.run(
                    server.LOOPBACK, given.port, finish, program, another="PORT=5001"
                )
    except local_aws.NotStarted as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1


def _finish(app: FastAPI, engine: Engine, picture_origin: str) -> FastAPI:
    job_poller.start(engine)
    return with_page(app, picture_origin)


def with_page(app: FastAPI, picture_origin: str) -> FastAPI:
    app.mount("/", Page(page_headers(picture_origin)))
    return app


class Page(StaticFiles):
    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(directory=FRONTEND, html=True)
        self._headers = headers

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(self._headers)
        return response


def _environment(aws: local_aws.LocalAws, port: int) -> dict[str, str]:
    """All of it forgotten when it ends."""
    kept = aws.deploy("cutout", SiteOrigin=f"http://localhost:{port}")
    return aws.environment() | {
        "CUTOUT_LEDGER_TABLE": kept["LedgerTable"],
        "CUTOUT_STATE_TABLE": kept["StateTable"],
        "CUTOUT_BUCKET": kept["PictureBucket"],
        "CUTOUT_JOB_QUEUE": kept["JobQueue"],
        "CUTOUT_SECRET": secrets.token_hex(),
    }


def _sweep() -> None:
    try:
        bootstrap.sweep(Settings.from_env())
    except Unavailable as error:
        print(f"make serve: nothing was swept: {error}", file=sys.stderr)


@contextmanager
def _every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    stop = threading.Event()

    def repeat() -> None:
        while not stop.wait(seconds):
            act()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()


if __name__ == "__main__":
    server.leave(main())
