"""Averages and dense arrays of repetitions, against sums written out by hand."""

import hypothesis.strategies as st
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings

import cornetkit.neural.grouping as grouping
from cornetkit.errors import InputError
from cornetkit.neural import average, open_recordings, repetitions_array


def by_hand(recordings):
    """Mean and count over valid trials, one cell at a time."""
    ids = sorted(set(recordings["stimulus"].values.tolist()))
    shape = (len(ids), *recordings.shape[1:])
    means, counts = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    for cell in np.ndindex(shape):
        trials = recordings.values[recordings["stimulus"].values == ids[cell[0]]]
        valid = [v for v in trials[:, cell[1], cell[2]].astype(float) if not np.isnan(v)]
        counts[cell] = len(valid)
        if valid:
            means[cell] = sum(valid) / len(valid)
    return ids, means, counts


def random_trials(seed, n_trials=40, n_stimuli=6, dtype="float32"):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_trials, 3, 5)).astype(dtype)
    values[rng.random(values.shape) < 0.4] = np.nan
    return xr.DataArray(
        values,
        dims=("presentation", "time_bin", "neuroid"),
        coords={"stimulus": ("presentation", [f"s{i}" for i in rng.integers(n_stimuli, size=40)])},
    )


@pytest.mark.parametrize("block", [1, 10_000_000])
def test_means_and_counts_are_those_of_the_valid_trials(monkeypatch, block):
    monkeypatch.setattr(grouping, "_BLOCK_BYTES", block)
    recordings = open_recordings(random_trials(0))
    averaged = average(recordings)
    ids, means, counts = by_hand(recordings)
    assert averaged.dims == ("stimulus", "time_bin", "neuroid")
    assert averaged["stimulus"].values.tolist() == ids
    np.testing.assert_allclose(averaged.values, means, rtol=1e-14)
    np.testing.assert_array_equal(averaged["n_repetitions"].values, counts)


def test_cells_without_a_valid_trial_are_nan_with_count_zero(dense):
    averaged = average(dense.where(dense["neuroid"] != "n2"))
    assert np.isnan(averaged.sel(neuroid="n2")).all()
    assert (averaged["n_repetitions"].sel(neuroid="n2") == 0).all()


def test_sums_are_float64_for_float32_trials(make_trials):
    trials = make_trials([[[2.0**24]], [[1.0]], [[1.0]]], ["a"] * 3).astype("float32")
    assert average(trials).item() == (2.0**24 + 2) / 3


def test_trials_in_another_order_give_the_same_average():
    recordings = open_recordings(random_trials(1, dtype="float64"))
    shuffled = recordings.isel(presentation=np.random.default_rng(2).permutation(40))
    xr.testing.assert_allclose(average(shuffled), average(recordings), rtol=1e-13)


def test_integer_ids_sort_as_numbers(make_trials):
    averaged = average(make_trials(np.arange(3.0).reshape(3, 1, 1), [10, 9, 100]))
    assert averaged["stimulus"].values.tolist() == [9, 10, 100]
    assert averaged.values.ravel().tolist() == [1, 0, 2]


def test_what_is_constant_within_stimuli_is_kept(make_trials):
    trials = make_trials(
        np.zeros((4, 1, 1)),
        ["b", "a", "b", "a"],
        object_name=("presentation", ["car", "face", "car", "face"]),
        size=("presentation", [np.nan, 1.0, np.nan, 1.0]),
        session=("presentation", ["mon", "mon", "tue", "tue"]),
        region=("neuroid", ["IT"]),
    )
    averaged = average(trials)
    assert averaged["object_name"].values.tolist() == ["face", "car"]
    np.testing.assert_array_equal(averaged["size"].values, [1.0, np.nan])
    assert "session" not in averaged.coords
    assert averaged["region"].values.tolist() == ["IT"]


def test_an_average_is_returned_as_it_is(dense):
    averaged = average(dense)
    xr.testing.assert_identical(average(averaged), averaged)
    xr.testing.assert_identical(average(averaged.T), averaged)


def test_averaging_changes_nothing_in_the_input():
    trials = random_trials(3)
    before = trials.copy(deep=True)
    average(trials)
    xr.testing.assert_identical(trials, before)


def test_a_bare_array_cannot_be_averaged():
    with pytest.raises(InputError, match=r"are a ndarray, expected an xarray\.DataArray"):
        average(np.zeros((2, 2)))  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_dense_and_trial_rows_give_the_same_average(data):
    shape = data.draw(st.tuples(*[st.integers(1, 4)] * 4), label="shape")
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), label="seed"))
    values = rng.normal(size=shape).astype(data.draw(st.sampled_from(["float32", "float64"])))
    values[rng.random(shape) < data.draw(st.sampled_from([0, 0.3, 0.8]), label="missing")] = np.nan
    values[0, 0, 0, 0] = 1.0
    numbers = rng.permutation(1000)[: shape[0]]
    ids = data.draw(st.sampled_from([numbers, [f"im{n}" for n in numbers]]), label="ids")
    order = data.draw(st.permutations(["stimulus", "repetition", "time_bin", "neuroid"]))
    dims = ("stimulus", "repetition", "time_bin", "neuroid")
    dense = xr.DataArray(values, dims=dims, coords={"stimulus": ids}).transpose(*order)

    kept = [
        (s, r) for s in range(shape[0]) for r in range(shape[1]) if not np.isnan(values[s, r]).all()
    ]
    rows = xr.DataArray(
        np.stack([values[cell] for cell in kept]),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", [ids[s] for s, _ in kept]),
            "repetition": ("presentation", [r for _, r in kept]),
        },
    ).transpose(*[{"stimulus": "presentation"}.get(d, d) for d in order if d != "repetition"])
    xr.testing.assert_identical(open_recordings(dense), open_recordings(rows))
    xr.testing.assert_identical(average(dense), average(rows))
    _, means, _ = by_hand(open_recordings(rows))
    np.testing.assert_allclose(average(dense).values, means, rtol=1e-12)


def test_repetitions_lie_in_order_of_occurrence_by_their_labels(make_trials):
    trials = make_trials(
        np.arange(5.0).reshape(5, 1, 1), ["b", "a", "b", "b", "a"],
        repetition=("presentation", [7, 3, 1, 2, 9]),
    )  # fmt: skip
    array = repetitions_array(trials)
    assert array.shape == (3, 2, 1, 1)
    np.testing.assert_array_equal(array[:, :, 0, 0], [[1, 2], [4, 3], [np.nan, 0]])


@pytest.mark.parametrize("by", ["occurrence", "repetition"])
def test_the_order_of_trials_does_not_change_the_repetitions_array(make_trials, by):
    rng = np.random.default_rng(0)
    session, repetition, stimulus = (a.ravel() for a in np.indices((2, 3, 4)))
    repetition = 3 * session + repetition if by == "repetition" else repetition
    labels = {"session": session, "repetition": repetition}
    trials = make_trials(
        rng.normal(size=(24, 2, 3)),
        stimulus,
        **{name: ("presentation", values) for name, values in labels.items()},
    )
    shuffled = trials[rng.permutation(24)]
    np.testing.assert_array_equal(
        repetitions_array(shuffled, by=by), repetitions_array(trials, by=by)
    )


def test_repetitions_can_lie_by_their_id(make_trials):
    trials = make_trials(
        np.arange(4.0).reshape(4, 1, 1), ["b", "a", "b", "a"],
        repetition=("presentation", [7, 3, 1, 7]),
    )  # fmt: skip
    array = repetitions_array(trials, by="repetition")
    np.testing.assert_array_equal(array[:, :, 0, 0], [[np.nan, 2], [1, np.nan], [3, 0]])


def test_dense_arrays_come_back_whole(dense):
    array = repetitions_array(dense, by="repetition")
    expected = dense.sortby("stimulus").transpose("repetition", "stimulus", "time_bin", "neuroid")
    np.testing.assert_array_equal(array, expected.values)
    assert array.dtype == dense.dtype


def test_the_mean_over_the_repetitions_array_is_the_average():
    recordings = open_recordings(random_trials(4, dtype="float64"))
    array = repetitions_array(recordings)
    valid = (~np.isnan(array)).sum(axis=0)
    np.testing.assert_array_equal(valid, average(recordings)["n_repetitions"].values)
    np.testing.assert_allclose(
        np.nansum(array, axis=0)[valid > 0] / valid[valid > 0],
        average(recordings).values[valid > 0],
        rtol=1e-13,
    )


def test_trials_that_share_a_repetition_are_laid_over_one_another(make_trials):
    repetition = ("presentation", [0, 0])
    array = repetitions_array(
        make_trials([[[1.0, np.nan]], [[np.nan, 2.0]]], ["a", "a"], repetition=repetition),
        by="repetition",
    )
    np.testing.assert_array_equal(array, [[[[1.0, 2.0]]]])
    clash = make_trials([[[1.0]], [[2.0]]], ["a", "a"], repetition=repetition)
    with pytest.raises(InputError, match=r"already there \(a\); use by='occurrence'"):
        repetitions_array(clash, by="repetition")


def test_an_array_that_would_not_fit_is_refused_with_its_size(make_trials):
    trials = make_trials(np.zeros((1000, 1, 1)), [0] * 500 + list(range(500)))
    with pytest.raises(
        InputError,
        match=r"501 repetitions x 500 stimuli x 1 time bins x 1 neuroids would take 2 MB, "
        r"more than the 1 MB allowed",
    ):
        repetitions_array(trials, max_bytes=1e6)


def test_an_unknown_way_to_lay_repetitions_is_refused(dense):
    with pytest.raises(InputError, match="by must be 'occurrence' or 'repetition', not 'id'"):
        repetitions_array(dense, by="id")
