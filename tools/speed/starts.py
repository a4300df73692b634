"""Measures how long the process of each Lambda function takes until it can be called."""

import os
import subprocess
import sys
import time
from statistics import median

from tools import cloudformation, markdown, sections
from tools.container.sandbox import PLACEHOLDERS

ROUNDS = 9
LOAD = "import sys, {module}; print(*sys.modules)"
SHOWN = {
    "the HTTP API": {"starlette"},
    "a network": {"onnxruntime", "cutout.workers.engine"},  # in it, or in its worker process
}


def modules() -> dict[str, str]:
    """Return the module of each function of template.yaml, such as cutout.lambdas.api."""
    resources = cloudformation.read(sections.ROOT / "template.yaml")["Resources"]
    return {
        name: resource["Properties"]["ImageConfig"]["Command"][0].removesuffix(".handler")
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def table(rounds: int = ROUNDS) -> str:
    functions = modules()
    ms: dict[str, list[float]] = {name: [] for name in functions}
    loaded: dict[str, set[str]] = {}
    for _ in range(rounds):  # in turn, so that other load on the machine meets all of them
        for name, module in functions.items():
            begun = time.perf_counter()
            loaded[name] = _load(module)
            ms[name].append((time.perf_counter() - begun) * 1000)
    rows = [
        [name, f"{median(ms[name]):,.0f}",
         *("yes" if modules & loaded[name] else "no" for modules in SHOWN.values())]
        for name in functions
    ]  # fmt: skip
    head = f"{sections.here()}; medians of {rounds} processes:"
    return f"{head}\n\n{markdown.table(['function', 'ms', *SHOWN], rows)}"


def _load(module: str) -> set[str]:
    """Import a module in a new process that keeps byte-code, as the image has it. Returns the names
    of all modules that this loads."""
    command = [sys.executable, "-c", LOAD.format(module=module)]
    environment = os.environ | PLACEHOLDERS
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return set(subprocess.check_output(command, env=environment, text=True).split())
