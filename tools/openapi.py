"""Prints the OpenAPI description of a service with all endpoints, without a server.

`.venv/bin/python -m tools.openapi > openapi.json`
"""

import json
import os
from typing import Any

from cutout import bootstrap, engines
from cutout.config import Settings
from cutout.web import openapi
from cutout.web.routing import Endpoint

NOWHERE = "none"
# Of a service as on AWS: with keys, visitors, uploads and jobs. Nothing is called by these names.
SETTINGS = Settings(
    threads=1,
    ask_for_keys=True,
    calls_per_address=1,
    calls_per_day=1,
    ledger_table=NOWHERE,
    state_table=NOWHERE,
    bucket=NOWHERE,
    secret=NOWHERE,
    job_queue=f"https://{NOWHERE}",
    webhook_queue=f"https://{NOWHERE}",
)
# What connections need to be made; none is.
AWS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": NOWHERE,
    "AWS_SECRET_ACCESS_KEY": NOWHERE,
}


def main() -> None:
    os.environ |= AWS
    print(json.dumps(description(), indent=2))


def description() -> dict[str, Any]:
    """Return the description of a service with all endpoints. The environment has to have AWS."""
    app = bootstrap.app(SETTINGS, engines.engine(SETTINGS), lambda result: None)
    return openapi.describe(route for route in app.routes if isinstance(route, Endpoint))


if __name__ == "__main__":
    main()
