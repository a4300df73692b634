"""Licences, the bill of materials and the audit of what the image holds."""

import json
import re
import sys
from dataclasses import replace
from importlib.metadata import distribution
from zipfile import ZipFile

import pytest

from cutout.models import catalogue
from tools.container import base
from tools.sections import ROOT
from tools.supply import __main__ as tool
from tools.supply import audit, licences, lock, templates

LIST = """\
pillow==13.0.0 \\
    --hash=sha256:{0} \\
    --hash=sha256:{1}
Python_Dateutil==2.9.0.post0 ; python_full_version < '4' \\
    --hash=sha256:{0}
""".format("a" * 64, "b" * 64)
PILLOW = lock.Package("pillow", "13.0.0", ())


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tools.supply", *map(str, words)])
        status = tool.main()
        out, err = capsys.readouterr()
        return status, out, err

    return run


def record(**affected):
    package = {"ecosystem": "PyPI", "name": "Pillow"}
    return {"id": "V-1", "summary": "bad", "affected": [{"package": package} | affected]}


def events(*pairs):
    return {"ranges": [{"type": "ECOSYSTEM", "events": [dict([pair]) for pair in pairs]}]}


def test_a_list_gives_names_versions_and_hashes(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text(LIST)

    assert lock.read(path) == [
        lock.Package("pillow", "13.0.0", ("a" * 64, "b" * 64)),
        lock.Package("Python_Dateutil", "2.9.0.post0", ("a" * 64,)),
    ]
    assert lock.read(path)[1].purl == "pkg:pypi/python-dateutil@2.9.0.post0"


def test_the_bill_names_all_that_the_image_holds_and_is_the_same_each_time(run, tmp_path):
    first, second = tmp_path / "one.json", tmp_path / "two.json"

    for path in (first, second):
        assert run("sbom", path)[0] == 0

    assert first.read_bytes() == second.read_bytes()
    components = json.loads(first.read_text())["components"]
    purls = {component.get("purl") for component in components} - {None}
    assert purls == {package.purl for package in lock.read(tool.IMAGE_LIST)}
    names = {component["name"]: component for component in components}
    for entry in catalogue.load():
        assert names[entry.name]["hashes"][0]["content"] == entry.built_sha256
    assert base.BASE.startswith(components[0]["name"])
    for component in components[1:]:
        assert component["licenses"]
    for component in components[3:]:
        hashes = component["externalReferences"][0]["hashes"]
        assert hashes and all(re.fullmatch("[0-9a-f]{64}", one["content"]) for one in hashes)


def test_the_installed_versions_are_those_of_the_list():
    """Licences are read from the metadata of the installed packages."""
    for package in lock.read(tool.IMAGE_LIST):
        assert distribution(package.name).version == package.version


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("", "names no licence"),
        ("AGPL-3.0-only", "under AGPL-3.0-only"),
        ("MIT AND GPL-2.0-only", "under MIT AND GPL-2.0-only"),
        ("GPL-2.0-only OR AGPL-3.0-only", "does not allow"),
    ],
)
def test_a_licence_that_is_not_allowed_is_named(expression, complaint):
    (found,) = licences.violations([("package", expression)])

    assert complaint in found


def test_one_of_alternative_licences_suffices():
    assert list(licences.violations([("package", "GPL-2.0-only OR MIT AND Zlib")])) == []


def test_no_bill_is_written_with_a_licence_that_is_not_allowed(run, tmp_path, monkeypatch):
    monkeypatch.setattr(licences, "ALLOWED", frozenset({"MIT"}))
    path = tmp_path / "bill.json"

    status, _, err = run("sbom", path)

    assert status == 1 and "u2net is under Apache-2.0" in err
    assert not path.exists()


def test_every_licence_that_was_read_in_files_is_of_a_package_in_the_list():
    names = {package.purl.split("/")[1].split("@")[0] for package in lock.read(tool.IMAGE_LIST)}

    assert licences.READ_IN_FILES.keys() <= names


@pytest.mark.parametrize(
    ("affected", "is_found"),
    [
        ({"versions": ["12.0.0", "13.0.0"]}, True),
        ({"versions": ["12.0.0"]}, False),
        (events(("introduced", "0")), True),
        (events(("introduced", "0"), ("fixed", "13.0.0")), False),
        (events(("introduced", "0"), ("fixed", "13.0.1")), True),
        (events(("introduced", "13.0.1")), False),
        (events(("introduced", "0"), ("last_affected", "13.0.0")), True),
        (events(("introduced", "0"), ("last_affected", "12.9")), False),
        (events(("fixed", "12.0"), ("introduced", "0"), ("introduced", "12.5")), True),
        ({"package": {"ecosystem": "npm", "name": "pillow"}, "versions": ["13.0.0"]}, False),
    ],
)
def test_a_vulnerability_is_matched_by_versions_and_ranges(affected, is_found):
    found = list(audit.findings([PILLOW], [record(**affected)]))

    assert found == (["pillow 13.0.0: V-1 bad"] if is_found else [])


def test_a_withdrawn_vulnerability_is_none():
    withdrawn = record(versions=["13.0.0"]) | {"withdrawn": "2026-01-01"}

    assert list(audit.findings([PILLOW], [withdrawn])) == []


@pytest.mark.parametrize("kind", ["list", "archive"])
def test_the_audit_fails_for_a_vulnerable_package(run, tmp_path, kind):
    path, packages = tmp_path / "osv", tmp_path / "list.txt"
    packages.write_text(LIST)
    if kind == "list":
        path.write_text(json.dumps([record(versions=["13.0.0"])]))
    else:
        with ZipFile(path, "w") as archive:
            archive.writestr("V-1.json", json.dumps(record(versions=["13.0.0"])))

    status, out, err = run("audit", path, packages)

    assert (status, err) == (1, "pillow 13.0.0: V-1 bad\n")
    assert out == "2 packages, 1 known vulnerabilities\n"
    path.write_text("[]")
    assert run("audit", path, packages)[0] == 0


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
def test_the_image_gets_the_same_licence_as_the_repository(name):
    assert (ROOT / "function" / name).read_bytes() == (ROOT / name).read_bytes()


LOG = templates.Finding("CKV_AWS_18", "LogBucket", "template.yaml", "has a log")


def test_a_finding_without_an_exception_is_named():
    assert list(templates.problems([LOG], {})) == ["template.yaml: LogBucket: CKV_AWS_18 has a log"]


@pytest.mark.parametrize("exception", [{}, {"resources": ["LogBucket"]}])
def test_an_exception_is_for_all_resources_or_for_those_that_it_names(exception):
    other = replace(LOG, resource="PictureBucket")

    found = list(templates.problems([LOG, other], {"CKV_AWS_18": exception}))

    assert len(found) == (1 if exception else 0)


def test_an_exception_that_finds_nothing_is_named():
    (found,) = templates.problems([], {"CKV_AWS_18": {}})

    assert "CKV_AWS_18 finds nothing any more" in found


def test_every_exception_of_the_templates_has_a_reason(tmp_path):
    assert templates.read_exceptions(templates.EXCEPTIONS)

    path = tmp_path / "checkov.toml"
    path.write_text("[CKV_AWS_18]\n")
    with pytest.raises(ValueError, match="CKV_AWS_18 has no reason"):
        templates.read_exceptions(path)
