"""Statistical traps of RSA and of comparisons, each with what a wrong analysis would show."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import pearsonr

import cornetkit as ck
from cornetkit.kernels.pairs import condense, expand

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


def labelled(square, **coords):
    """Return RDMs (..., n, n) with ids, any leading dim called `model`."""
    ids = [f"s{k:02d}" for k in range(square.shape[-1])]
    dims = ("model",) * (square.ndim - 2) + ("stimulus_a", "stimulus_b")
    return xr.DataArray(square, dims=dims, coords={"stimulus_a": ids, "stimulus_b": ids, **coords})


def unrelated(rng, n=14, units=3):
    """Return an RDM of random patterns: distances that share a stimulus are alike."""
    X = rng.normal(size=(n, units)) * rng.exponential(size=(n, 1))
    return ((X[:, None] - X[None]) ** 2).mean(axis=2)


def test_trap_11_the_diagonal_and_both_triangles_make_unrelated_rdms_alike():
    rng = np.random.default_rng(0)
    pairs = [[expand(1 + 0.3 * rng.normal(size=66)) for _ in range(2)] for _ in range(30)]
    wrong = [pearsonr(a.ravel(), b.ravel()).statistic for a, b in pairs]
    found = [float(ck.compare_rdms(labelled(a), labelled(b), "pearson")) for a, b in pairs]
    assert np.mean(wrong) > 0.3
    assert abs(np.mean(found)) < 0.05


def test_trap_12_a_parametric_p_finds_what_is_not_there():
    rng = np.random.default_rng(1)
    parametric, permuted = [], []
    for seed in range(120):
        a, b = unrelated(rng, units=20), unrelated(rng, units=20)
        parametric.append(pearsonr(condense(a), condense(b), alternative="greater").pvalue)
        asked = {"compare": "pearson", "permutations": 39, "rng": seed}
        permuted.append(float(ck.rsa(labelled(a), labelled(b), **asked)["p"]))
    assert np.mean(np.array(parametric) <= 0.05) > 0.15
    assert np.mean(np.array(permuted) <= 0.05) <= 0.1


def test_trap_13_distances_that_follow_the_rate_are_no_dynamics():
    # Poisson-like noise that rises over time, and no stimulus is told from another.
    rng = np.random.default_rng(2)
    rate = np.array([1.0, 2.0, 4.0])
    values = rate[:, None] + np.sqrt(rate)[:, None] * rng.normal(size=(20, 12, 3, 30))
    ids = [f"s{k:02d}" for k in range(12)]
    trials = xr.DataArray(
        values,
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"stimulus": ids, "repetition": np.arange(20), "neuroid": np.arange(30)},
    )
    plain, unbiased = (
        np.nanmean(ck.rdm(trials, metric, form="pair", **more).values, axis=-1)
        for metric, more in (("euclidean", {}), ("crossnobis", {"noise": "identity"}))
    )
    np.testing.assert_allclose(plain, 2 * rate / 20, rtol=0.3)
    assert plain[2] > 2.5 * plain[0]
    assert (np.abs(unbiased) < plain / 4).all()


def test_trap_14_some_of_many_smoothed_bins_is_always_below_05():
    rng = np.random.default_rng(3)
    ids = [f"s{k:02d}" for k in range(12)]
    single, corrected = [], {"max": [], "cluster": []}
    for seed in range(30):
        steps = rng.normal(size=(1, 12, 14, 6))
        smooth = (steps[:, :, 2:] + steps[:, :, 1:-1] + steps[:, :, :-2]) / 3
        neural = xr.DataArray(
            smooth, dims=("repetition", "stimulus", "time_bin", "neuroid"),
            coords={"stimulus": ids, "neuroid": np.arange(6)},
        )  # fmt: skip
        model = labelled(unrelated(rng, n=12))
        for correction, least in corrected.items():
            found = ck.rsa(model, neural, permutations=39, rng=seed, correction=correction,
                           ceiling="none")  # fmt: skip
            least.append(float(found["p_corrected"].min()))
        single.append(float(found["p"].min()))
    assert np.mean(np.array(single) <= 0.05) > 0.25
    for least in corrected.values():
        assert np.mean(np.array(least) <= 0.05) <= 0.15


def test_trap_29_copies_of_stimuli_make_unrelated_rdms_alike():
    rng = np.random.default_rng(4)
    a, b = (expand(2 + 0.3 * rng.normal(size=190)) for _ in range(2))
    found = ck.rsa(labelled(a), labelled(b), compare="pearson", bootstrap=100)
    drawn = rng.integers(20, size=(100, 20))
    wrong = [
        pearsonr(*(condense(x[np.ix_(d, d)]) for x in (a, b))).statistic for d in drawn
    ]  # copies at distance 0 on both sides
    score = float(found["score"])
    assert np.mean(wrong) - score > 0.3
    assert abs(float(found["resampled"].mean()) - score) < 0.03


def test_trap_33_what_movies_differ_in_tells_no_frames_apart():
    rng = np.random.default_rng(5)
    movie = np.repeat(np.arange(5), 4)
    free, within = [], []
    apart = 2.0 * (movie[:, None] != movie)
    for seed in range(20):
        a, b = (expand(2 + rng.normal(size=190)) + apart for _ in range(2))
        asked = {"compare": "pearson", "permutations": 39, "rng": seed}
        labels = {"movie": ("stimulus_a", movie)}
        model, brain = labelled(a, **labels), labelled(b)
        free.append(float(ck.rsa(model, brain, **asked)["p"]))
        within.append(float(ck.rsa(model, brain, permute_within="movie", **asked)["p"]))
    assert np.mean(np.array(free) <= 0.05) > 0.9
    assert np.mean(np.array(within) <= 0.05) <= 0.2
