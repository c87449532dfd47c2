"""Permutations and resamples of the matchings' held-out stimuli."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.kernels.resampling import multiplicities

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
METHODS = ("one_to_one", "soft_matching")
of_both = pytest.mark.parametrize("method", METHODS)


def made(noise, seed=0, n=40, q=6):
    rng = np.random.default_rng(seed)
    ids = [f"s{k:02d}" for k in range(n)]
    X = rng.normal(size=(n, 9))
    features = xr.DataArray(X, dims=("stimulus", "unit"), coords={"stimulus": ids})
    Y = X[:, :q] + noise * rng.normal(size=(2, n, q))
    responses = xr.DataArray(
        Y[:, :, None],
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"stimulus": ids, "neuroid": list("abcdefghij"[:q]), "repetition": [0, 1]},
    )
    return features, responses.assign_coords(movie=("stimulus", [f"m{k % 4}" for k in range(n)]))


@of_both
def test_the_score_is_the_same_with_and_without_inference(method):
    data = made(1.0)
    found = getattr(ck, method)(*data, permutations=19, bootstrap=20)
    plain = getattr(ck, method)(*data)
    xr.testing.assert_identical(found["r"], plain["r"])
    assert float(found["score_low"][0]) < float(plain["score"][0]) < float(found["score_high"][0])


def test_resampled_stimuli_are_copies_of_held_out_ones():
    features, responses = made(1.0)
    found = ck.one_to_one(features, responses, n_splits=2, bootstrap=20, rng=3)
    counts = multiplicities(40, 20, np.random.default_rng([3, 1]))
    parts = np.array_split(np.random.default_rng(3).permutation(40), 2)
    mean = responses.values[:, :, 0].mean(axis=0)
    for weights, here in zip(counts[:4], found["resampled"].values[:, 0], strict=False):
        scores = []
        for k, test in enumerate(parts):
            rows = np.repeat(np.sort(test), weights[np.sort(test)])
            units = found["unit"].values[0, k]
            r = [np.corrcoef(features.values[rows, u], mean[rows, i])[0, 1]
                 for i, u in enumerate(units)]  # fmt: skip
            scores.append(np.median(r))
        assert here == pytest.approx(np.mean(scores))


@of_both
def test_resampled_neuroids_are_copies_of_their_r(method):
    found = getattr(ck, method)(*made(1.0), bootstrap=20, resample="neuroid", rng=3)
    counts = multiplicities(6, 20, np.random.default_rng([3, 3]))
    summary = np.median if method == "one_to_one" else np.mean
    for weights, here in zip(counts, found["resampled"].values[:, 0], strict=True):
        copies = np.repeat(found["r"].values[0], weights, axis=1)
        assert here == pytest.approx(summary(copies, axis=1).mean())


@of_both
def test_both_factors_are_kept_apart_and_together(method):
    found = getattr(ck, method)(*made(1.0), bootstrap=20, resample=("stimulus", "neuroid"))
    assert {"resampled", "resampled_stimulus", "resampled_neuroid"} <= set(found.data_vars)
    assert found.attrs["resample_items"] == [40, 6]


@of_both
def test_unrelated_units_have_uniform_p(method):
    p = [
        float(
            getattr(ck, method)(
                made(0, seed)[0], made(0, seed + 500)[1], n_splits=2, permutations=19, rng=seed
            )["p"][0]
        )
        for seed in range(40)
    ]
    assert 0.36 < np.mean(p) < 0.64


@of_both
def test_planted_units_are_significant(method):
    found = getattr(ck, method)(*made(0.5), permutations=99, alpha=0.01)
    assert float(found["p"][0]) == 0.01
    assert float(found["p_corrected"][0]) == 0.01


def test_permutations_stay_inside_the_blocks():
    data = made(1.0)
    asked = {"n_splits": 2, "permutations": 19}
    inside = ck.one_to_one(*data, permute_within="movie", **asked)
    free = ck.one_to_one(*data, **asked)
    assert not np.allclose(inside["null"], free["null"])


@of_both
def test_animals_are_drawn_with_all_their_neuroids(method):
    features, responses = made(1.0)
    responses = responses.assign_coords(animal=("neuroid", list("xxyyzz")))
    found = getattr(ck, method)(features, responses, bootstrap=20, resample="animal", rng=3)
    counts = multiplicities(3, 20, np.random.default_rng([3, 5]))
    summary = np.median if method == "one_to_one" else np.mean
    r = found["r"].values[0]
    for weights, here in zip(counts, found["resampled"].values[:, 0], strict=True):
        of_neuroids = np.repeat(weights, 2)
        folds = [summary(np.repeat(fold, of_neuroids)) for fold in r]
        assert here == pytest.approx(np.mean(folds))
    assert found.attrs["resample_items"] == [3]


@of_both
def test_resampled_repetitions_are_those_of_responses_averaged_again(method):
    features, responses = made(1.0)
    asked = {"n_splits": 2, "bootstrap": 20, "rng": 3}
    found = getattr(ck, method)(features, responses, resample="repetition", **asked)
    share = np.random.default_rng([3, 4]).random((2, 40))[:, :, None]
    values = responses.values[:, :, 0]
    again = np.take_along_axis(values, np.broadcast_to((share * 2).astype(int), values.shape), 0)
    redrawn = responses.copy(data=np.broadcast_to(again.mean(axis=0), values.shape)[:, :, None])
    if method == "one_to_one":  # the pairs stay as they were
        scores = []
        for k, part in enumerate(np.array_split(np.random.default_rng(3).permutation(40), 2)):
            units = found["unit"].values[0, k]
            mean = redrawn.values[0, :, 0]
            r = [np.corrcoef(features.values[part, u], mean[part, i])[0, 1]
                 for i, u in enumerate(units)]  # fmt: skip
            scores.append(np.median(r))
        assert float(found["resampled"][0, 0]) == pytest.approx(np.mean(scores))
    both = getattr(ck, method)(features, responses, resample=("stimulus", "repetition"), **asked)
    np.testing.assert_allclose(both["resampled_repetition"], found["resampled"])
    assert found.attrs["resample_items"] == [2]


@of_both
def test_repetitions_without_noise_change_nothing(method):
    features, responses = made(1.0)
    still = responses.copy(data=np.broadcast_to(responses.mean("repetition"), responses.shape))
    found = getattr(ck, method)(features, still, bootstrap=20, resample="repetition")
    expected = np.broadcast_to(found["score"], found["resampled"].shape)
    np.testing.assert_allclose(found["resampled"], expected, atol=1e-12)


@of_both
def test_stimuli_shown_once_have_no_repetitions_to_draw(method):
    features, responses = made(1.0)
    with pytest.raises(InputError, match="needs stimuli that were shown at least twice"):
        getattr(ck, method)(
            features, responses.isel(repetition=[0]), bootstrap=20, resample="repetition"
        )


@of_both
def test_one_or_two_animals_are_not_resampled(method):
    features, responses = made(1.0)
    two = responses.assign_coords(animal=("neuroid", list("xxxyyy")))
    with pytest.raises(InputError, match=r"^2 animals are too few to resample"):
        getattr(ck, method)(features, two, bootstrap=20, resample="animal")
    with pytest.raises(InputError, match="unknown coordinate of the neuroids"):
        getattr(ck, method)(features, responses, bootstrap=20, resample=("stimulus", "animal"))


@of_both
def test_wrong_inference_is_told(method):
    with pytest.raises(InputError, match="unknown thing to resample 'subject'"):
        getattr(ck, method)(*made(1.0), bootstrap=20, resample="subject")
    with pytest.raises(InputError, match="one neuroid is too few to resample neuroids"):
        getattr(ck, method)(*made(1.0, q=1), bootstrap=20, resample="neuroid")
    with pytest.raises(InputError, match=r"p = 0\.05 cannot be reached with 9 permutations"):
        getattr(ck, method)(*made(1.0), permutations=9, alpha=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("matching", [ck.one_to_one, ck.soft_matching])
def test_p_of_noise_is_rarely_small(matching):
    """Without the widening p <= .05 in 10 to 12 % of these."""
    found = []
    for seed in range(200):
        rng = np.random.default_rng([21, seed])
        ids = [f"s{k:02d}" for k in range(24)]
        x = xr.DataArray(
            rng.standard_normal((24, 10)), dims=("stimulus", "unit"), coords={"stimulus": ids}
        )
        y = xr.DataArray(
            rng.standard_normal((24, 3, 6)),
            dims=("stimulus", "time_bin", "neuroid"),
            coords={
                "stimulus": ids,
                "time_bin_start": ("time_bin", [70.0, 90.0, 110.0]),
                "time_bin_end": ("time_bin", [90.0, 110.0, 130.0]),
                "neuroid": list("abcdef"),
            },
        )
        found.append(matching(x, y, permutations=39, n_splits=4, n_halves=1)["p"].values)
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 600)
