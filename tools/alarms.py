"""Prints the alarms of infra/operations.yaml, with what each means and where to look.

`.venv/bin/python -m tools.alarms`
"""

from typing import Any

from tools import cloudformation
from tools.sections import ROOT

TEMPLATE = ROOT / "infra" / "operations.yaml"


def main() -> None:
    print(table(), end="")


def table() -> str:
    resources = cloudformation.read(TEMPLATE)["Resources"]
    rows = "".join(
        f"| `{name}` | {_text(resource['Properties']['AlarmDescription'])} |\n"
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    )
    return f"| alarm | when, why, and where to look |\n| --- | --- |\n{rows}"


def _text(description: Any) -> str:
    """Return a description, with ${Parameter} where deployment puts a parameter's value."""
    text = description["Fn::Sub"] if isinstance(description, dict) else description
    return " ".join(str(text).split())


if __name__ == "__main__":
    main()
