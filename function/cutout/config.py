"""Settings, read from the environment once at start. Defaults are those of a laptop."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cutout.errors import InvalidSetting, ModelsMissing

MB_PER_VCPU = 1769  # AWS: "at 1,769 MB, a function has the equivalent of one vCPU"
# AWS: a response is at most 6,291,556 bytes of JSON, in which base64 makes four bytes of three.
LAMBDA_RESULT_BYTES = (6_291_556 - 16 * 1024) * 3 // 4  # the 16 kB are for headers
# AWS: a streamed response has at most 200 MB, and in JSON the picture is in base64.
STREAMED_RESULT_BYTES = (200_000_000 - 16 * 1024) * 3 // 4
DIGITS = 15
MOST = {"CUTOUT_THREADS": 256}
CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "200000 100000": 200 ms of processor per 100 ms


@dataclass(frozen=True)
class Settings:
    model: str = "u2net"
    models: str = ""  # a folder with further models
    models_url: str = ""  # a release, from which an installed Cutout downloads models at first use
    max_bytes: int = 22 * 1024 * 1024  # of a photo; remove.bg's 22 MB
    max_pixels: int = 50_000_000  # of a photo; remove.bg's 50 MP
    max_result_bytes: int = 0  # of a picture in a response; 0 is no limit
    stream_responses: bool = False  # of ApiFunction; False sends each to Lambda in one piece
    threads: int = 0  # 0 is one for each processor that this process may use
    deadline_s: int = 0  # for a response of the API; 0 is none
    ask_for_keys: bool = False  # at the routes that charge an account
    open_rembg_door: bool = False  # /api/remove serves requests without an API key
    substitute_models: bool = True  # the default model replaces rembg's others at /api/remove
    ledger_table: str = ""  # the DynamoDB table of accounts, API keys and credits
    state_table: str = ""  # the DynamoDB table of items that expire
    bucket: str = ""  # the S3 bucket of uploads and results
    secret: str = ""  # the key of the hashes of pictures and addresses
    job_queue: str = ""  # the URL of the SQS queue of jobs
    webhook_queue: str = ""  # the URL of the SQS queue of webhooks
    origin_secret: str = ""  # the X-Origin-Secret that only CloudFront sends
    calls_per_address: int = 0  # a day, without an API key; 0 is none
    calls_per_day: int = 0  # a day, without an API key, of all addresses together
    api_key: str = field(default="", repr=False)  # of the service of `cutout batch --api`
    state_machine: str = ""  # the ARN of the one of `cutout batch s3://...`
    url_ports: str = "80,443"  # of URLs of pictures and webhooks
    url_sources: str = ""  # the only hosts that pictures are fetched from; empty is all public ones

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read each field from its environment variable, max_pixels from CUTOUT_MAX_PIXELS.

        Raises InvalidSetting for a value that the field cannot have."""
        values: dict[str, Any] = {}
        for one in fields(cls):
            name = f"CUTOUT_{one.name.upper()}"
            if env.get(name):  # empty is the default
                values[one.name] = _parse(name, env[name], type(one.default))
        if "AWS_LAMBDA_FUNCTION_NAME" in env:
            streams = values.get("stream_responses")
            most = STREAMED_RESULT_BYTES if streams else LAMBDA_RESULT_BYTES
            values.setdefault("max_result_bytes", most)
            values.setdefault("ask_for_keys", True)  # a deployed service is closed by default
        settings = cls(**values)
        return replace(settings, threads=settings.threads or available_threads(env))


def _parse(name: str, text: str, kind: type) -> str | int:
    if kind is str:
        return text
    if kind is bool:
        return _parse_bool(name, text)
    if not text.isdecimal() or len(text) > DIGITS:
        raise InvalidSetting(f"{name} has to be a whole number, and is {text[:40]!r}")
    if int(text) > MOST.get(name, sys.maxsize):
        raise InvalidSetting(f"{name} can be {MOST[name]} at most, and is {text}")
    return int(text)


def _parse_bool(name: str, text: str) -> bool:
    if text not in ("true", "false"):  # as CloudFormation writes them
        raise InvalidSetting(f"{name} has to be true or false, and is {text[:40]!r}")
    return text == "true"


def available_threads(env: Mapping[str, str], quota: Path = CGROUP_QUOTA) -> int:
    """Return the number of processors that this process may use.

    Lambda shows two where one is paid for, and a container shows those of its host."""
    if memory_mb := env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return max(1, int(memory_mb) // MB_PER_VCPU)
    if not quota.exists():
        return _affinity()
    return min(_affinity(), _whole_processors(quota.read_text()))


def _whole_processors(quota: str) -> int:
    used, period = quota.split()
    return max(1, int(used) // int(period)) if used != "max" else sys.maxsize


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS has no affinity


def cache_folder(env: Mapping[str, str] = os.environ) -> Path:
    """Return the user's cache folder for original, downloaded and built networks.

    Raises ModelsMissing for a user without a home folder.
    """
    if folder := env.get("XDG_CACHE_HOME"):
        return Path(folder) / "cutout"
    try:
        return Path.home() / ".cache" / "cutout"
    except RuntimeError as error:
        raise ModelsMissing(
            "this user has no home folder to keep models in; set XDG_CACHE_HOME to a folder"
        ) from error
