"""Error messages for extras of the distribution that are not installed."""

import sys
from importlib.util import find_spec

import pytest

from cutout import bootstrap, installation, server
from cutout.errors import ExtraMissing

ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:batches"


@pytest.fixture
def without(monkeypatch):
    """Return a function that makes a package look uninstalled, to find_spec and to import."""
    return lambda package: monkeypatch.setitem(sys.modules, package, None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: bootstrap.executions(ARN),
        lambda: bootstrap.table("no-extra"),
        lambda: bootstrap.bucket("no-extra"),
        lambda: bootstrap.visibility(),
    ],
)
def test_without_the_aws_extra_the_error_names_the_extra(without, call):
    without("boto3")
    bootstrap.caller.cache_clear()

    with pytest.raises(ExtraMissing, match=r"needs boto3; install cutout-bg\[aws\]"):
        call()


def test_without_the_server_extra_the_error_names_extra_and_package(without, monkeypatch, capsys):
    without("uvicorn")
    without("python_multipart")
    monkeypatch.setattr(sys, "argv", ["cutout.server"])

    assert server.main() == 1
    assert capsys.readouterr().err == (
        "python -m cutout.server: the server needs python_multipart, uvicorn;"
        " install cutout-bg[server]\n"
    )


@pytest.mark.parametrize("extra", installation.EXTRAS)
def test_every_installed_module_of_an_extra_is_found(extra):
    assert all(find_spec(module) for module in installation.EXTRAS[extra])


def test_a_checkout_is_not_an_installed_distribution():
    assert not installation.is_distribution()
