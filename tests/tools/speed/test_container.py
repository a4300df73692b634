"""The tables of the container bench; no test needs Docker."""

import tomllib
from dataclasses import replace

from tools.cost import inputs
from tools.speed import container
from tools.speed.container import Run, comparison, durations

OURS = Run(
    tool="cutout", model="u2net", megapixels=1, init_ms=500, first_ms=450, warm_ms=400.4,
    peak_mb=250, in_bytes=1000, out_bytes=2000, log_bytes=1370,
)  # fmt: skip
RUNS = [
    replace(OURS, tool=tool, model=model, megapixels=size, init_ms=init_ms)
    for tool, init_ms in (("cutout", 500), ("rembg", 1500))
    for model in container.MODELS
    for size in container.SIZES
]


def test_the_table_compares_time_and_memory_with_rembg():
    rows = comparison(RUNS)

    assert ["init phase, u2net", "1.50 s", "0.50 s", "3.0 ×"] in rows
    assert ["peak memory, u2netp, 12 MP", "250 MB", "250 MB", "100 %"] in rows


def test_the_durations_of_the_default_model_are_a_table_that_the_cost_model_reads():
    table = tomllib.loads(durations(RUNS))["measured"]

    runs = [inputs.Run(**row) for row in table["runs"]]
    assert [(run.model, run.megapixels) for run in runs] == [("u2net", 1), ("u2net", 12)]
    assert (runs[0].init_ms, runs[0].warm_ms, runs[0].out_bytes) == (500, 400, 2000)
    assert table["source"]
