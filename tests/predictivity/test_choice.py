"""What choosing the best step adds to the spread of its score."""

import numpy as np
import pytest

from cornetkit.predictivity.choice import chosen_score, widening_of_choice


def by_hand(medians):
    """Choose in each split the place that is best over the other splits."""
    n_places, n_splits = medians.shape
    scores, count = [], np.zeros(n_places)
    for split in range(n_splits):
        others = np.nanmean(np.delete(medians, split, axis=1), axis=1)
        count[others.argmax()] += 1
        scores.append(medians[others.argmax(), split])
    return np.mean(scores), count / n_splits


def test_the_choice_is_that_of_a_loop():
    medians = np.random.default_rng(0).normal(size=(3, 6, 4))
    score, share = chosen_score(medians)
    for k in range(4):
        expected = by_hand(medians[..., k])
        assert score[k] == pytest.approx(expected[0])
        np.testing.assert_allclose(share[:, k], expected[1])


def test_a_place_without_a_score_is_never_chosen():
    medians = np.random.default_rng(1).normal(size=(2, 5, 1))
    medians[0] = np.nan
    score, share = chosen_score(medians)
    assert share[:, 0].tolist() == [0, 1]
    assert score[0] == pytest.approx(medians[1].mean())


def ratio(gap, n_splits=10, n=1500):
    """Return the spread of chosen scores over the one that fixed shares have, and ours."""
    rng = np.random.default_rng(2)
    medians = rng.normal(size=(n, 2, n_splits)) + np.array([gap, 0.0])[:, None]
    found = [by_hand(one) for one in medians]
    chosen = np.std([score for score, _ in found])
    fixed = np.sqrt(np.mean([(share**2).sum() for _, share in found]) / n_splits)
    ours = [
        widening_of_choice(one[..., None], share[:, None])[0]
        for one, (_, share) in zip(medians[:60], found, strict=False)
    ]
    return chosen / fixed, np.mean(ours)


def test_alike_places_widen_the_spread_by_what_simulations_show():
    true, ours = ratio(gap=0.0)
    assert true > 1.3
    assert ours == pytest.approx(true, rel=0.2)


def test_a_clear_choice_widens_nothing():
    true, ours = ratio(gap=4.0)
    assert true == pytest.approx(1, abs=0.05)
    assert ours == pytest.approx(1, abs=0.05)


def test_two_splits_leave_no_choice_to_simulate():
    medians = np.random.default_rng(3).normal(size=(2, 2, 3))
    assert widening_of_choice(medians, np.full((2, 3), 0.5)).tolist() == [1, 1, 1]
