"""The other animals' responses as features."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError, UnknownNameError
from cornetkit.neural import animals, of_animal, other_animals


def recorded(of=("A", "A", "B", "C"), n=8, n_bins=2, seed=0):
    """Return dense recordings with two repetitions, one neuroid for each entry of `of`."""
    values = np.random.default_rng(seed).standard_normal((n, 2, n_bins, len(of)))
    return xr.DataArray(
        values,
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": [f"s{k}" for k in range(n)],
            "neuroid": [f"{animal}{k}" for k, animal in enumerate(of)],
            "animal": ("neuroid", list(of)),
            "time_bin_start": ("time_bin", 70.0 + 20 * np.arange(n_bins)),
            "time_bin_end": ("time_bin", 90.0 + 20 * np.arange(n_bins)),
        },
    )


def test_features_are_the_means_of_all_other_animals():
    dense = recorded()
    array = other_animals(dense, "A")
    assert array.dims == ("stimulus", "time", "unit")
    np.testing.assert_allclose(array.values, dense.mean("repetition").values[..., 2:])
    assert array["neuroid"].values.tolist() == ["B2", "C3"]
    assert array["time_start_ms"].values.tolist() == [70, 90]
    assert array["area"].item() == "A from other animals"
    assert array.attrs["others"] == ["B", "C"]


def test_an_animals_trials_are_those_with_responses():
    dense = recorded()
    dense[0, :, :, :2] = np.nan
    trials = of_animal(dense, "A")
    assert trials["neuroid"].values.tolist() == ["A0", "A1"]
    assert "s0" not in trials["stimulus"].values
    assert other_animals(dense, "A")["stimulus"].values.tolist() == [f"s{k}" for k in range(1, 8)]


def test_neuroids_without_all_stimuli_are_left_out():
    dense = recorded()
    dense[3, :, :, 2] = np.nan
    array = other_animals(dense, "A")
    assert array["neuroid"].values.tolist() == ["C3"]
    assert array.attrs["n_left_out"] == 1


def test_animals_that_share_no_stimuli_are_refused():
    dense = recorded(of=("A", "B"))
    dense[:4, :, :, 0] = np.nan
    dense[4:, :, :, 1] = np.nan
    with pytest.raises(InputError, match="no neuroid of the other animals has responses to all 4"):
        other_animals(dense, "A")


def test_one_animal_or_none_is_one_clear_error():
    assert animals(recorded()) == ["A", "B", "C"]
    with pytest.raises(InputError, match="needs 2 animals or more, but all neuroids are from 'A'"):
        animals(recorded(of=("A", "A")))
    with pytest.raises(InputError, match="needs a coordinate 'animal' on neuroid"):
        animals(recorded().drop_vars("animal"))
    with pytest.raises(UnknownNameError, match="unknown animal 'D'"):
        other_animals(recorded(), "D")


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_they_predict_what_animals_share():
    rng = np.random.default_rng(1)
    shared = rng.standard_normal((60, 3))
    of = np.repeat(["A", "B"], 6)
    dense = recorded(of=of, n=60, n_bins=1)
    signal = shared @ rng.standard_normal((3, 12))
    dense = dense * 0.1 + signal[:, None, None, :]
    for animal in ("A", "B"):
        features = other_animals(dense, animal)
        assert ck.predict(features, of_animal(dense, animal))["score"].item() > 0.95
    shuffled = features.copy(data=features.values[rng.permutation(60)])
    assert abs(ck.predict(shuffled, of_animal(dense, "B"))["score"].item()) < 0.3


def test_baselines_hold_one_array_for_each_animal():
    acts = ck.baselines(None, "animal", recordings=recorded())
    assert list(acts) == [f"{animal} from other animals" for animal in "ABC"]
    assert acts["B from other animals"].attrs["model"] == "animal"
