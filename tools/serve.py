"""Page and API on this machine: `make serve`."""

import argparse
import logging
import socket
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Options, Result
from cutout.errors import CutoutError

FRONTEND = Path(__file__).parents[1] / "frontend"
HOST = "127.0.0.1"


def with_page(app: FastAPI) -> FastAPI:
    app.mount("/", StaticFiles(directory=FRONTEND, html=True))
    return app


def record(result: Result) -> None:
    stages = ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in result.timings_ms.items())
    logging.getLogger("uvicorn.error").info("%s: %s", result.model, stages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    given = parser.parse_args()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        settings = Settings.from_env()
        engine = bootstrap.engine(settings)
        engine.prepare(Options())
        listener.bind((HOST, given.port))
        listener.listen()  # who reads the line below may connect at once
    except CutoutError as error:
        return complain(str(error))
    except (OSError, OverflowError) as error:
        return complain(f"port {given.port} cannot be had ({error}); try `make serve PORT=5001`")
    app = with_page(bootstrap.app(settings, engine, record))
    print(
        f"Cutout is on http://localhost:{listener.getsockname()[1]} (Ctrl-C stops it)", flush=True
    )
    with suppress(KeyboardInterrupt):  # uvicorn shuts down on it, and then raises it again
        uvicorn.Server(uvicorn.Config(app, log_level="info")).run([listener])
    return 0


def complain(sentence: str) -> int:
    print(f"make serve: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
