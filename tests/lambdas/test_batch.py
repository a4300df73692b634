"""Modules that the functions of a batch load in a new process, as on Lambda."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CALL = """
import json, sys
from types import SimpleNamespace
from cutout.lambdas import batch_worker
context = SimpleNamespace(function_name="worker", memory_limit_in_mb=1769, aws_request_id="1")
context.invoked_function_arn = "arn"
batch_worker.handler(json.load(sys.stdin), context)
"""
SERVED = {"starlette", "mangum", "uvicorn"}
PIXELS = {"numpy", "PIL", "onnxruntime"}
TELL = "import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("cutout.lambdas.batch", SERVED | PIXELS),
        ("cutout.lambdas.batch_worker", SERVED),
    ],
)
def test_a_cold_start_loads_nothing_that_is_not_needed(module, without, red_folder, monkeypatch):
    settings = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "CUTOUT_LEDGER_TABLE": "ledger",
        "CUTOUT_MODEL": "red",
        "CUTOUT_MODELS": str(red_folder),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    run = subprocess.run(
        [sys.executable, "-c", TELL.format(module=module)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert not without & set(run.stdout.split())


def test_what_aws_refuses_for_good_has_the_name_that_ends_a_batch_at_once(
    aws, resources, red_folder
):
    nowhere = {"source": "s3://nowhere/in/", "target": "s3://nowhere/out/"}
    item = {"number": 0, "source": "s3://nowhere/in/a.jpg", "target": "s3://nowhere/out/a.png"}
    event = {
        "Items": [item | {"etag": ""}],
        "BatchInput": {"id": "b1", "order": nowhere},
        "Attempt": 0,
    }
    environment = aws.environment() | {
        "CUTOUT_LEDGER_TABLE": resources["LedgerTable"],
        "CUTOUT_MODEL": "red",
        "CUTOUT_MODELS": str(red_folder),
    }

    run = subprocess.run(
        [sys.executable, "-c", CALL], input=json.dumps(event), env=os.environ | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("cutout.lambdas.batch_worker.RefusedByAws: ")
