"""Deploy an environment: plan all of its stacks, ask, and execute what was agreed to."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import cloudformation
from tools.cost import inputs

from . import changesets, page, stacks
from .changesets import Change, ChangeSet
from .plan import Consent
from .stacks import ROOT, DeployError, Environment

INFRA = ROOT / "infra"
NO_ADDRESS = (
    "who gets the alarms? Set AlarmEmail in [{0}.operations.parameters] of samconfig.toml, to an "
    'address or, for nobody, to ""'
)


def deploy(environment: Environment, template: Path, consent: Consent) -> str:
    """Deploy the service, the firewall, the site and the operations, and upload the page. Returns
    its address. Asks before anything is changed.

    Service and site need each other: the site is deployed with the service's API and bucket, and
    then the service with the site's origin, unless it already has that.
    """
    service, session = environment.service, environment.session
    for part in environment.parameters:
        _parameters(environment, part, {})  # refuses wrong settings before anything is deployed
    if "AlarmEmail" not in environment.parameters["operations"]:
        raise DeployError(NO_ADDRESS.format(environment.name))
    files = page.version(ROOT / "frontend")
    change_set = _prepare_service(environment, template, {})
    with changesets.discarded_on_error(session, change_set):
        consent.ask([*_plan(environment, template, change_set), *_plan_page(environment, files)])
    if change_set:
        changesets.execute(session, change_set)
    known = stacks.values(session, service)
    _deploy_part(environment, "site", known | _deploy_firewall(environment, consent), consent)
    site = stacks.values(session, f"{service}-site")
    origin = {"SiteOrigin": site["SiteUrl"], "OriginSecretArn": site["OriginSecretArn"]}
    if not origin.items() <= known.items():
        _execute(environment, _prepare_service(environment, template, origin), consent)
    new, old = page.publish(session, site["BucketName"], site["DistributionId"], files)
    print(f"{service}-site: {len(new)} files uploaded, {len(old)} deleted", flush=True)
    _deploy_part(environment, "operations", known, consent)
    if not environment.has_firewall:
        delete_firewall(environment)
    print_costs(environment)
    return site["SiteUrl"]


def _prepare_service(
    environment: Environment, template: Path, values: Mapping[str, Any]
) -> ChangeSet | None:
    before = changesets.available(environment.session, environment.service)
    print(f"{environment.service}: pushes the image and asks CloudFormation what changes")
    stacks.prepare(environment, template, values)
    new = changesets.available(environment.session, environment.service) - before
    return changesets.describe(environment.session, new.pop()) if new else None


def _plan(environment: Environment, template: Path, service: ChangeSet | None) -> Iterator[Change]:
    """Yield the changes of all stacks. A new stack is one change."""
    if service and service.is_new:
        yield _whole(environment.service, template)
    elif service:
        yield from service.changes
    firewall, edge = environment.firewall, environment.at_the_edge()
    known = stacks.values_if_there(environment.session, environment.service)
    if environment.has_firewall:
        yield from _plan_part(edge, firewall, "firewall", {})
        known |= stacks.values_if_there(edge.session, firewall)
    elif stacks.exists(edge, firewall):
        yield Change(firewall, "Remove", "(the whole stack)", "the firewall")
    for part in ("site", "operations"):
        yield from _plan_part(environment, f"{environment.service}-{part}", part, known)


def _plan_part(
    environment: Environment, stack: str, part: str, known: Mapping[str, str]
) -> Iterator[Change]:
    path = INFRA / f"{part}.yaml"
    had = stacks.values_if_there(environment.session, stack)
    if not had:
        yield _whole(stack, path)
        return
    chosen = _parameters(environment, part, known)
    if cloudformation.read(path)["Parameters"].keys() - chosen.keys() - had.keys():
        yield Change(stack, "Modify", "(shown once the service's stack is deployed)")
    elif change_set := changesets.create(environment, stack, path, chosen):
        changesets.discard(environment.session, change_set)
        yield from change_set.changes


def _whole(stack: str, template: Path) -> Change:
    count = len(cloudformation.read(template)["Resources"])
    return Change(stack, "Add", "(the whole stack)", f"{count} resources")


def _plan_page(environment: Environment, files: Mapping[str, page.File]) -> Iterator[Change]:
    stack = f"{environment.service}-site"
    site = stacks.values_if_there(environment.session, stack)
    if site:
        new, old = page.name(files), page.published(environment.session, site["BucketName"])
        if old != [new]:
            yield Change(stack, "Modify", f"page {', '.join(old) or 'none'} -> {new}", "the page")


def _deploy_firewall(environment: Environment, consent: Consent) -> dict[str, str]:
    """Deploy the firewall, if it is on, and return the site's parameter WebAclArn.

    deploy() deletes a firewall that is off at its end, when the site no longer uses it.
    """
    if not environment.has_firewall:
        return {"WebAclArn": ""}
    edge, name = environment.at_the_edge(), environment.firewall
    values = _parameters(environment, "firewall", {})
    _execute(edge, changesets.create(edge, name, INFRA / "firewall.yaml", values), consent)
    return {"WebAclArn": stacks.values(edge.session, name)["WebAclArn"]}


def delete_firewall(environment: Environment) -> None:
    edge = environment.at_the_edge()
    if stacks.exists(edge, environment.firewall):
        stacks.sam(edge, "delete", environment.firewall, "--no-prompts")


def _deploy_part(
    environment: Environment, part: str, known: Mapping[str, str], consent: Consent
) -> None:
    stack, template = f"{environment.service}-{part}", INFRA / f"{part}.yaml"
    values = _parameters(environment, part, known)
    _execute(environment, changesets.create(environment, stack, template, values), consent)


def _execute(environment: Environment, change_set: ChangeSet | None, consent: Consent) -> None:
    """Execute a change set, after a question where it has more than was agreed to."""
    if change_set is None:
        return
    with changesets.discarded_on_error(environment.session, change_set):
        consent.confirm(change_set.changes)
    changesets.execute(environment.session, change_set)


def print_costs(environment: Environment) -> None:
    """Print what the stacks cost without any traffic, and who hears of more."""
    settings = _parameters(environment, "operations", {})
    plan = _parameters(environment, "site", {})["PricingPlan"]
    dollars = inputs.load().monthly_dollars
    if plan or not environment.has_firewall:  # a plan includes it
        dollars -= inputs.monthly("web_acl", "firewall_rule")
    if plan:
        dollars += inputs.load().plans[plan.title()].dollars
    print(
        f"{environment.service}: ${dollars:.0f} a month at most without traffic "
        f"(docs/deploy/cost.md); visitors are refused above ${settings['DailyBudget']} in 24 hours "
        f"and above ${settings['MonthlyBudget']} of the account's bill in a month",
        flush=True,
    )
    if not settings["AlarmEmail"]:
        print(f"{environment.service}: WARNING: nobody gets the alarms (AlarmEmail)", flush=True)


def _parameters(environment: Environment, part: str, known: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of infra/{part}.yaml: those of samconfig.toml, else what is known of
    the service by the same names, else the template's defaults."""
    declared = cloudformation.read(INFRA / f"{part}.yaml")["Parameters"]
    chosen = environment.parameters[part]
    if unknown := chosen.keys() - declared.keys():  # SAM would ignore them
        raise DeployError(f"samconfig.toml: infra/{part}.yaml has no parameter {min(unknown)}")
    defaults = {name: it["Default"] for name, it in declared.items() if "Default" in it}
    from_service = {name: value for name, value in known.items() if name in declared}
    return defaults | from_service | dict(chosen)
