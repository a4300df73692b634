"""Check what is deployed: `make sbom`, `make checkov`, `make audit VULNERABILITIES=file`."""

import argparse
import sys
from pathlib import Path

from cutout.models import catalogue
from cutout.version import VERSION
from tools import markdown
from tools.container import base
from tools.sections import ROOT

from . import audit, licences, lock, sbom, templates
from .sbom import IMAGE_LIST


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.supply", description=__doc__)
    commands = parser.add_subparsers(required=True)
    bill = commands.add_parser("sbom", help="check the licences, and write the bill of materials")
    bill.add_argument("file", type=Path)
    bill.set_defaults(run=write_bill)
    commands.add_parser("licences", help="print each package's licence").set_defaults(
        run=print_licences
    )
    found = commands.add_parser("audit", help="name known vulnerabilities of the pinned packages")
    found.add_argument("file", type=Path, help="of OSV: JSON or a ZIP archive")
    found.add_argument(
        "lists", type=Path, nargs="*", default=[IMAGE_LIST], help="by default the image's"
    )
    found.set_defaults(run=audit_lists)
    commands.add_parser("checkov", help="check the templates").set_defaults(run=check_templates)
    arguments = parser.parse_args()
    problems: list[str] = arguments.run(arguments)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def write_bill(arguments: argparse.Namespace) -> list[str]:
    try:
        text = sbom.of_image(VERSION, base.BASE, base.pinned_digest())
    except sbom.NotAllowed as error:
        return [str(error)]
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    arguments.file.write_text(text)
    packages, models = len(lock.read(IMAGE_LIST)), len(catalogue.load())
    print(f"{arguments.file}: {packages} packages, {models} networks, 1 base image")
    return []


def print_licences(arguments: argparse.Namespace) -> list[str]:
    rows = [
        [package.name, package.version, licences.of_package(package)]
        for package in lock.read(IMAGE_LIST)
    ]
    rows += [[model.name, model.version, model.licence] for model in catalogue.load()]
    print(markdown.table(["in the image", "version", "licence"], rows))
    return []


def audit_lists(arguments: argparse.Namespace) -> list[str]:
    packages = {package for path in arguments.lists for package in lock.read(path)}
    problems = list(audit.findings(packages, audit.read(arguments.file)))
    print(f"{len(packages)} packages, {len(problems)} known vulnerabilities")
    return problems


def check_templates(arguments: argparse.Namespace) -> list[str]:
    report = templates.scan(ROOT)
    exceptions = templates.read_exceptions(templates.EXCEPTIONS)
    problems = list(templates.problems(report.failed, exceptions))
    print(
        f"checkov: {report.passed} checks passed, {len(report.failed)} findings, "
        f"of which {len(problems)} without an exception; {len(exceptions)} exceptions"
    )
    return problems


if __name__ == "__main__":
    sys.exit(main())
