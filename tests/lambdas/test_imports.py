"""What a cold start of each function loads besides Python's own modules."""

import os
import subprocess
import sys

import pytest

from tools.container.sandbox import PLACEHOLDERS
from tools.speed import starts

pytestmark = pytest.mark.slow

# Powertools imports `botocore`, which is a file of 700 us here, and no more of it.
EVERY = {"aws_lambda_powertools", "botocore", "cutout", "jmespath", "typing_extensions"}
PIXELS = {"numpy", "PIL", "isal"}
BUDGET = {
    "ApiFunction": EVERY
    | PIXELS
    | {"onnxruntime", "starlette", "anyio", "mangum", "python_multipart"},
    "WorkerFunction": EVERY | PIXELS,
    "BatchWorkerFunction": EVERY | PIXELS,
    "BatchFunction": EVERY,
    "WebhookFunction": EVERY,
    "SweepFunction": EVERY,
    "CloseFunction": EVERY,
}
LOAD = "import sys, {module}; print(*sys.modules)"


@pytest.fixture
def modules(red_folder):
    """Return a function that returns the modules that a function's start loads."""
    names = {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}

    def modules(function):
        command = [sys.executable, "-c", LOAD.format(module=starts.modules()[function])]
        environment = os.environ | PLACEHOLDERS | names
        return set(subprocess.check_output(command, env=environment, text=True).split())

    return modules


def test_every_function_has_a_budget():
    assert starts.modules().keys() <= BUDGET.keys()


@pytest.mark.parametrize("function", BUDGET)
def test_a_start_loads_the_packages_of_its_budget_and_no_other(modules, function):
    loaded = modules(function)

    ours = {name.partition(".")[0] for name in loaded if not name.startswith("_")}
    assert ours - sys.stdlib_module_names == BUDGET[function]
    assert {"botocore.session", "cutout.web.openapi", "cutout.aws.boto3_errors"}.isdisjoint(loaded)
