"""The engine's time by stage."""

from tools.contenders.process import Answer
from tools.speed.stages import cells


def answer(predict_ms, peak_mb):
    return Answer(1.0, 1.0, 10, peak_mb, "", {"stages_ms": {"predict": predict_ms, "alpha": 10.0}})


def test_the_first_call_is_measured_for_memory_only():
    answers = [answer(900, 100), answer(100, 200), answer(300, 300), answer(200, 300)]

    assert cells(answers) == ["200", "10", "210", "300"]  # each stage, their sum, the peak
