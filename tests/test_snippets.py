"""Every code block of the README, docs/ and CONTRIBUTING runs as it is written, or says why not.

Blocks run in a temporary folder with photos, against `make serve` with a network of one node. The
service's address, the folder of the commands and the ids of keys replace those of the docs.
"""

import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from PIL import Image

from tests import pages
from tests.conftest import encoded
from tests.pages import GENERAL, ROOT, all_blocks
from tests.processes import started
from tools import cloudformation
from tools.time_limits import limit_s

BLOCKS = all_blocks()
OURS = [block for block in BLOCKS if block.test == GENERAL]
COMMANDS = [block for block in OURS if block.language in ("sh", "python")]
PARAMETERS = [block for block in OURS if block.language == "toml"]
# read -s, which asks for a key without an echo, is bash's and zsh's.
PROGRAMS = {"sh": ["bash", "-eo", "pipefail"], "python": [sys.executable]}
BIN = f"{Path(sys.executable).parent}/"
PICTURE = re.compile(r"(?<![\w/.])[\w.-]+\.(?:png|jpg|webp)\b")
KEY_ID = "1f0c9a3e"  # in the docs
STACK = {
    "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    "Outputs": {},
}


def test_every_code_block_is_run_or_says_why_not():
    without = [str(block) for block in OURS if block not in [*COMMANDS, *PARAMETERS]]

    assert without == []


def test_a_test_that_is_said_to_run_a_block_names_its_page():
    for block in BLOCKS:
        if block.test not in ("", GENERAL, *pages.RUNNERS.values()):
            assert Path(block.page).name in (ROOT / block.test).read_text(), str(block)


def test_a_reason_stands_before_each_block_that_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\ntrue\n```\n\n<!-- not run: needs AWS -->\n```sh\nfalse\n```\n"
        "1. a\n   <!-- run by: tests/a.py -->\n   ```python\n   1\n   ```\n"
    )

    found = [(one.line, one.text, one.test, one.reason) for one in pages.blocks(page)]

    assert found == [
        (1, "true\n", GENERAL, ""),
        (6, "false\n", "", "needs AWS"),
        (11, "1\n", "tests/a.py", ""),
    ]


@pytest.mark.parametrize("block", PARAMETERS, ids=str)
def test_parameters_of_the_docs_are_those_of_the_template(block):
    """A block is of samconfig.toml: `[ENV.STACK.parameters]`, or the overrides of the service."""
    parameters = tomllib.loads(block.text)
    template, names = "template.yaml", parameters.get("parameter_overrides", "").split()
    for stacks in (table for table in parameters.values() if isinstance(table, dict)):
        ((stack, table),) = stacks.items()
        template, names = f"infra/{stack}.yaml", table["parameters"]

    assert names
    known = cloudformation.read(ROOT / template)["Parameters"]
    assert {name.partition("=")[0] for name in names} <= set(known)


@pytest.fixture(scope="module")
def local(tmp_path_factory, red_folder):
    """The environment of commands, and the port of a service that has a local AWS of its own."""
    from tools import local_aws

    if not local_aws.PROGRAM.exists():
        pytest.skip("there is no emulator; `make test` installs it")
    folder = tmp_path_factory.mktemp("snippets")
    models = {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}
    with local_aws.running(folder) as aws:
        env = os.environ | aws.environment() | models
        with started("tools.serve", env, folder / "log") as (_, port):
            describe_environments(aws)
            yield env, port


def describe_environments(aws):
    """Give the stacks of samconfig.toml's environments the outputs that tools look for."""
    formation = aws.client("cloudformation")
    made = formation.describe_stack_resources(StackName="cutout")["StackResources"]
    tables = {"LedgerTable": "LedgerTableName", "StateTable": "StateTableName"}
    outputs = {
        tables[each["LogicalResourceId"]]: {"Value": each["PhysicalResourceId"]}
        for each in made
        if each["LogicalResourceId"] in tables
    }
    for name in ("cutout-dev", "cutout-prod"):
        formation.create_stack(
            StackName=name, TemplateBody=yaml.safe_dump(STACK | {"Outputs": outputs})
        )
        formation.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 0.1}
        )


@pytest.fixture
def folder(tmp_path, red_disc):
    """A folder with the files that the docs name."""
    jpeg = encoded(red_disc[0].resize((600, 450), Image.Resampling.NEAREST), "JPEG")
    (tmp_path / "photos").mkdir()
    (tmp_path / "PATH").mkdir()  # a code base without a use of remove.bg
    for name in ("photo.jpg", "input.jpg", "photos/a.jpg"):
        (tmp_path / name).write_bytes(jpeg)
    return tmp_path


TOOL = re.compile(r"\.venv/bin/python -m (tools\.\w+) ([^|]*)")


def run_tool(words, monkeypatch, env):
    """Run a module of tools/ in this process, whose imports would take a second each time."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    module, *arguments = words
    is_package = (ROOT / module.replace(".", "/")).is_dir()
    tool = importlib.import_module(f"{module}.__main__" if is_package else module)
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    return tool.main()


def key_id(monkeypatch, env, capsys):
    """Make an API key of the account `shop` and return its id."""
    assert run_tool(["tools.keys", "create", "shop"], monkeypatch, env) == 0
    return capsys.readouterr().out.split("_")[3]


def tools_of(text):
    """Return the words of each line of a block that consists of commands of tools/, else None."""
    found = [TOOL.fullmatch(line.partition("  #")[0].strip()) for line in text.splitlines()]
    return all(found) and [[match[1], *shlex.split(match[2])] for match in found]


@pytest.mark.aws
@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_a_block_does_what_the_page_says(local, folder, block, monkeypatch, capsys):
    env, port = local
    replaced = {
        "localhost:5000": f"localhost:{port}", "https://cutout.example": f"http://localhost:{port}",
        '"u2netp"': '"red"',
    }  # fmt: skip
    if "tools.keys" in block.text:
        replaced[KEY_ID] = key_id(monkeypatch, env, capsys)
    code = block.text
    for old, new in replaced.items():
        code = code.replace(old, new)

    if commands := tools_of(code):
        for words in commands:
            status = run_tool(words, monkeypatch, env)
            assert not status, capsys.readouterr().err
    else:
        run_program(PROGRAMS[block.language], code.replace(".venv/bin/", BIN), folder, env)

    for name in PICTURE.findall(block.text):
        with Image.open(folder / name) as picture:
            assert picture.size[0] > 0, name
    assert "cutouts/" not in block.text or (folder / "cutouts" / "a.png").exists()


def run_program(command, code, folder, env):
    (folder / "example").write_text(code)
    env = env | {
        "CUTOUT_API_KEY": "key", "PYTHONPATH": str(ROOT), "PATH": f"{BIN}:{env['PATH']}",
    }  # fmt: skip
    ended = subprocess.run(
        [*command, "example"], cwd=folder, env=env, input="key\n", capture_output=True, text=True,
        timeout=limit_s(120), check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
