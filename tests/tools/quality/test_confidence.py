"""The fit of the confidence, and its assessment."""

import numpy as np
import pytest

from tools.quality import confidence, confidence_fit
from tools.quality.confidence import Sample
from tools.quality.confidence_fit import Line
from tools.quality.dataset import DataError

LINE = Line(-2.0, 1.5)


def drawn(count, line=LINE, seed=1):
    """Logits, and whether each is good, drawn with the line's probability."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(2, 1.5, count)
    return logits, chance.random(count) < line.at(logits)


def samples(count=40, sources=("a", "b")):
    logits, is_good = drawn(count)
    means, ious = 1 / (1 + np.exp(-logits)), 0.5 + 0.4 * is_good
    return [
        Sample(f"{number // 2}", sources[number // 2 % len(sources)], "u2net", mean, overlap)
        for number, (mean, overlap) in enumerate(zip(means, ious, strict=True))
    ]


def test_the_fit_finds_the_line_that_the_data_were_drawn_by():
    found = confidence_fit.fit(*drawn(20_000))

    assert (found.intercept, found.slope) == pytest.approx((LINE.intercept, LINE.slope), abs=0.1)


def test_data_that_one_threshold_separates_still_have_a_finite_fit():
    logits = np.linspace(-1, 1, 10)

    found = confidence_fit.fit(logits, logits > 0)

    assert 0 < found.slope < 10


def test_a_probability_is_cross_validated_without_its_own_group():
    logits, is_good = drawn(300)
    groups = np.array(["a", "b", "c"] * 100)
    spoilt = np.where(groups == "a", ~is_good, is_good)

    honest, changed = (
        confidence_fit.cross_validated(logits, truth, groups) for truth in (is_good, spoilt)
    )

    assert np.array_equal(honest[groups == "a"], changed[groups == "a"])
    assert not np.allclose(honest[groups == "b"], changed[groups == "b"])


def test_auc_counts_the_pairs_in_the_right_order_and_ties_half():
    scores, is_good = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])

    assert confidence_fit.auc(scores, is_good, np.arange(4)).mean == pytest.approx(3.5 / 4)


def test_two_cutouts_of_one_picture_are_no_more_certain_than_one():
    logits, is_good = drawn(100)
    twice = [np.repeat(values, 2) for values in (logits, is_good, np.arange(100))]

    once, doubled = confidence_fit.auc(logits, is_good, np.arange(100)), confidence_fit.auc(*twice)

    assert (doubled.low, doubled.high) == pytest.approx((once.low, once.high))


def test_the_bins_of_a_true_probability_are_reliable():
    logits, is_good = drawn(20_000)

    bins = confidence_fit.reliability(LINE.at(logits), is_good)

    assert len(bins) == len(confidence_fit.BINS) - 1
    assert sum(one.count for one in bins) == 20_000
    assert all(abs(one.predicted - one.observed) < 0.05 for one in bins)


def test_a_higher_threshold_reviews_more_and_finds_more():
    logits, is_good = drawn(200)

    rows = confidence_fit.reviewed(LINE.at(logits), is_good, [0, 0.3, 0.6, 1])

    assert rows[0] == (0, 0, 0)
    assert rows[-1] == (1, 200, int((~is_good).sum()))
    assert rows == sorted(rows)


def test_the_assessment_has_the_constants_and_a_curve_for_each_predictor():
    table, drawing = confidence.assess(samples())

    assert "40 cutouts of 20 pictures of 2 sources" in table
    assert "INTERCEPT = " in table
    for name in ("as before", "cross-validated", "as shipped"):
        assert name in table
        assert name in drawing


def test_pictures_of_one_source_cannot_be_cross_validated():
    with pytest.raises(DataError, match="two sources"):
        confidence.assess(samples(sources=("a",)))
