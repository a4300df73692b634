"""Select the tests of one tier; tests marked `nightly` run in nightly runs only."""

import hypothesis
import pytest

# Tests with one of these markers run with `--tier` alone, all others in the default tier.
SEPARATE = ("container", "lambda_", "clients", "peers", "portability", "package")
# Tests with one of these are in the default tier and not in the fast one.
NOT_FAST = ("model", "browser", "aws", "slow")
TIERS = ("default", "fast", *SEPARATE)
# The fixtures that need a service, with the marker of the tests that use them.
FIXTURES = {"aws": "aws", "browser": "browser"}


def add_options(parser):
    parser.addoption(
        "--tier", choices=TIERS, default="default",
        help="which tests run; `fast` is `default` without models, local AWS, browser, slow ones",
    )  # fmt: skip
    parser.addoption(
        "--nightly", action="store_true",
        help="run the tests marked `nightly` too, and repeat the others as often as by night",
    )  # fmt: skip


def set_examples(config):
    """Set hypothesis' default number of examples, without a time limit."""
    examples = 100 if config.getoption("--nightly") else 20
    hypothesis.settings.register_profile("tests", max_examples=examples, deadline=None)
    hypothesis.settings.load_profile("tests")


def mark(items):
    """Add the marker of each service fixture that a test uses."""
    for item in items:
        for fixture, marker in FIXTURES.items():
            if fixture in item.fixturenames:
                item.add_marker(marker)


def demand_marker(fixturedef, request):
    """Fail a test that gets a fixture by getfixturevalue() without the fixture's marker."""
    for fixture, marker in FIXTURES.items():
        if fixture in (fixturedef.argname, *fixturedef.argnames):
            test = request._pyfuncitem
            if not test.get_closest_marker(marker):
                pytest.fail(f"{test.nodeid} uses the fixture {fixture} without the marker {marker}")


def select(config, items):
    """Deselect the tests of other tiers."""
    tier, nightly = config.getoption("--tier"), config.getoption("--nightly")
    chosen = [item for item in items if _is_in(item, tier) and (nightly or not _is_long(item))]
    kept = set(chosen)
    left = [item for item in items if item not in kept]
    config.hook.pytest_deselected(items=left)
    items[:] = chosen


def _is_in(item, tier):
    markers = {marker.name for marker in item.iter_markers()}
    if tier in SEPARATE:
        return tier in markers
    return not markers & {*SEPARATE, *(NOT_FAST if tier == "fast" else ())}


def _is_long(item):
    return item.get_closest_marker("nightly") is not None
