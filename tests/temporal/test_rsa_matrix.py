"""Step x bin matrix by RDMs: planted steps, nested choices, intervals, the matched copy."""

import numpy as np
import pytest
from planted_time import drifting, noisier, planted_course, quietly, recorded
from scipy.stats import spearmanr

import cornetkit as ck

SETTINGS = {"method": "rsa", "n_splits": 5}
SIGNAL = [step is not None for step in planted_course()]


@pytest.fixture(scope="module")
def acts():
    return drifting(n=60, units=20)


@pytest.fixture(scope="module")
def recordings(acts):
    return recorded(acts, planted_course(), n_neuroids=12)


@pytest.fixture(scope="module")
def matrix(acts, recordings):
    return quietly(ck.step_matrix, acts, recordings, **SETTINGS)


def naive(acts, recordings, step, time_bin, rows=slice(None)):
    """Spearman of correlation distances by NumPy and SciPy."""
    ids = acts["stimulus"].values[rows]
    means = recordings.groupby("stimulus").mean("presentation").sel(stimulus=ids)
    own = 1 - np.corrcoef(acts.sel(time=step).values[rows].astype(float))
    theirs = 1 - np.corrcoef(means.transpose("stimulus", ...).values[:, time_bin].astype(float))
    upper = np.triu_indices(len(ids), 1)
    return spearmanr(own[upper], theirs[upper]).statistic


def test_scores_equal_scipy_on_the_upper_triangle(matrix, acts, recordings):
    found = matrix["score"].sel(copy="all", time=4).values
    for time_bin in (0, 6, 10):
        assert found[time_bin] == pytest.approx(naive(acts, recordings, 4, time_bin), abs=1e-5)


def test_the_best_step_follows_the_planted_one(matrix, recordings):
    planted = recordings["planted_step"].values[SIGNAL]
    assert (matrix["best_step_main"].values[0, SIGNAL] == planted).mean() > 0.85


def test_the_best_step_is_scored_on_pairs_of_held_out_stimuli(matrix, acts, recordings):
    from cornetkit.temporal.design import make_design

    design = quietly(make_design, acts, recordings, "IT", n_splits=5, match_reliability=False)
    time_bin, scores = 6, []
    for (_, test), step in zip(
        design.folds.splits, matrix["best_step"].sel(copy="all").values[:, time_bin], strict=True
    ):
        scores.append(naive(acts, recordings, int(step), time_bin, test))
    found = matrix["best_score"].sel(copy="all").values[time_bin]
    assert found == pytest.approx(np.mean(scores), abs=1e-5)


def test_undriven_steps_are_in_no_score(matrix):
    assert matrix["time"].values.tolist() == list(range(1, 8))
    assert matrix.attrs["undriven_steps"] == "0"
    assert not np.isnan(matrix["score"]).any()


def test_bins_without_signal_are_not_normalised(matrix):
    silent = ~np.array(SIGNAL)
    assert np.isnan(matrix["normalized"].values[..., silent]).all()
    assert matrix["noise"].values[..., silent].all()
    assert (matrix["best_normalized"].values[:, SIGNAL] > 0.3).all()


def test_the_copy_is_at_matched_reliability(acts):
    course = [3, 3, 4, 4]
    falling = noisier(
        recorded(acts, course, n_neuroids=12, n_repetitions=16), np.linspace(0, 1.5, 4)
    )
    found = quietly(ck.step_matrix, acts, falling, **SETTINGS)
    whole, matched = found["ceiling_upper"].values
    assert np.ptp(whole) > 0.15
    assert np.ptp(matched) < 0.6 * np.ptp(whole)
    first = found["score"].sel(time=3).values[:, 0]
    assert first[1] < first[0]


def test_the_neuroids_are_one_set_for_all_bins(acts, recordings):
    few = recordings.isel(time_bin=[3, 4, 5])
    silent = few.copy(deep=True)
    silent[:, 1, 3] = 2.0
    settings = SETTINGS | {"match_reliability": False}
    found = quietly(ck.step_matrix, acts, silent, **settings)
    fewer = quietly(ck.step_matrix, acts, few.drop_isel(neuroid=3), **settings)
    np.testing.assert_allclose(found["score"], fewer["score"], atol=1e-9)


def test_rdms_of_complete_responses_are_those_of_rdm(acts, recordings):
    from cornetkit.similarity.compare import take_rdms
    from cornetkit.temporal.design import make_design
    from cornetkit.temporal.rsa_matrix import _rows

    shifted = recordings + 1000 * np.arange(1, 13)  # means of neuroids that all stimuli share
    for trials in (recordings, shifted):
        design = quietly(make_design, acts, trials, "IT", n_splits=5, match_reliability=False)
        found = _rows(design.copies["all"], np.arange(2, 9), design)
        few = design.data.trials.isel(neuroid=slice(2, 9))
        expected = take_rdms(ck.rdm(few, progress=False), "them").select(design.ids).rows()
        np.testing.assert_allclose(found, expected, atol=1e-10)


def test_order_of_stimuli_changes_nothing(matrix, acts, recordings):
    order = np.random.default_rng(0).permutation(60)
    rows = np.random.default_rng(1).permutation(recordings.sizes["presentation"])
    other = quietly(
        ck.step_matrix, acts.isel(stimulus=order), recordings.isel(presentation=rows),
        match_reliability=False, **SETTINGS,
    )  # fmt: skip
    for name in ("score", "score_low", "best_score", "best_score_high"):
        np.testing.assert_allclose(other[name][0], matrix[name].sel(copy="all"), atol=1e-6)


def test_the_figure_says_what_its_colour_is(matrix):
    ax = ck.plot_step_matrix(matrix)
    assert ax.figure.axes[1].get_ylabel() == "similarity of RDMs / ceiling"
    assert "60 stimuli, 12 neuroids" in ax.get_xlabel()


@pytest.mark.slow
def test_intervals_of_noise_hold_0_in_about_95_percent():
    of_step, of_best = [], []
    for seed in range(40):
        acts = drifting(n=60, steps=3, units=20, seed=seed)
        null = recorded(acts, [1, 2, 1, 2], rng=seed, n_neuroids=12)
        noise = np.random.default_rng(1000 + seed).standard_normal(null.shape)
        null = null.copy(data=noise.astype(np.float32))
        found = quietly(ck.step_matrix, acts, null, match_reliability=False, **SETTINGS)
        low, high = (found[f"score_{end}"].values[0, 0] for end in ("low", "high"))
        of_step += ((low <= 0) & (high >= 0)).tolist()
        low, high = (found[f"best_score_{end}"].values[0] for end in ("low", "high"))
        of_best += ((low <= 0) & (high >= 0)).tolist()
    assert 0.9 < np.mean(of_step) <= 1.0
    assert 0.9 < np.mean(of_best) <= 1.0
