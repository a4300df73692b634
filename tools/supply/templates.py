"""Checkov's findings in the templates, less the exceptions of infra/checkov.toml."""

import json
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.sections import ROOT

CHECKOV = ROOT / ".supply/bin/checkov"
EXCEPTIONS = ROOT / "infra/checkov.toml"
STATE_MACHINES = "*.asl.yaml"  # are no templates


@dataclass(frozen=True)
class Finding:
    check: str  # such as CKV_AWS_18
    resource: str  # logical name
    file: str
    title: str


@dataclass(frozen=True)
class Report:
    passed: int
    failed: list[Finding]


def scan(folder: Path) -> Report:
    """Run Checkov on template.yaml and infra/*.yaml below a folder."""
    infra = sorted((folder / "infra").glob("*.yaml"))
    files = [folder / "template.yaml", *(it for it in infra if not it.match(STATE_MACHINES))]
    process = subprocess.run(
        [CHECKOV, "--framework", "cloudformation", "--output", "json", "--quiet",
         "--skip-download", *(part for file in files for part in ("--file", file))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        report: dict[str, Any] = json.loads(process.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(f"checkov printed no report: {process.stderr[-2000:]}") from error
    failed = [
        Finding(
            found["check_id"],
            found["resource"].rpartition(".")[2],
            found["file_path"].lstrip("/"),
            found["check_name"],
        )
        for found in report["results"]["failed_checks"]
    ]
    return Report(report["summary"]["passed"], failed)


def read_exceptions(path: Path) -> dict[str, Any]:
    """Return the exceptions by their checks. Raises ValueError for one without a reason."""
    exceptions = tomllib.loads(path.read_text())
    for check, exception in exceptions.items():
        if not exception.get("reason"):
            raise ValueError(f"{path.name}: {check} has no reason")
    return exceptions


def problems(failed: Iterable[Finding], exceptions: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each finding without an exception, and each exception without one."""
    unused = set(exceptions)
    for found in failed:
        exception = exceptions.get(found.check, {"resources": []})
        if found.resource in exception.get("resources", [found.resource]):
            unused.discard(found.check)
        else:
            yield f"{found.file}: {found.resource}: {found.check} {found.title}"
    for check in sorted(unused):
        yield f"{EXCEPTIONS.name}: {check} finds nothing any more; delete it"
