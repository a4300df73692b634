"""Settings, read from the environment once at start. Defaults are those of a laptop."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cutout.errors import InvalidSetting, ModelsMissing

MB_PER_VCPU = 1769  # AWS: "at 1,769 MB, a function has the equivalent of one vCPU"
# AWS: an answer is at most 6,291,556 bytes of JSON, in which base64 makes four bytes of three.
LAMBDA_RESULT_BYTES = (6_291_556 - 16 * 1024) * 3 // 4  # the 16 kB are for headers
DIGITS = 15
MOST = {"CUTOUT_THREADS": 256}
CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "200000 100000": 200 ms of processor per 100 ms


@dataclass(frozen=True)
class Settings:
    model: str = "u2net"
    models: str = ""  # a folder with further models
    models_url: str = ""  # of a release, where an installed Cutout gets models at their first use
    max_bytes: int = 22 * 1024 * 1024  # of a photo; remove.bg's 22 MB
    max_pixels: int = 50_000_000  # of a photo; remove.bg's 50 MP
    max_result_bytes: int = 0  # of an answer; 0 is no limit
    threads: int = 0  # 0 takes what the machine gives this process
    deadline_s: int = 0  # for an answer of the API; 0 is none
    ask_for_keys: bool = False  # at the routes for callers who pay
    open_rembg_door: bool = False  # /api/remove is for anyone, whether keys are asked for or not
    ledger_table: str = ""  # DynamoDB's, with accounts, keys and credits
    state_table: str = ""  # DynamoDB's, with what is forgotten after a while
    bucket: str = ""  # S3's, for uploads and results
    secret: str = ""  # hashes of pictures and addresses are keyed by it
    job_queue: str = ""  # SQS's, for jobs; its url
    webhook_queue: str = ""  # the same for what is sent to the callers' own servers
    origin_secret: str = ""  # what CloudFront alone sends, as X-Origin-Secret
    calls_per_address: int = 0  # a day, without a key, for uploads and their cutouts; 0 is none
    calls_per_day: int = 0  # the same of all addresses together
    api_key: str = field(default="", repr=False)  # of another Cutout, for `cutout batch --api`
    state_machine: str = ""  # Step Functions', for `cutout batch s3://...`; its ARN

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """CUTOUT_MAX_PIXELS=1000 sets max_pixels, and so on for every field."""
        given: dict[str, Any] = {}
        for one in fields(cls):
            name = f"CUTOUT_{one.name.upper()}"
            if env.get(name):  # empty is not given
                given[one.name] = _parse(name, env[name], type(one.default))
        if "AWS_LAMBDA_FUNCTION_NAME" in env:
            given.setdefault("max_result_bytes", LAMBDA_RESULT_BYTES)
            given.setdefault("ask_for_keys", True)  # closed unless somebody opens it
        settings = cls(**given)
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
    """Lambda shows two processors where one is paid for, and a container shows its host's."""
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
