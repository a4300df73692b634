"""A local AWS on a port of its own, which forgets everything when it ends."""

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

from tools.invoke import free_port

PROGRAM = Path(__file__).parents[1] / ".emulator/bin/ministack"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
STARTS_WITHIN_S = 30  # one second on an idle machine


@dataclass(frozen=True)
class Emulator:
    url: str

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(signature_version="s3v4" if service == "s3" else None),
        )


@contextmanager
def running(folder):
    """It refuses what AWS refuses; its log is in the folder."""
    port = free_port()
    settings = KEYS | {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": "000000000000",
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
    }
    emulator = Emulator(f"http://127.0.0.1:{port}")
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAM], env=os.environ | settings, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(emulator.url, process)
            yield emulator
        finally:
            process.terminate()
            process.wait(timeout=STARTS_WITHIN_S)


def _wait_for(url, process):
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            with urlopen(f"{url}/_localstack/health"):
                return
        except URLError:
            assert process.poll() is None, "the emulator ended"
            assert time.monotonic() < until, "the emulator does not answer"
        time.sleep(0.1)
