"""Runs the image as Lambda does: read-only, unprivileged, without network, with limited memory."""

import json
import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cutout.config import MB_PER_VCPU
from tools import answer
from tools.gateway import Event

CLIENT = (Path(__file__).parent / "client.py").read_text()
IMAGE = "cutout"
MEMORY_MB = MB_PER_VCPU
OURS = ("/var/task/entrypoint.sh", "cutout.lambdas.api.handler")
# As deployed, so that a start makes the same clients. None of these is called.
PLACEHOLDERS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "CUTOUT_LEDGER_TABLE": "none",
    "CUTOUT_STATE_TABLE": "none",
    "CUTOUT_BUCKET": "none",
    "CUTOUT_JOB_QUEUE": "https://none",
    "CUTOUT_WEBHOOK_QUEUE": "https://none",
    "CUTOUT_SECRET": "none",
}


def limits(memory_mb: int = MEMORY_MB) -> list[str]:
    """Return the options of `docker run` that take away what Lambda's sandbox does not give."""
    return [
        "--read-only", "--tmpfs", "/tmp:rw,nosuid,nodev,size=512m,mode=1777",
        "--memory", f"{memory_mb}m", "--memory-swap", f"{memory_mb}m", "--cpus", "1",
        "--pids-limit", "1024", "--ulimit", "nofile=1024:1024",
        "--user", "993:990", "--cap-drop", "all", "--security-opt", "no-new-privileges",
        "--ipc", "none", "--pull", "never",
    ]  # fmt: skip


@dataclass(frozen=True)
class Response:
    """The emulator's status and the function's bytes for one event."""

    status: int
    data: bytes
    peak_mb: float  # held by the runtime's process since it began

    @property
    def payload(self) -> dict[str, Any]:
        return answer.parse_stream(self.data)


class Function:
    def __init__(self, name: str, client: "subprocess.Popen[str]") -> None:
        self.name = name  # of the container
        self._client = client

    def invoke(self, event: Event) -> Response:
        assert self._client.stdin and self._client.stdout
        self._client.stdin.write(json.dumps(event) + "\n")
        self._client.stdin.flush()
        line = self._client.stdout.readline()
        if not line:
            raise RuntimeError(f"the client ended: {self._client.communicate()[1]}")
        record = json.loads(line)
        return Response(record["status"], b64decode(record["data"]), record["peak_mb"])

    def log(self) -> str:
        return docker("logs", self.name)

    def init_ms(self) -> float:
        return float(re.findall(r"INIT REPORT\(durationMs: ([\d.]+)", self.log())[-1])

    def calls_ms(self) -> list[float]:
        """Return how long each call took inside the runtime."""
        return [float(ms) for ms in re.findall(r"INVOKE RTDONE.*duration: ([\d.]+)ms", self.log())]


@contextmanager
def function(
    image: str,
    command: tuple[str, str] = OURS,
    memory_mb: int = MEMORY_MB,
    timeout_s: int = 27,
    **settings: str,
) -> Iterator[Function]:
    """Run the image under the Runtime Interface Emulator; settings are environment variables."""
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "ApiFunction",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s),
        "AWS_REGION": "us-east-1",  # Lambda sets this one and AWS_DEFAULT_REGION
        "CUTOUT_ASK_FOR_KEYS": "false",
        "CUTOUT_STREAM_RESPONSES": "true",
        **PLACEHOLDERS,
    } | settings
    variables = [part for name, text in environment.items() for part in ("-e", f"{name}={text}")]
    name = f"cutout-{uuid4().hex}"
    docker(
        "run", "--detach", "--name", name, "--network", "none", *limits(memory_mb), *variables,
        "--entrypoint", "/usr/local/bin/aws-lambda-rie", image, *command,
    )  # fmt: skip
    # In its network and among its processes, but not under its memory limit
    client = subprocess.Popen(
        ["docker", "run", "--rm", "--interactive", "--pull", "never",
         "--network", f"container:{name}", "--pid", f"container:{name}",
         "--entrypoint", "python3", image, "-c", CLIENT],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        with client:
            yield Function(name, client)
    finally:
        docker("rm", "--force", name)


def docker(*arguments: str) -> str:
    """Return what a docker command prints. Raises RuntimeError with that where it fails."""
    process = subprocess.run(
        ["docker", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if process.returncode:
        raise RuntimeError(f"docker {arguments[0]}: {process.stdout.strip()}")
    return process.stdout
