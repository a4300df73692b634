"""Page and API on this machine: `make serve`."""

import argparse
import sys
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from cutout import server

FRONTEND = Path(__file__).parents[1] / "frontend"


def main() -> int:
    program = "make serve"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    given = parser.parse_args()
    return server.run(server.LOOPBACK, given.port, with_page, program, another="PORT=5001")


def with_page(app: FastAPI) -> FastAPI:
    app.mount("/", StaticFiles(directory=FRONTEND, html=True))
    return app


if __name__ == "__main__":
    sys.exit(main())
