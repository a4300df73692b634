"""Prints the alarms of infra/operations.yaml, with what each means and where to look.

`.venv/bin/python -m tools.alarms`
"""

from typing import Any

from tools import cloudformation
from tools.sections import ROOT

TEMPLATE = ROOT / "infra" / "operations.yaml"


def main() -> None:
    template = cloudformation.read(TEMPLATE)
    print("| alarm | when, why, and where to look |")
    print("| --- | --- |")
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            print(f"| `{name}` | {_text(resource['Properties']['AlarmDescription'])} |")


def _text(description: Any) -> str:
    """Return a description, with ${Parameter} where deployment puts a parameter's value."""
    text = description["Fn::Sub"] if isinstance(description, dict) else description
    return " ".join(str(text).split())


if __name__ == "__main__":
    main()
