"""What `make serve` imports, which has to be among the packages that it installs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT = """
import re, sys
from importlib.metadata import packages_distributions

def normalized(name):
    return re.sub("[-_.]+", "-", name).lower()

lines = open("requirements-serve.txt").read().splitlines()
installed = {normalized(line.partition("==")[0]) for line in lines if "==" in line} | {"cutout-bg"}
owners = packages_distributions()

class OnlyInstalled:
    def find_spec(self, name, path=None, target=None):
        own = {normalized(owner) for owner in owners.get(name.partition(".")[0], ())}
        if own and not own & installed:
            raise ModuleNotFoundError(f"{name} is not among the packages of make serve", name=name)

sys.meta_path.insert(0, OnlyInstalled())
import tools.serve
"""


def test_make_serve_imports_no_package_that_it_does_not_install():
    run = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
