"""What animals share of their repeatable responses."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError

FAST = {"method": "between-animals", "n_halves": 2}


def two_animals(
    shared=1.0, n_stimuli=200, n_neuroids=(40, 40), n_repetitions=6, noise=0.7, n_bins=1, seed=0
):
    """Return recordings of animals whose signals share a part of their variance."""
    rng = np.random.default_rng(seed)
    n_latent = 4
    common = rng.standard_normal((n_stimuli, n_latent))
    parts, animals, truth = [], [], []
    for number, count in enumerate(n_neuroids):
        own = rng.standard_normal((n_stimuli, n_latent))
        code = np.sqrt(shared) * np.concatenate([common, 0 * own], axis=1)
        code += np.sqrt(1 - shared) * np.concatenate([0 * common, own], axis=1)
        weights = rng.standard_normal((2 * n_latent, n_bins * count)) / np.sqrt(n_latent)
        signal = code @ weights
        common_part = shared * (weights[:n_latent, -count:] ** 2).sum(axis=0)
        own_part = (1 - shared) * (weights[n_latent:, -count:] ** 2).sum(axis=0)
        truth += (common_part / (common_part + own_part)).tolist()
        trials = np.repeat(signal, n_repetitions, axis=0).reshape(-1, n_bins, count)
        parts.append(trials + noise * rng.standard_normal(trials.shape))
        animals += [f"m{number}"] * count
    ids = [f"s{i:03d}" for i in range(n_stimuli)]
    return xr.DataArray(
        np.concatenate(parts, axis=2),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat(ids, n_repetitions)),
            "repetition": ("presentation", np.tile(np.arange(n_repetitions), n_stimuli)),
            "neuroid": [f"n{k:03d}" for k in range(sum(n_neuroids))],
            "animal": ("neuroid", animals),
            "planted": ("neuroid", truth),
        },
    )


@pytest.mark.parametrize(("shared", "expected"), [(1.0, 1.0), (0.0, 0.0)])
def test_a_shared_code_gives_about_one_and_none_gives_about_zero(shared, expected):
    found = ck.ceiling(two_animals(shared), **FAST)
    assert found["ceiling_score"].item() == pytest.approx(expected, abs=0.03)
    for animal in ("m0", "m1"):
        mine = found.values[0, found["animal"] == animal]
        assert np.nanmedian(mine) == pytest.approx(expected, abs=0.04)


@pytest.mark.slow
def test_half_of_the_variance_shared_is_recovered_neuroid_by_neuroid():
    found = ck.ceiling(two_animals(0.5, n_stimuli=300, n_neuroids=(50, 50)), **FAST)
    values, truth = found.values[0], found["planted"].values
    assert truth.mean() == pytest.approx(0.5, abs=0.02)
    # What is not shared spoils the fit a little: somewhat less is found than there is.
    assert values.mean() == pytest.approx(truth.mean(), abs=0.04)
    assert np.corrcoef(values, truth)[0, 1] > 0.9


def test_noise_on_either_side_is_corrected():
    noisy = ck.ceiling(two_animals(noise=2.0), **FAST)
    assert noisy["half_correlation"].median() < 0.5
    assert (noisy["prediction_correlation"] < 0.8).mean() > 0.5
    uncorrected = noisy["cross_correlation"].median().item() ** 2
    assert uncorrected < 0.4
    assert noisy["ceiling_score"].item() == pytest.approx(1, abs=0.06)


def test_time_bins_are_taken_one_by_one():
    recordings = two_animals(n_stimuli=100, n_bins=2, n_neuroids=(12, 12), noise=0.3)
    broken = recordings.copy()
    rng = np.random.default_rng(0)
    independent = np.repeat(rng.standard_normal((100, 12)), 6, axis=0)
    broken[:, 1, 12:] = independent + 0.3 * rng.standard_normal(independent.shape)
    scores = ck.ceiling(broken, **FAST)["ceiling_score"].values
    assert scores[0] > 0.9
    assert abs(scores[1]) < 0.1


def test_every_animal_is_predicted_from_as_many_neuroids():
    found = ck.ceiling(two_animals(n_stimuli=60, n_neuroids=(9, 25)), **FAST)
    assert found.attrs["n_predictors"] == "9"
    three = ck.ceiling(two_animals(n_stimuli=60, n_neuroids=(9, 25, 5)), **FAST)
    assert (three.attrs["n_predictors"], three.attrs["animals"]) == ("14", "m0, m1, m2")


def test_regions_are_predicted_from_the_same_region():
    recordings = two_animals(n_stimuli=80, n_neuroids=(12, 12), noise=0.3)
    region = ["PIT", "IT", *["V4", "IT"] * 11]  # PIT of one animal only
    found = ck.ceiling(recordings.assign_coords(region=("neuroid", region)), **FAST)
    assert found["reason"].values[0, 0] == "no other animal has this region"
    assert np.isnan(found.values[0, 0])
    assert np.isfinite(found.values[0, 1:]).all()
    assert found.attrs["n_predictors"] == "IT: 6, PIT: 0, V4: 5"


def test_only_shared_stimuli_count():
    recordings = two_animals(n_stimuli=60, n_neuroids=(8, 8))
    stimulus = recordings["stimulus"].values
    partial = recordings.copy()
    partial[stimulus < "s010", :, :8] = np.nan
    partial[stimulus >= "s050", :, 8:] = np.nan
    found = ck.ceiling(partial, **FAST)
    assert (found["half_stimuli"] == 40).all()
    kept = recordings[(stimulus >= "s010") & (stimulus < "s050")]
    xr.testing.assert_allclose(
        found.drop_vars("repetitions"), ck.ceiling(kept, **FAST).drop_vars("repetitions")
    )


def test_targets_with_missing_stimuli_are_compared_on_those_they_have():
    recordings = two_animals(n_stimuli=80, n_neuroids=(8, 8), noise=0.3)
    partial = recordings.copy()
    partial[recordings["stimulus"].values < "s020", :, 3] = np.nan
    found = ck.ceiling(partial, **FAST)
    assert found["half_stimuli"].values[0, [2, 3]].tolist() == [80, 60]
    assert found.values[0, 3] > 0.8
    assert found.attrs["n_predictors"] == "7"


@pytest.mark.slow
def test_animals_recorded_in_trials_of_their_own_are_the_same_as_together():
    together = two_animals(n_stimuli=40, n_neuroids=(6, 6), n_repetitions=4)
    apart = []
    for animal in ("m0", "m1"):
        mine = together.where(together["animal"] == animal)
        apart.append(mine.assign_coords(session=("presentation", [animal] * mine.shape[0])))
    joined = xr.concat(apart, "presentation")
    found = ck.ceiling(joined, n_halves=10, method="between-animals")
    expected = ck.ceiling(together, n_halves=10, method="between-animals")
    # Other halves are drawn, so they agree on average.
    assert found["ceiling_score"].item() == pytest.approx(
        expected["ceiling_score"].item(), abs=0.03
    )


def test_the_order_of_trials_and_neuroids_changes_nothing_and_the_seed_decides():
    recordings = two_animals(n_stimuli=50, n_neuroids=(6, 9), n_repetitions=4)
    expected = ck.ceiling(recordings, **FAST)
    rng = np.random.default_rng(0)
    rows = rng.permutation(recordings.sizes["presentation"])
    columns = rng.permutation(15)
    shuffled = ck.ceiling(recordings.isel(presentation=rows, neuroid=columns), **FAST)
    np.testing.assert_allclose(shuffled.sel(neuroid=expected["neuroid"]), expected, rtol=1e-6)
    assert not np.allclose(expected, ck.ceiling(recordings, rng=1, **FAST))


def test_troubled_neuroids_say_why():
    recordings = two_animals(n_stimuli=40, n_neuroids=(6, 6), n_repetitions=4)
    trials = recordings.copy()
    trials[:, :, 0] = 1.0
    trials[:, :, 1] = np.nan
    found = ck.ceiling(trials, **FAST)
    assert found["reason"].values[0, :3].tolist() == ["constant", "no response", ""]
    assert np.isnan(found.values[0, :2]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.drop_vars("animal"), r"no coordinate 'animal' on neuroid; add it with \.assi"),
        (lambda r: r[:, :, :6], r"the recordings hold one animal \(m0\); give the recordings of 2"),
        (lambda r: r[r["repetition"] == 0], r"no stimulus was repeated"),
        (
            lambda r: r[r["stimulus"] < "s004"],
            r"the animals \(m0, m1\) share 4 stimuli with 2 repetitions .* needs 6",
        ),
        (
            lambda r: r.where((r["stimulus"] < "s020") == (r["animal"] == "m0")),
            r"share 0 stimuli",
        ),
        (
            lambda r: r.assign_coords(region=("neuroid", np.repeat(["V4", "IT"], 6))),
            r"no region was recorded in 2 animals \(m0, m1\)",
        ),
        (
            lambda r: r.where(
                (r["animal"] == "m0") | ((r["stimulus"] == "s005") ^ (r["neuroid"] > "n008"))
            ),
            r"no neuroid of the others has 2 repetitions of all shared stimuli",
        ),
    ],
)
def test_what_cannot_be_compared_is_an_error(change, message):
    recordings = two_animals(n_stimuli=40, n_neuroids=(6, 6), n_repetitions=2)
    with pytest.raises(InputError, match=message):
        ck.ceiling(change(recordings), **FAST)
