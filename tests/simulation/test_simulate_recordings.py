"""Simulated recordings: what was planted is what is found."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.simulation import simulate_recordings

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


@pytest.fixture(scope="module")
def features():
    """An area of 5 steps, each half of what the step before was and half new."""
    rng = np.random.default_rng(0)
    steps = [rng.standard_normal((120, 60))]
    for _ in range(4):
        steps.append(0.7 * steps[-1] + 0.7 * rng.standard_normal((120, 60)))
    return xr.DataArray(
        np.stack(steps, axis=1),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"s{i:03d}" for i in range(120)],
            "time": np.arange(5),
            "object_name": ("stimulus", np.array(["cat", "dog"] * 60)),
        },
    )


def test_layout_and_labels(features):
    recordings = simulate_recordings(
        features, [0, None, 3], n_neuroids=7, n_repetitions=4, onset_ms=50, bin_width_ms=10
    )
    assert dict(recordings.sizes) == {"presentation": 480, "time_bin": 3, "neuroid": 7}
    assert recordings["time_bin_start"].values.tolist() == [50, 60, 70]
    assert recordings["time_bin_end"].values.tolist() == [60, 70, 80]
    assert recordings["planted_step"].values.tolist() == [0, -1, 3]
    first = recordings.isel(presentation=slice(4))
    assert set(first["stimulus"].values) == {"s000"}
    assert first["repetition"].values.tolist() == [0, 1, 2, 3]
    assert (recordings["object_name"][:8] == ["cat"] * 4 + ["dog"] * 4).all()


def test_they_are_valid_recordings(features):
    recordings = simulate_recordings(features, [0, 1], n_neuroids=3)
    opened = ck.open_recordings(recordings)
    np.testing.assert_array_equal(opened, recordings)


def test_the_planted_step_is_the_best_one_in_every_bin(features):
    course = [None, 0, 1, 1, 2, 3, 4]
    recordings = simulate_recordings(features, course, n_neuroids=30, reliability=0.8)
    scores = ck.predict(features, recordings).isel(area=0)
    best = scores["time"].values[scores["score"].argmax("time").values]
    assert best[1:].tolist() == course[1:]
    assert (scores["score"].max("time")[1:] > 0.5).all()
    assert np.abs(scores["score"][:, 0]).max() < 0.1  # the bin without signal


def test_planted_reliability_is_found(features):
    planted = np.repeat([0.3, 0.6, 0.9], 20)
    recordings = simulate_recordings(features, [2], n_neuroids=60, reliability=planted)
    found = ck.ceiling(recordings).squeeze("time_bin").values
    for value in (0.3, 0.6, 0.9):
        assert np.nanmean(found[planted == value]) == pytest.approx(value, abs=0.05)
    assert recordings["planted_reliability"].values.tolist() == planted.tolist()


def test_planted_reliability_is_that_of_the_mean_over_all_repetitions(features):
    for n_repetitions in (2, 8):
        noisy = simulate_recordings(
            features, [1], n_neuroids=80, reliability=0.5, n_repetitions=n_repetitions, rng=3
        )
        mean = noisy.groupby("stimulus").mean().squeeze("time_bin")
        # The signal has variance 1, so the variance of the mean is 1 / reliability.
        assert mean.var("stimulus").mean().item() == pytest.approx(2, abs=0.08)


def test_full_reliability_has_no_noise(features):
    recordings = simulate_recordings(features, [1], n_neuroids=4, reliability=1.0)
    across = recordings.groupby("stimulus").std()
    np.testing.assert_allclose(across, 0, atol=1e-6)
    mean = recordings.groupby("stimulus").mean()
    np.testing.assert_allclose(mean.std("stimulus"), 1, atol=1e-5)


@pytest.mark.parametrize("n_units", [4, 60])
def test_responses_are_linear_in_the_features(features, n_units):
    # Also where the features have fewer dimensions than the neuroids would mix.
    area = features.isel(unit=slice(n_units))
    recordings = simulate_recordings(area, [2], n_neuroids=5, reliability=1.0, n_dimensions=20)
    y = recordings.groupby("stimulus").mean().squeeze("time_bin").values
    x = np.column_stack([np.ones(120), area.sel(time=2).values])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    np.testing.assert_allclose(residual, 0, atol=1e-5)


def test_the_mapping_is_one_for_all_bins(features):
    recordings = simulate_recordings(features, [2, 2], n_neuroids=5, reliability=1.0)
    np.testing.assert_array_equal(recordings[:, 0], recordings[:, 1])


def test_the_seed_decides(features):
    same = [simulate_recordings(features, [0, 1], n_neuroids=3, rng=5) for _ in range(2)]
    xr.testing.assert_identical(*same)
    other = simulate_recordings(features, [0, 1], n_neuroids=3, rng=6)
    assert not np.allclose(same[0], other)


def test_a_generator_goes_on(features):
    rng = np.random.default_rng(5)
    first, second = (simulate_recordings(features, [0], n_neuroids=3, rng=rng) for _ in range(2))
    assert not np.allclose(first, second)


def test_features_are_not_modified(features):
    before = features.copy(deep=True)
    simulate_recordings(features, [0], n_neuroids=3)
    xr.testing.assert_identical(features, before)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"course": [0, 9]}, r"steps \[9\], but the features have 0, 1, 2, 3, 4"),
        ({"course": [None]}, "names no step at all"),
        ({"course": []}, "names no step at all"),
        ({"reliability": 0.0}, "reliability must lie above 0 and up to 1, not 0.0"),
        ({"reliability": 1.2}, "reliability must lie above 0"),
        ({"reliability": [0.5, 0.6]}, r"reliability of shape \(2,\) .* for 60 neuroids"),
        ({"n_neuroids": 0}, "n_neuroids must be at least 1, not 0"),
        ({"n_repetitions": 0}, "n_repetitions must be at least 1, not 0"),
        ({"n_dimensions": 0}, "n_dimensions must be at least 1, not 0"),
        ({"bin_width_ms": 0}, "bin_width_ms must be above 0, not 0"),
    ],
    ids=str,
)
def test_wrong_arguments(features, settings, message):
    with pytest.raises(InputError, match=message):
        simulate_recordings(features, **{"course": [0], **settings})


def test_a_step_without_signal_is_refused(features):
    flat = features.where(features["time"] != 1, 0.0)
    with pytest.raises(InputError, match=r"do not vary over stimuli at step 1; driven\?"):
        simulate_recordings(flat, [0, 1])


def test_features_without_labels_are_refused(features):
    with pytest.raises(InputError, match=r"have dims|has dims"):
        simulate_recordings(features.isel(time=0), [0])
    with pytest.raises(InputError, match="no coordinate 'time'"):
        simulate_recordings(features.drop_vars("time"), [0])
    with pytest.raises(InputError, match="no coordinate 'stimulus'"):
        simulate_recordings(features.drop_vars(["stimulus", "object_name"]), [0])
    with pytest.raises(InputError, match="1 stimulus"):
        simulate_recordings(features[:1], [0])


def test_the_planted_share_of_the_signal_is_that_of_the_labels(features):
    how = {"n_neuroids": 400, "n_repetitions": 1, "reliability": 1.0}
    recordings = simulate_recordings(
        features, [0, None, 3], labels="object_name", label_share=0.3, **how
    )
    values = recordings.values.astype(float)
    np.testing.assert_allclose(values[:, [0, 2]].std(axis=0), 1.0, atol=1e-5)
    np.testing.assert_array_equal(values[:, 1], 0.0)
    cat = recordings["object_name"].values == "cat"
    between = ((values[cat].mean(axis=0) - values[~cat].mean(axis=0)) / 2) ** 2
    # A mixture of features differs between the labels too, by 1 / 120 of its variance or so.
    np.testing.assert_allclose(between[[0, 2]].mean(axis=1), 0.3 + 0.7 / 119, atol=0.02)


def test_labels_change_neither_the_noise_nor_what_is_without_them(features):
    how = {"n_neuroids": 5, "n_repetitions": 3, "reliability": 0.6}
    plain = simulate_recordings(features, [2, 4], **how)
    again = simulate_recordings(features.drop_vars("object_name"), [2, 4], **how)
    np.testing.assert_array_equal(plain.values, again.values)
    told = simulate_recordings(features, [2, 4], labels="object_name", **how)
    for one in (plain, told):
        noise = one.groupby("stimulus").std("presentation", ddof=1) ** 2
        assert float(noise.mean()) == pytest.approx(3 * 0.4 / 0.6, rel=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": "object"}, "did you mean 'object_name'"),
        ({"labels": "object_name", "label_share": 1.0}, "label_share=1.0 was given"),
        ({"label_share": 0.2}, "label_share=0.2 is of labels, and none were given"),
        ({"labels": "same"}, "all stimuli have the label 'x'"),
    ],
)
def test_labels_that_cannot_be_told_are_refused(features, settings, message):
    given = features.assign_coords(same=("stimulus", ["x"] * 120))
    with pytest.raises(InputError, match=message):
        simulate_recordings(given, [0], **settings)
