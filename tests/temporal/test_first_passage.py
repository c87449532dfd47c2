"""First passages and their rank correlation: exact, censored and tied as planted."""

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

import cornetkit as ck
from cornetkit.temporal.first_passage import FIRST, SOLVED, UNDEFINED, UNSOLVED, first_passage
from cornetkit.temporal.ost_scores import agree, spearman, summarise


class TestFirstPassage:
    def test_it_lies_between_the_time_before_and_the_first(self):
        values = np.array([[0.0, 2.0], [1.0, 0.0], [3.0, 0.0], [3.0, 0.0]])
        found = first_passage(values, np.array([2.0, 1.0]), np.array([10.0, 20.0, 30.0, 40.0]))
        assert found.time[0] == 25.0
        assert found.status.tolist() == [SOLVED, UNSOLVED]  # one bin above is not two in a row

    def test_at_the_first_time_it_is_censored_and_not_extrapolated(self):
        found = first_passage(np.full((3, 1), 5.0), np.array([1.0]), np.arange(3.0))
        assert (found.time[0], found.status[0]) == (0.0, FIRST)

    def test_images_without_a_threshold_or_a_course_are_undefined(self):
        values = np.array([[1.0, np.nan], [2.0, np.nan]])
        found = first_passage(values, np.array([np.nan, 1.0]), np.arange(2.0))
        assert found.status.tolist() == [UNDEFINED, UNDEFINED]
        assert np.isnan(found.time).all()

    def test_the_best_earlier_time_is_the_nearest_from_below_and_the_latest_of_equals(self):
        values = np.array([[0.0], [1.0], [0.0], [2.0]])
        how = {"n_consecutive": 1, "interpolation": "best"}
        found = first_passage(values, np.array([1.5]), np.arange(4.0), **how)
        assert found.time[0] == 1 + (1.5 - 1.0) / (2.0 - 1.0) * 2

    def test_noise_solves_images_early_and_asking_for_more_in_a_row_mends_it(self):
        noise = np.random.default_rng(0).normal(size=(12, 2000))
        threshold, times = np.full(2000, 1.5), np.arange(12.0)
        found = [first_passage(noise, threshold, times, n_consecutive=k) for k in (1, 2)]
        rate = [np.mean(one.status != UNSOLVED) for one in found]
        assert abs(rate[0] - (1 - norm.cdf(1.5) ** 12)) < 0.03
        assert rate[1] < 0.08

    def test_more_in_a_row_than_there_are_is_told(self):
        with pytest.raises(ck.CornetkitError, match=r"n_consecutive=3 .* given for 2 times"):
            first_passage(np.zeros((2, 1)), np.zeros(1), np.arange(2.0), n_consecutive=3)


class TestAgreement:
    @pytest.fixture
    def planted(self):
        """OST = a + b difficulty in 10 ms bins from 70 ms; a fifth never solved, some at first."""
        rng = np.random.default_rng(0)
        difficulty = rng.uniform(size=200)
        time = 60 + 150 * difficulty
        unsolved = np.arange(200) % 5 == 0
        # d' rises by 1 every 10 ms and crosses the threshold 2 at `time`.
        bins = 75 + 10.0 * np.arange(18)
        dprime = 2 + (bins[:, None] - time) / 10
        dprime[:, unsolved] = 0.0
        return difficulty, time, unsolved, first_passage(dprime, np.full(200, 2.0), bins)

    def test_times_and_shares_are_exact(self, planted):
        difficulty, time, unsolved, found = planted
        first = ~unsolved & (time <= 75)
        solved = ~unsolved & ~first
        np.testing.assert_allclose(found.time[solved], time[solved])
        summary = summarise(found.time, found.status)
        assert summary.solved == 0.8
        assert summary.at_first == first.sum() / 160
        assert summary.tied == first.sum() / 160
        assert summary.n_distinct == solved.sum() + 1

    def test_the_rank_correlation_with_difficulty_is_recovered(self, planted):
        difficulty, _, unsolved, found = planted
        reference = np.where(unsolved, np.nan, difficulty)
        rng = np.random.default_rng(1)
        same = agree(found.time, found.status, reference, 200, rng)
        assert same.spearman > 0.99
        assert same.spearman_all > 0.99
        assert same.n_compared == 160
        noisy = reference + rng.normal(size=200)
        some = agree(found.time, found.status, noisy, 200, rng)
        both = ~unsolved
        expected = spearmanr(found.time[both], noisy[both]).statistic
        assert some.spearman == pytest.approx(expected)
        assert some.low < expected < some.high

    def test_shuffled_difficulty_gives_nothing(self, planted):
        difficulty, _, _, found = planted
        rng = np.random.default_rng(2)
        rho = [
            agree(found.time, found.status, rng.permutation(difficulty), 0, rng).spearman
            for _ in range(50)
        ]
        assert abs(np.mean(rho)) < 0.05

    def test_ranks_with_ties_equal_scipy(self):
        a, b = np.random.default_rng(0).integers(0, 5, size=(2, 30))
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)

    def test_times_that_are_all_tied_have_no_correlation(self):
        found = agree(np.ones(9), np.full(9, FIRST), np.arange(9.0), 50, np.random.default_rng(0))
        assert np.isnan(found.spearman)
