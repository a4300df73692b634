"""Read the CloudFormation templates, as written and as translated by SAM."""

import json
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from boto3.session import Session
from cfnlint.decode import decode_str
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
REASON = "# reason: "  # on a line that a rule would forbid
DEFINITION = "s3://packages/batch.asl.yaml"
IMAGE = (
    f"000000000000.dkr.ecr.{REGION}.amazonaws.com/cutout:1"  # `sam deploy` fills in the real one
)


@dataclass(frozen=True)
class Template:
    text: str
    name: str = "template.yaml"

    @cached_property
    def written(self):
        """The template with long forms of intrinsic functions, and nodes with line numbers."""
        content, mistakes = decode_str(self.text)
        assert not mistakes
        return content

    @cached_property
    def translated(self):
        content = deepcopy(self.written)
        if "Transform" not in content:
            return content
        for resource in content["Resources"].values():
            if resource.get("Properties", {}).get("PackageType") == "Image":
                resource["Properties"]["ImageUri"] = IMAGE
            if "DefinitionUri" in resource.get("Properties", {}):
                resource["Properties"]["DefinitionUri"] = DEFINITION
        translator = Translator({}, Parser(), boto_session=Session(region_name=REGION))
        return json.loads(json.dumps(translator.translate(content, parameter_values={})))

    @property
    def resources(self):
        return self.translated["Resources"]

    def resources_of_type(self, kind):
        """Return the properties of all resources of a type by their names."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def listed(self, node):
        """Return the values of a list, of a list in Mappings, or of a text as a list of one."""
        match node:
            case {"Fn::FindInMap": [name, first, second]}:
                return self.written["Mappings"][name][first][second]
        return node if isinstance(node, list) else [node]

    def unexplained(self, node):
        """Return the strings in a part of the template whose lines give no reason."""
        lines = self.text.splitlines()
        return [text for text, line in _marked(node) if REASON not in lines[line]]


def _marked(node, line=0):
    line = node.start_mark.line if hasattr(node, "start_mark") else line
    if isinstance(node, str):
        yield node, line
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _marked(child, line)


def read(path):
    return Template((ROOT / path).read_text(), path)


SERVICE, SITE = read("template.yaml"), read("infra/site.yaml")
STACKS = [path for path in sorted(ROOT.glob("infra/*.yaml")) if not path.match("*.asl.yaml")]
ALL = [SERVICE, *(read(str(path.relative_to(ROOT))) for path in STACKS)]


def nodes(node):
    """Yield every mapping, list and value in a part of a template, itself first."""
    yield node
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from nodes(child)


def mappings_with(key, node):
    return [mapping for mapping in nodes(node) if isinstance(mapping, dict) and key in mapping]
