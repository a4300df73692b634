"""What the functions of a batch load, in processes of their own as on Lambda."""

import subprocess
import sys

import pytest

SERVED = {"fastapi", "starlette", "mangum", "uvicorn", "pydantic"}
PIXELS = {"numpy", "PIL", "onnxruntime"}
TELL = "import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("cutout.lambda_batch", SERVED | PIXELS),
        ("cutout.lambda_batch_worker", SERVED),
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
