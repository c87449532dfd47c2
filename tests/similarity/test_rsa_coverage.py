"""Intervals cover what was planted, and p values are uniform where nothing was."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.kernels.pairs import condense, pair_rows
from cornetkit.kernels.rdm_compare import compare_pairs

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")

BOTH = ("stimulus", "subject")


class World:
    """Two steps of a model and brains that see stimuli drawn at random, as RDMs.

    Parameters
    ----------
    related
        Whether the brain sees the same stimuli as the model.
    vary
        Whether subjects differ from simulation to simulation.
    """

    def __init__(self, related=True, vary=False, n_subjects=5):
        self.rng = np.random.default_rng(0)
        self.early, self.late, self.brain = self.rng.normal(size=(3, 8, 20))
        self.related, self.vary, self.n_subjects = related, vary, n_subjects
        self.fixed = self.rng.normal(size=(n_subjects, 8, 20))

    def distances(self, n, n_subjects=None):
        """Return condensed RDMs of the steps (2, N) and of the subjects (subject, N)."""
        latent, other = self.rng.normal(size=(2, n, 8))
        seen = latent if self.related else self.rng.normal(size=(n, 8))
        steps = latent @ self.early, latent @ self.late + 0.5 * other @ self.early
        people = self.fixed
        if self.vary:
            people = self.rng.normal(size=(n_subjects or self.n_subjects, 8, 20))
        brains = [seen @ self.brain + seen @ own for own in people]
        sides = [[condense(1 - np.corrcoef(np.tanh(x))) for x in side] for side in (steps, brains)]
        return np.stack(sides[0]), np.stack(sides[1])

    def truth(self, compare):
        """Return the scores over very many stimuli (and subjects)."""
        found = [compare_pairs(*self.distances(600, 40), compare).mean(axis=1) for _ in range(5)]
        return np.mean(found, axis=0)

    def result(self, n, **asked):
        """Return rsa of one simulation."""
        steps, brains = self.distances(n)
        ids = np.array([f"s{k:03d}" for k in range(n)])
        rows, columns = pair_rows(n)
        of_pairs = {"stimulus_a": ("pair", ids[rows]), "stimulus_b": ("pair", ids[columns])}
        return ck.rsa(
            xr.DataArray(steps, dims=("time", "pair"), coords={"time": [0, 1], **of_pairs}),
            xr.DataArray(brains, dims=("subject", "pair"), coords=of_pairs),
            ceiling="none",
            **asked,
        )


def covered(world, truth, runs, n, **asked):
    """Return in what share of runs the intervals hold the scores, and their difference."""
    scores, difference = np.zeros(2), 0
    for seed in range(runs):
        found = world.result(n, rng=seed, **asked)
        low, high = found["score_low"].values, found["score_high"].values
        scores += (low <= truth) & (truth <= high)
        paired = ck.compare_rsa(found.sel(time=0), found.sel(time=1))
        low, high = float(paired["difference_low"]), float(paired["difference_high"])
        difference += low <= truth[0] - truth[1] <= high
    return np.append(scores, difference) / runs


def test_intervals_over_stimuli_cover_in_a_small_simulation():
    world = World()
    found = covered(world, world.truth("pearson"), 60, 24, compare="pearson", bootstrap=100)
    assert (found >= 0.85).all()


def test_p_is_uniform_in_a_small_simulation():
    world = World(related=False)
    p = np.array([world.result(12, permutations=39, rng=k)["p"].values[0] for k in range(80)])
    assert 0.4 < p.mean() < 0.6
    assert (p <= 0.05).mean() <= 0.12


def test_where_nothing_is_planted_the_highest_score_is_seldom_significant():
    world = World(related=False)
    p = [float(world.result(12, permutations=39, rng=k)["p_corrected"].min()) for k in range(80)]
    assert np.mean(np.array(p) <= 0.05) <= 0.12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "asked"),
    [
        (World(), {"compare": "pearson", "resample": "stimulus"}),
        (World(), {"compare": "spearman", "resample": "stimulus"}),
        (World(vary=True, n_subjects=8), {"compare": "pearson", "resample": BOTH}),
        (World(related=False), {"compare": "spearman", "resample": "stimulus"}),
    ],
    ids=["pearson", "spearman", "two factors", "unrelated"],
)  # fmt: skip
def test_intervals_cover_what_was_planted(world, asked):
    truth = world.truth(asked["compare"])
    found = covered(world, truth, 300, 40, bootstrap=200, **asked)
    # 3 standard errors of 300 runs beside 93 to 97 %; two factors are known to be wider.
    assert (found >= 0.93 - 0.025).all(), found
    assert (found <= 0.97 + 0.025).all(), found
