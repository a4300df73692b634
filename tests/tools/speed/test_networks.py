"""Inference beside OpenVINO."""

from tools.speed.networks import cells


def test_the_ratio_is_of_the_two_calls_of_a_round_and_above_1_where_ours_is_faster():
    rounds = [[{"ms": 100.0}, {"ms": 50.0}], [{"ms": 300.0}, {"ms": 100.0}],
              [{"ms": 120.0}, {"ms": 120.0}]]  # fmt: skip

    assert cells(rounds) == ["120", "100", "2.00 ×"]
