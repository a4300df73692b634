"""The workflows of .github, which `make check` lints: pins, order and commands."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
USE = re.compile(r"uses: (\S+)(.*)")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_of_others_are_pinned_by_the_commit_of_a_named_version(path):
    others = [use for use in USE.findall(path.read_text()) if not use[0].startswith("./")]

    assert others
    for action, comment in others:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_waits_for_jobs_that_exist(path):
    jobs = yaml.safe_load(path.read_text())["jobs"]
    awaited = {name for job in jobs.values() for name in job.get("needs", [])}

    assert awaited <= set(jobs)


def test_nothing_is_published_before_the_tests_passed_and_two_builds_were_equal():
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    publishing = {
        name for name, job in jobs.items() if "write" in job.get("permissions", {}).values()
    }

    assert publishing == {"github", "pypi"}
    assert all(jobs[name]["needs"] == ["ci", "compare"] for name in publishing)
    assert jobs["compare"]["needs"] == ["build"]
    assert jobs["ci"]["uses"] == "./.github/workflows/ci.yml"
    commands = {step.get("name"): step.get("run") for step in jobs["build"]["steps"]}
    made, moved = commands["Build the files"].splitlines()
    assert made == 'make release VERSION="${GITHUB_REF_NAME#v}"'
    # An upload keeps the folders below a pattern; the other jobs look for the files themselves.
    (uploaded,) = (step["with"]["path"] for step in jobs["build"]["steps"]
                   if step.get("uses", "").startswith("actions/upload-artifact@"))  # fmt: skip
    assert uploaded.rstrip("/") == moved.split()[-1]
    assert "*" not in uploaded


def test_ci_runs_the_scripts_of_the_repository():
    text = (ROOT / ".github/workflows/ci.yml").read_text()

    for script in re.findall(r"'(\.ci/\w+)'", text):
        assert (ROOT / script).stat().st_mode & 0o100
    assert "run: $SCRIPT" in text
