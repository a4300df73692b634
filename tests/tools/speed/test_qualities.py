"""The table of qualities beside rembg."""

from tools.contenders.process import Answer
from tools.speed.qualities import row


def answers(looks, *seconds):
    said = {"looks": looks} if looks else {}
    return [Answer(each, each / 2, 1, 100 * each, "", said) for each in seconds]


def test_a_row_has_medians_and_the_median_of_the_ratios_of_the_rounds():
    ours, rembgs = answers(3, 1.0, 2.0, 1.0), answers(None, 3.0, 8.0, 5.0)

    assert row("best", ours, rembgs) == ["best", "3", "1.00", "4.00 ×", "0.50", "100"]


def test_rembg_has_made_one_look():
    rembgs = answers(None, 3.0)

    assert row("rembg", rembgs, rembgs)[:4] == ["rembg", "1", "3.00", "1.00 ×"]
