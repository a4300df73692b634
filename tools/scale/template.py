"""What template.yaml gives a stack that is told nothing else."""

from functools import cache
from typing import Any

from cfnlint.decode import decode

from tools.contenders.catalogue import ROOT

# As agreed for batches; each counts until template.yaml has a parameter of its name.
AGREED = {"BatchConcurrency": 4, "BatchItems": 40}


def default(parameter: str) -> int:
    parameters = _template()["Parameters"]
    if parameter in parameters:
        return int(parameters[parameter]["Default"])
    return AGREED[parameter]


@cache
def _template() -> Any:
    template, _ = decode(str(ROOT / "template.yaml"))
    return template
