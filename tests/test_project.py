"""Consistency between files of the project: pins, docs, version and vocabulary."""

import ast
import re
import time
import tomllib
from pathlib import Path

import pytest

from cutout.credits.accounts import Accounts
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Reply, Webhook, Webhooks
from cutout.options import rembg, removebg
from cutout.version import VERSION
from cutout.web import pictures
from tests.memory import MemoryTable, digits
from tests.pages import DOCS, blocks, read
from tools import cloudformation

ROOT = Path(__file__).parents[1]


def pins(path):
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / path).read_text(), re.MULTILINE))


LISTS = ["requirements.txt", "requirements-serve.txt", "function/requirements.txt"]
OTHER_LISTS = [
    f"tools/{name}.txt" for name in ("build", "docs", "emulator", "sam", "peers", "fuzz", "supply")
]


@pytest.mark.parametrize("path", ["requirements-serve.txt", "function/requirements.txt"])
def test_tested_and_deployed_package_versions_are_equal(path):
    run, tested = pins(path), pins("requirements.txt")

    assert run
    assert run.items() <= tested.items()


@pytest.mark.parametrize("path", LISTS + OTHER_LISTS)
def test_every_package_is_pinned_by_its_hash(path):
    for requirement in re.split(r"\n(?=\w)", (ROOT / path).read_text().strip()):
        assert "==" in requirement
        assert "--hash=sha256:" in requirement


def test_the_lambda_image_has_no_development_package():
    tools = {"tqdm", "onnx", "pytest", "scipy", "scikit-image", "playwright", "requests"}

    assert pins("function/requirements.txt").keys().isdisjoint(tools)


@pytest.mark.parametrize("name", [*pictures.REMBG, *rembg.PARAMETERS])
def test_every_parameter_of_rembgs_endpoint_is_in_the_docs(name):
    assert re.search(f"`{name}[`=]", read("api/rembg.md") + read("api/options.md"))


@pytest.mark.parametrize("name", [*pictures.REMOVEBG, *removebg.PARAMETERS])
def test_every_parameter_of_removebgs_endpoint_is_in_the_docs(name):
    assert re.search(f"`{name}[`=]", read("api/removebg.md"))


@pytest.fixture
def is_from_cutout():
    """Return the function that the docs show for checking webhooks."""
    (block,) = (one for one in blocks(DOCS / "api/webhooks.md") if one.language == "python")
    names = {}
    exec(block.text, names)
    return names["is_from_cutout"]


@pytest.mark.parametrize(("age_s", "is_recent"), [(0, True), (200, True), (400, False)])
def test_the_docs_check_of_webhooks_accepts_only_our_signatures(is_from_cutout, age_s, is_recent):
    def clock():
        return time.time() - age_s

    table, sent = MemoryTable(), []
    Accounts(table, clock, digits()).create_key("shop")
    secrets = WebhookSecrets(table, clock, digits())
    first = secrets.create("shop")
    second = secrets.rotate("shop", overlap_s=60)
    webhooks = Webhooks(table, secrets, lambda url, *rest: sent.append(rest) or Reply(200), clock)
    webhooks.deliver(Webhook("msg_1", "shop", "https://shop.example", {"type": "job.done"}))
    ((headers, body),) = sent

    assert is_from_cutout(first, headers, body) is is_recent
    assert is_from_cutout(second, headers, body) is is_recent
    assert not is_from_cutout(first, headers, body + b" ")
    assert not is_from_cutout("whsec_" + "A" * 44, headers, body)
    assert not is_from_cutout(first, headers | {"webhook-id": "msg_2"}, body)


def test_the_version_is_defined_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "cutout.version.VERSION"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_template_and_image_name_the_version():
    template = cloudformation.read(ROOT / "template.yaml")
    labels = re.findall(r'^LABEL (\S+)="(.*)"$', (ROOT / "function/Dockerfile").read_text(), re.M)

    assert template["Mappings"]["Release"]["Cutout"]["Version"] == VERSION
    assert labels == [("org.opencontainers.image.version", VERSION)]


# Identifiers and module names that say nothing to somebody who meets them alone.
VAGUE_NAMES = {
    "told", "given", "there", "how", "hands", "of",
    "_see_off", "_gladness", "take_unseen", "with_outcome",
}  # fmt: skip
VAGUE_MODULES = {"patience", "turns", "demands", "complaint", "wire", "shop", "workshop"}


def names_in(tree):
    """Yield every name that a module defines or uses, except hypothesis' `given`."""
    nodes = list(ast.walk(tree))
    has_hypothesis = any(
        getattr(node, "module", "") == "hypothesis"
        or (isinstance(node, ast.alias) and node.name == "hypothesis")
        for node in nodes
    )
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                pass
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                pass
            case ast.ClassDef(name=name) | ast.keyword(arg=name) | ast.ExceptHandler(name=name):
                pass
            case ast.alias(name=original, asname=alias):
                name = alias or original
            case _:
                continue
        if not (name == "given" and has_hypothesis):
            yield name


def sources():
    """Yield the path of each Python file, relative to the repository, and its syntax tree."""
    for folder in ("function", "tools", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def test_no_identifier_and_no_module_has_a_vague_name():
    names = {(path, name) for path, tree in sources() for name in names_in(tree)}
    modules = {part for path, _ in names for part in path.removesuffix(".py").split("/")}

    assert {(path, name) for path, name in names if name in VAGUE_NAMES} == set()
    assert modules.isdisjoint(VAGUE_MODULES)
