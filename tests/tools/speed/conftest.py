"""Rounds as a full run measures them, with made-up figures."""

import pytest

from tools.contenders.process import Answer
from tools.speed import plan
from tools.speed.measuring import Results

# Seconds for 1 MP and MB at the start. With more megapixels both rise, rembg's twice as much.
FIGURES = {
    plan.REMBG: (1.0, 1000), plan.REMBG_U2NETP: (0.6, 500), plan.REMBG_MATTING: (3.0, 1500),
    plan.CUTOUT_NOW: (0.25, 200), plan.OFF: (0.2, 190), plan.FINE: (0.5, 300),
    plan.FAST: (0.15, 180), plan.BEST: (0.4, 210),
    plan.BEFORE: (0.5, 300), plan.BEFORE_FAST: (0.3, 200),
}  # fmt: skip


def answer(case, tool):
    seconds, mb = FIGURES[tool]
    is_peer = tool in (plan.REMBG, plan.REMBG_U2NETP, plan.REMBG_MATTING)
    seconds *= 1 + case.photo.megapixels / (4 if is_peer else 8)
    ms = 1000 * seconds
    stages = {} if is_peer else {"stages_ms": {"decode": ms / 10, "predict": ms * 0.9}}
    mb += case.photo.megapixels * (20 if is_peer else 5)
    png = 1_000_000 if is_peer else 1_050_000
    return Answer(seconds, seconds / 2, png, mb, "", stages)


@pytest.fixture
def results():
    return Results({
        case: [{tool: answer(case, tool) for tool in tools}] * rounds
        for case, (tools, rounds) in plan.with_earlier(plan.FULL).items()
    })  # fmt: skip
