"""What template.yaml gives a stack that is told nothing else."""

from functools import cache
from typing import Any

from cfnlint.decode import decode

from tools.contenders.catalogue import ROOT


def default(parameter: str) -> int:
    return int(_template()["Parameters"][parameter]["Default"])


@cache
def _template() -> Any:
    template, _ = decode(str(ROOT / "template.yaml"))
    return template
