"""Prints the tables of docs/deploy/fairness.md: the limits of callers, and what attackers can take.

`.venv/bin/python -m tools.fairness`
"""

from pathlib import Path

from cutout.credits.accounts import MEGAPIXELS_PER_MINUTE
from cutout.credits.allowance import DAY_S, NETWORKS, SUBSCRIBER_BITS, Budget, share_of_day
from cutout.credits.free_calls import FREE_CALLS_PER_DAY
from cutout.jobs import receivers
from cutout.jobs.backlog import RETRY_AFTER_S, UNPAID_WEBHOOKS
from tools import cloudformation

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
COUNTS = (1, 2, 5, 10, 100)  # of networks that attack
PARAMETERS = cloudformation.read(TEMPLATE)["Parameters"]
PER_ADDRESS, PER_DAY, JOBS = (
    int(PARAMETERS[name]["Default"])
    for name in ("CallsPerAddress", "CallsPerDay", "JobsPerAccount")
)
TOTAL = Budget("", "", *share_of_day(1, 0, PER_DAY))


def main() -> None:
    print("<!-- limits -->", _limits(), "<!-- end of limits -->", sep="\n")
    print("<!-- attacks -->", _attacks(), "<!-- end of attacks -->", sep="\n")


def _network(share: float) -> Budget:
    return Budget("", "", *share_of_day(share, PER_ADDRESS, PER_DAY))


def _limits() -> str:
    rows = [("calls without a key", _bits(), f"{PER_ADDRESS} a day", "`allowance_used_up`")]
    for version, networks in NETWORKS.items():
        for bits, share in networks:
            budget = _network(share)
            limit = f"{budget.calls:,.0f} a day, {budget.limit(0):,} of them at midnight UTC"
            rows.append(("", f"IPv{version} /{bits} ({share:.1%})", limit, "`allowance_used_up`"))
    least, most = receivers.FIRST_PAUSE_S, receivers.LONGEST_PAUSE_S
    total = f"{PER_DAY:,} a day, {TOTAL.limit(0):,} of them at midnight UTC"
    slow_s = receivers.SLOW_SHARE_MS // 1000
    rows += [
        ("", "all visitors", total, "`allowance_used_up`"),
        ("pictures", "API key", f"{MEGAPIXELS_PER_MINUTE} MP a minute", "`rate_limit_exceeded`"),
        ("free calls", "test key", f"{FREE_CALLS_PER_DAY} a day", "`free_calls_used_up`"),
        ("unfinished jobs", "account", f"{JOBS}", f"`too_many_jobs`, {RETRY_AFTER_S} s"),
        ("webhooks of jobs without a charge", "account", f"{UNPAID_WEBHOOKS:,} a day",
         "`too_many_webhooks`"),
        (f"posts to a host after {receivers.FAILURES} without an answer", "account and host",
         f"1 in {least} s, then in twice as long, up to {most:,} s", "`paused`"),
        (f"posts that take {receivers.SLOW_MS / 1000:g} s or more", "account",
         f"{slow_s} s of them in a minute", "`paused`"),
    ]  # fmt: skip
    head = ("of", "for each", "limit", "beyond it")
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _bits() -> str:
    return f"address: IPv4, IPv6 /{SUBSCRIBER_BITS[6]}"


def _attacks() -> str:
    """Attackers take all that is open from midnight on, each network with enough addresses."""
    share = dict(NETWORKS[4])[24]
    lines = ["| networks | at midnight | by noon | in the day | left for others at noon |"]
    lines.append("| ---: | ---: | ---: | ---: | ---: |")
    for count in COUNTS:
        taken = [_taken(count, share, elapsed_s) for elapsed_s in (0, DAY_S // 2, DAY_S)]
        left = TOTAL.limit(DAY_S // 2) - taken[1]
        lines.append(f"| {count} | {' | '.join(f'{calls:,}' for calls in (*taken, left))} |")
    return "\n".join(lines)


def _taken(count: int, share: float, elapsed_s: float) -> int:
    return min(count * _network(share).limit(elapsed_s), TOTAL.limit(elapsed_s))


if __name__ == "__main__":
    main()
