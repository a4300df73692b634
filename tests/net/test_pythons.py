"""The check of URLs on each supported Python, which npm installs as WebAssembly on any machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.time_limits import limit_s

PYTHONS = Path(__file__).parent / "pythons"
ROOT = Path(__file__).parents[2]
NPM = shutil.which("npm")
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
SCRIPT = """
import sys
sys.path[:0] = ["/0", "/1"]
from ipaddress import ip_address
from tests.net import url_cases as cases
for urls in cases.CASES.values():
    assert {url: cases.outcome(url) for url in urls} == urls, sys.version
base = "http://a.example/x/y?z"
assert {url: cases.outcome(url, base) for url in cases.REDIRECTS} == cases.REDIRECTS, sys.version
for public, addresses in cases.ADDRESSES.items():
    for each in addresses.split():
        assert cases.is_public(ip_address(each), 80) is public, (each, sys.version)
print(sys.version)
"""

pytestmark = [pytest.mark.package, pytest.mark.skipif(not NPM, reason="there is no npm")]


@pytest.fixture(scope="module")
def pythons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pythons") / "pythons"
    shutil.copytree(PYTHONS, folder)
    subprocess.run(
        [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, check=True, capture_output=True, timeout=limit_s(300),
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("version", VERSIONS)
def test_all_cases_have_the_same_outcome(pythons, version):
    ended = subprocess.run(
        ["node", "run.mjs", f"python-{version}", SCRIPT, ROOT / "function", ROOT],
        cwd=pythons, capture_output=True, text=True, timeout=limit_s(120),
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{version}.")
