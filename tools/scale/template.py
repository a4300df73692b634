"""What template.yaml gives a stack that is told nothing else."""

from functools import cache
from typing import Any

from tools import cloudformation
from tools.contenders.catalogue import ROOT


def default(parameter: str) -> int:
    return int(_template()["Parameters"][parameter]["Default"])


@cache
def _template() -> Any:
    return cloudformation.read(ROOT / "template.yaml")
