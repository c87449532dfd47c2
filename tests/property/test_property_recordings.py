"""The form that recordings come in never moves a score: labels decide."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import cornetkit as ck

EXACT = settings(max_examples=25, deadline=None, derandomize=True)
METHODS = st.sampled_from(["ridge", "best-unit", "ols"])
DENSE = ("stimulus", "repetition", "time_bin", "neuroid")


class Data(NamedTuple):
    """Features (stimulus, unit) and dense recordings, NaN where a trial or response is missing."""

    features: xr.DataArray
    recordings: xr.DataArray


@st.composite
def data(draw: st.DrawFn, missing: str = "trials") -> Data:
    """Draw small data; `missing` trials are NaN throughout, missing values are single ones."""
    n_stimuli = draw(st.integers(12, 20))
    n_repetitions = draw(st.integers(1, 3))
    n_bins = draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    values = rng.standard_normal((n_stimuli, 6))
    means = (values @ rng.standard_normal((6, 3 * n_bins))).reshape(n_stimuli, 1, n_bins, 3)
    responses = means + rng.standard_normal((n_stimuli, n_repetitions, n_bins, 3))
    # What float32 holds exactly, so that both types carry the same numbers.
    responses = responses.astype(np.float32).astype(np.float64)
    share = draw(st.sampled_from([0.0, 0.2]))
    shape = responses.shape[:2] if missing == "trials" else responses.shape
    gone = rng.random(shape) < share
    gone[:, 0] = False if missing == "trials" else gone[:, 0]
    responses[gone] = np.nan
    numbers = rng.permutation(n_stimuli)
    ids: Any = numbers if draw(st.booleans()) else np.array([f"im{i}" for i in numbers])
    features = xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": ids})
    coords = {
        "stimulus": ids,
        "repetition": np.arange(n_repetitions),
        "time_bin_start": ("time_bin", 70.0 + 20 * np.arange(n_bins)),
        "time_bin_end": ("time_bin", 90.0 + 20 * np.arange(n_bins)),
        "neuroid": ["a", "b", "c"],
    }
    return Data(features, xr.DataArray(responses, dims=DENSE, coords=coords))


def _rows(dense: xr.DataArray) -> xr.DataArray:
    """Write dense recordings as trial rows, without xarray's stack."""
    values = dense.transpose(*DENSE).values
    n_stimuli, n_repetitions = values.shape[:2]
    coords = {
        "stimulus": ("presentation", np.repeat(dense["stimulus"].values, n_repetitions)),
        "repetition": ("presentation", np.tile(dense["repetition"].values, n_stimuli)),
        **{name: dense[name] for name in ("time_bin_start", "time_bin_end", "neuroid")},
    }
    rows = values.reshape(n_stimuli * n_repetitions, *values.shape[2:])
    array = xr.DataArray(rows, dims=("presentation", "time_bin", "neuroid"), coords=coords)
    return array[~np.isnan(rows).all(axis=(1, 2))]


def _outcome(features: Any, recordings: Any, **chosen: Any) -> xr.Dataset | str:
    """Return the scores, or the class of the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ck.CornetkitWarning)
            return ck.predict(features, recordings, n_splits=2, progress=False, **chosen)
    except ck.CornetkitError as error:
        return f"{type(error).__name__}: {error}"


def _assert_same(first: xr.Dataset | str, second: xr.Dataset | str) -> None:
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
        return
    for name in ("r", "score", "ceiling", "normalized"):
        ours, theirs = xr.align(first[name], second[name], join="exact")
        np.testing.assert_allclose(
            ours.values, theirs.transpose(*ours.dims).values, rtol=0, atol=1e-10, err_msg=name
        )


@EXACT
@given(data(), st.permutations(DENSE), METHODS)
def test_the_order_of_dims_moves_no_score(drawn: Data, dims: list[str], method: str) -> None:
    turned = drawn.recordings.transpose(*dims)
    first = _outcome(drawn.features, drawn.recordings, method=method)
    _assert_same(first, _outcome(drawn.features, turned, method=method))


@EXACT
@given(data(), METHODS)
def test_dense_recordings_and_trial_rows_give_the_same_scores(drawn: Data, method: str) -> None:
    rows = _rows(drawn.recordings)
    first = _outcome(drawn.features, drawn.recordings, method=method)
    _assert_same(first, _outcome(drawn.features, rows, method=method))


@EXACT
@given(data(), st.randoms(use_true_random=False), METHODS)
def test_shuffled_trial_rows_give_the_same_scores(drawn: Data, random: Any, method: str) -> None:
    rows = _rows(drawn.recordings)
    order = list(range(rows.sizes["presentation"]))
    random.shuffle(order)
    first = _outcome(drawn.features, rows, method=method)
    _assert_same(first, _outcome(drawn.features, rows[order], method=method))


@EXACT
@given(data(missing="values"), METHODS)
def test_float32_recordings_give_the_scores_of_float64_ones(drawn: Data, method: str) -> None:
    halved = drawn.recordings.astype(np.float32)
    first = _outcome(drawn.features, drawn.recordings, method=method)
    _assert_same(first, _outcome(drawn.features, halved, method=method))


@EXACT
@given(data(missing="values"), METHODS)
def test_missing_values_end_the_same_in_dense_form_and_rows(drawn: Data, method: str) -> None:
    rows = _rows(drawn.recordings)
    first = _outcome(drawn.features, drawn.recordings, method=method)
    _assert_same(first, _outcome(drawn.features, rows, method=method))


@EXACT
@given(data(), st.randoms(use_true_random=False), METHODS)
def test_shuffled_features_give_the_same_scores(drawn: Data, random: Any, method: str) -> None:
    order = list(range(drawn.features.sizes["stimulus"]))
    random.shuffle(order)
    first = _outcome(drawn.features, drawn.recordings, method=method)
    _assert_same(first, _outcome(drawn.features[order], drawn.recordings, method=method))


@pytest.mark.parametrize("side", ["features", "recordings"])
def test_ids_of_another_type_are_refused_on_either_side(side: str) -> None:
    ids = np.arange(12)
    features = xr.DataArray(
        np.random.default_rng(0).standard_normal((12, 6)),
        dims=("stimulus", "unit"),
        coords={"stimulus": ids.astype(str) if side == "features" else ids},
    )
    recordings = xr.DataArray(
        np.random.default_rng(1).standard_normal((12, 2, 1, 3)),
        dims=DENSE,
        coords={
            "stimulus": ids.astype(str) if side == "recordings" else ids,
            "repetition": [0, 1],
            "neuroid": ["a", "b", "c"],
        },
    )
    outcome = _outcome(features, recordings)
    assert isinstance(outcome, str)
    assert outcome.startswith("StimulusMismatchError: stimulus ids differ in type")
