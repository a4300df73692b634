"""SweepFunction on real stores, as Lambda runs it: in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from cutout import bootstrap
from cutout.credits.reservations import Purchase

pytestmark = pytest.mark.slow

# With the clock an hour ahead.
SWEEP = """
import sys, time
from types import SimpleNamespace
now = time.time
time.time = lambda: now() + 3600
from cutout.lambdas.sweep import handler
context = SimpleNamespace(function_name="sweep", memory_limit_in_mb=512, aws_request_id="1")
context.invoked_function_arn = "arn"
print(handler({}, context), file=sys.stderr)
assert {"starlette", "numpy", "onnxruntime"}.isdisjoint(sys.modules)
"""


def test_pictures_and_reservations_go_by_their_age(aws, resources, ledger_table, bucket, account):
    bucket.put(f"uploads/{account}/photo", b"photo", "image/png")
    bootstrap.accounts(ledger_table).create_key(account)
    ledger = bootstrap.ledger(ledger_table)
    ledger.grant(account, 4)
    ledger.reserve(Purchase(account, "00000001", "a", "a", 4))
    environment = aws.environment() | {
        "CUTOUT_LEDGER_TABLE": resources["LedgerTable"],
        "CUTOUT_BUCKET": resources["PictureBucket"],
    }

    run = subprocess.run(
        [sys.executable, "-c", SWEEP],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert ledger.balance(account) == 4
    assert list(bucket.files(f"uploads/{account}/")) == []
    (line,) = map(json.loads, run.stdout.splitlines())
    assert line["message"] == "swept"
    assert line["pictures"] >= 1 and line["reservations"] >= 1
