"""Serve page and API on this machine, with a local AWS: `make serve`."""

import argparse
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cutout import bootstrap, serving
from cutout.cli import serve
from cutout.config import Settings
from cutout.engine.pipeline import Engine
from cutout.errors import Unavailable
from tools import job_poller, local_aws
from tools.page_headers import page_headers

FRONTEND = Path(__file__).parents[1] / "frontend"
SWEEP_S = 5 * 60  # as template.yaml has it


def main() -> int:
    program = "make serve"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder, local_aws.running(Path(folder)) as aws:
            os.environ.update(_environment(aws, arguments.port))
            return _serve(arguments.port, program, picture_origin=aws.url)
    except local_aws.NotStarted as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1


def _serve(port: int, program: str, picture_origin: str) -> int:
    stopping = threading.Event()

    def finish(app: Starlette, engine: Engine) -> Starlette:
        job_poller.start(engine, stopping)
        return with_page(app, picture_origin)

    threading.Thread(target=_sweep, args=(program, stopping), daemon=True).start()
    try:
        return serving.run(serve.LOOPBACK, port, finish, program, another="PORT=5001")
    finally:
        stopping.set()


def with_page(app: Starlette, picture_origin: str) -> Starlette:
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
    """Deploy to the local AWS. Returns the settings of a service that uses it."""
    names = aws.deploy("cutout", SiteOrigin=f"http://localhost:{port}")
    return aws.environment() | {
        "CUTOUT_LEDGER_TABLE": names["LedgerTable"],
        "CUTOUT_STATE_TABLE": names["StateTable"],
        "CUTOUT_BUCKET": names["PictureBucket"],
        "CUTOUT_JOB_QUEUE": names["JobQueue"],
        "CUTOUT_SECRET": secrets.token_hex(),
    }


def _sweep(program: str, stopping: threading.Event) -> None:
    while not stopping.wait(SWEEP_S):
        try:
            bootstrap.sweep(Settings.from_env())
        except Unavailable as error:
            print(f"{program}: expired pictures were not deleted: {error}", file=sys.stderr)


if __name__ == "__main__":
    serve.leave(main())
