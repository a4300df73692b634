"""Runs ApiFunction under AWS's Runtime Interface Emulator, without Docker: `make invoke`."""

import argparse
import http.client
import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cutout.config import MB_PER_VCPU
from tools import answer
from tools.ports import free_port
from tools.time_limits import limit_s, wait_until

ROOT = Path(__file__).parents[1]
FUNCTION = ROOT / "function"
MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
SECONDS = 60  # for the init phase, which loads a network
Invoke = Callable[[dict[str, Any]], dict[str, Any]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make invoke", description=__doc__)
    parser.add_argument("event", type=Path)
    parser.add_argument("out", type=Path, help="the file for the response's body")
    arguments = parser.parse_args()
    try:
        event = json.loads(arguments.event.read_text())
    except (OSError, ValueError) as error:
        print(f"make invoke: {arguments.event} is not an event ({error})", file=sys.stderr)
        return 1
    try:
        with emulator(sys.stderr) as invoke:
            return answer.show(invoke(event), arguments.out)
    except (answer.NoAnswer, OSError) as error:
        print(f"make invoke: {error}", file=sys.stderr)
        return 1


@contextmanager
def emulator(log: IO[str]) -> Iterator[Invoke]:
    """Start the API function and yield a function from event to response, one at a time.
    The function's output goes to log."""
    port, runtime_port = free_port(), free_port()
    command = [
        str(runtime_emulator()),
        "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
        "--runtime-api-address", f"127.0.0.1:{runtime_port}",
        sys.executable, "-u", "-m", "cutout.lambdas.api",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=_environment(), cwd=FUNCTION, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        _wait(port, process)
        yield lambda event: _invoke(port, event)
    finally:
        process.terminate()
        process.wait()


def _environment() -> dict[str, str]:
    return os.environ | {
        "AWS_LAMBDA_FUNCTION_NAME": "ApiFunction",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MB_PER_VCPU),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(SECONDS),
        "AWS_REGION": "eu-central-1",
        "CUTOUT_ASK_FOR_KEYS": "false",  # this is a laptop
        "CUTOUT_STREAM_RESPONSES": "true",  # as deployed
    }


def _invoke(port: int, event: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit_s(SECONDS))
    connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
    data = connection.getresponse().read()
    connection.close()
    return answer.parse_stream(data)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    def listens() -> bool:
        if process.poll() is not None:
            raise RuntimeError("the Runtime Interface Emulator ended before it listened")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, "the Runtime Interface Emulator to listen", SECONDS)


def runtime_emulator() -> Path:
    """Return the path of AWS's emulator for this processor, which SAM's command line includes.
    Raises FileNotFoundError where SAM is not installed."""
    name = f"aws-lambda-rie-{MACHINES[platform.machine()]}"
    found = list(ROOT.glob(f".sam/lib/python*/site-packages/samcli/local/rapid/{name}"))
    if not found:
        raise FileNotFoundError("there is no .sam, which `make invoke` and `make build` install")
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
