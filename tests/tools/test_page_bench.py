"""What is told of the page's weight and speed."""

from tools.bench.page import table


def test_each_figure_is_a_row_of_whole_numbers():
    told = table({"kB": 82.4, "ms": 1402.7})

    assert "| kB | 82 |\n| ms | 1,403 |\n" in told
