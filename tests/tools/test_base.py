"""How the base image is pinned, with a stand-in for Docker's command line that logs its calls."""

import pytest

from tools.container import base
from tools.container.engine import NoDocker

DIGEST = f"sha256:{'a' * 64}"
NAME = base.BASE.rpartition(":")[0]
DOCKER = f"""#!/bin/sh
echo "$*" >> "$LOG"
case "$1 $4" in
  inspect*) case "$3" in *Labels*) ;; *) echo '["{NAME}@{DIGEST}"]' ;; esac ;;
  pull*) exit "$PULLS" ;;
esac
"""


@pytest.fixture
def calls(tmp_path, monkeypatch):
    program, log = tmp_path / "docker", tmp_path / "log"
    program.write_text(DOCKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("PULLS", "0")
    monkeypatch.setattr(base, "PIN", tmp_path / "base.digest")
    return lambda: [line for line in log.read_text().splitlines() if "inspect" not in line]


def test_a_pin_is_the_digest_of_what_the_tag_names(calls):
    assert base.pinned_digest() == ""

    assert base.pin() == DIGEST

    assert base.pinned_digest() == DIGEST
    assert calls() == [f"pull --quiet {base.BASE}"]


def test_an_image_that_has_the_pinned_digest_is_not_pulled_again(calls):
    base.PIN.write_text(DIGEST)

    base.ensure()

    assert calls() == []


def test_another_image_is_replaced_by_the_pinned_one(calls):
    other = f"sha256:{'b' * 64}"
    base.PIN.write_text(other)

    base.ensure()

    assert calls() == [f"pull --quiet {NAME}@{other}", f"tag {NAME}@{other} {base.BASE}"]


def test_a_registry_that_cannot_be_reached_leaves_the_pin(calls, monkeypatch):
    base.PIN.write_text(DIGEST)
    monkeypatch.setenv("PULLS", "1")

    with pytest.raises(NoDocker, match="stays as it is"):
        base.pin()

    assert base.pinned_digest() == DIGEST
