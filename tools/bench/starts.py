"""What each function's process takes until it can be called: `python -m tools.bench.starts`."""

import os
import subprocess
import sys
import time
from datetime import date
from statistics import median

from tools import markdown
from tools.contenders.catalogue import BUILD
from tools.machine import machine

OUT = BUILD / "starts" / "table.md"
ROUNDS = 9
FUNCTIONS = {
    "ApiFunction": "lambdas.api",
    "WorkerFunction": "lambdas.worker",
    "BatchWorkerFunction": "lambdas.batch_worker",
    "BatchFunction": "lambdas.batch",
    "WebhookFunction": "lambdas.webhook",
    "SweepFunction": "lambdas.sweep",
}
# Nobody is asked: they are names, and a start does not use them.
SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "CUTOUT_LEDGER_TABLE": "ledger",
    "CUTOUT_STATE_TABLE": "state",
    "CUTOUT_BUCKET": "pictures",
    "CUTOUT_SECRET": "secret",
    "CUTOUT_JOB_QUEUE": "https://sqs.us-east-1.amazonaws.com/0/jobs",
    "CUTOUT_WEBHOOK_QUEUE": "https://sqs.us-east-1.amazonaws.com/0/webhooks",
}
LOADED = "import sys, cutout.{module}; print(*sys.modules)"
SHOWN = {"FastAPI": "fastapi", "a network": "onnxruntime"}


def main() -> int:
    ms: dict[str, list[float]] = {name: [] for name in FUNCTIONS}
    modules: dict[str, set[str]] = {}
    for _ in range(ROUNDS):  # in turns, so that what else the machine does meets all of them
        for name, module in FUNCTIONS.items():
            start = time.perf_counter()
            modules[name] = _loaded(module)
            ms[name].append((time.perf_counter() - start) * 1000)
    head = f"{date.today()}, {machine()}; medians of {ROUNDS} processes:\n\n"
    rows = [_row(name, median(ms[name]), modules[name]) for name in FUNCTIONS]
    told = head + markdown.table(["function", "ms", *SHOWN], rows)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(told, encoding="utf-8")
    print(told)
    return 0


def _loaded(module: str) -> set[str]:
    command = [sys.executable, "-c", LOADED.format(module=module)]
    run = subprocess.run(
        command, env=os.environ | SETTINGS, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def _row(name: str, ms: float, modules: set[str]) -> list[str]:
    return [name, f"{ms:,.0f}", *("yes" if it in modules else "no" for it in SHOWN.values())]


if __name__ == "__main__":
    sys.exit(main())
