"""What the qualities imply, and the table of it in docs/api/options.md."""

from typing import get_args

from cutout.options.quality import IMPLIED, Quality
from cutout.options.record import Options
from tests.pages import read


def test_a_model_or_edges_that_are_named_win_over_the_quality():
    options = Options(quality="fast", model="mine", edges="off")

    assert (options.effective_model, options.effective_edges) == ("mine", "off")
    assert Options(quality="fast").effective_model == "u2netp"


def test_the_page_of_options_says_what_each_quality_implies():
    lines = read("api/options.md").splitlines()
    rows = [line.split(" | ") for line in lines if line.count(" | ") == 3]
    written = {cells[0]: (cells[1], cells[3]) for cells in rows}

    assert list(IMPLIED) == list(get_args(Quality))
    for quality, implied in IMPLIED.items():
        name = f"| `{quality}`" + ", the default" * (quality == Options.quality)
        model = f"`{implied.model or 'CUTOUT_MODEL'}`"
        assert written[name] == (model, f"`{implied.edges}` |")
