"""Where the engine's time goes, by edges and size."""

from tools.contenders.process import Answer
from tools.mattes.stages import line, table


def answer(predict_ms, peak_mb):
    return Answer(1.0, 10, peak_mb, "", {"stages_ms": {"predict": predict_ms, "alpha": 10.0}})


def test_the_first_call_does_not_count_but_for_memory():
    one = line(4, "fine", [answer(900, 100), answer(100, 200), answer(300, 300), answer(200, 300)])

    assert one.ms == {"predict": 200, "alpha": 10}
    assert one.peak_mb == 300
    assert "| 4 MP | fine | 200 | 10 | 210 | 300 |" in table([one])
