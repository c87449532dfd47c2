"""One rule for every seed: what is refused, and that results hold the number that was used."""

import inspect
import json

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError


def recordings():
    """Return 12 stimuli, 4 repetitions, 6 neuroids of two animals; what repeats is large."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(12, 1, 1, 6))
    return xr.DataArray(
        signal + rng.normal(scale=[0.3, 0.3, 0.3, 0.9, 0.9, 0.9], size=(12, 4, 1, 6)),
        dims=("stimulus", "repetition", "time_bin", "neuroid"),
        coords={
            "stimulus": [f"s{k:02d}" for k in range(12)],
            "neuroid": list("abcdef"),
            "animal": ("neuroid", list("mmmnnn")),
        },
    )


def activations():
    values = np.random.default_rng(1).normal(size=(12, 8))
    stimuli = [f"s{k:02d}" for k in range(12)]
    return xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": stimuli})


def over_time():
    """Return activations of two steps, and recordings of three bins, with labels."""
    values = np.random.default_rng(2).normal(size=(12, 2, 8))
    labels = {"object_name": ("stimulus", list("pq") * 6)}
    stimuli = [f"s{k:02d}" for k in range(12)]
    coords = {"stimulus": stimuli, "time": [0, 1], **labels}
    acts = xr.DataArray(values, dims=("stimulus", "time", "unit"), coords=coords)
    trials = xr.concat([recordings()] * 3, "time_bin").assign_coords(labels)
    start = np.array([70.0, 90.0, 110.0])
    limits = {"time_bin_start": ("time_bin", start), "time_bin_end": ("time_bin", start + 20)}
    return acts, trials.assign_coords(limits)


CALLS = {
    "align": lambda rng: ck.align(*over_time(), rng=rng),
    "behavior_scores": lambda rng: ck.behavior_scores("p.nc", "trials.csv", rng=rng),
    "choice_probabilities": lambda rng: ck.choice_probabilities(over_time()[0], rng=rng),
    "cka": lambda rng: ck.cka(activations(), activations(), rng=rng),
    "decode": lambda rng: ck.decode(over_time()[1], rng=rng),
    "dynamics": lambda rng: ck.dynamics(*over_time(), rng=rng),
    "error_consistency": lambda rng: ck.error_consistency("a.csv", "b.csv", rng=rng),
    "evaluate": lambda rng: ck.evaluate("best.pth", "val", rng=rng),
    "generalize_mapping": lambda rng: ck.generalize_mapping(*over_time(), rng=rng),
    "latency": lambda rng: ck.latency(over_time()[1], rng=rng),
    "make_shapes": lambda rng: ck.make_shapes("not-made", 1, 1, rng=rng),
    "ost": lambda rng: ck.ost(
        over_time()[1], behavior={f"s{k:02d}": 0.5 for k in range(12)}, rng=rng
    ),
    "power": lambda rng: ck.power(over_time()[0], n_neuroids=5, n_repetitions=4, rng=rng),
    "recurrence_gain": lambda rng: ck.recurrence_gain(*over_time(), rng=rng),
    "separating_stimuli": lambda rng: ck.separating_stimuli(over_time()[0], 0, 1, rng=rng),
    "shared_or_per_bin": lambda rng: ck.shared_or_per_bin(*over_time(), rng=rng),
    "soft_matching": lambda rng: ck.soft_matching(activations(), recordings(), rng=rng),
    "speed_accuracy": lambda rng: ck.speed_accuracy(over_time()[0], rng=rng),
    "step_matrix": lambda rng: ck.step_matrix(*over_time(), rng=rng),
    "trajectories": lambda rng: ck.trajectories(over_time()[1], rng=rng),
    "ceiling": lambda rng: ck.ceiling(recordings(), rng=rng),
    "make_stimuli": lambda rng: ck.make_stimuli("not-made", 1, rng=rng),
    "match_reliability": lambda rng: ck.match_reliability(recordings(), over="animal", rng=rng),
    "one_to_one": lambda rng: ck.one_to_one(activations(), recordings(), n_splits=2, rng=rng),
    "partition_variance": lambda rng: ck.partition_variance(
        activations(), recordings(), area="IT", steps=(0, 1), rng=rng
    ),
    "predict": lambda rng: ck.predict(activations(), recordings(), rng=rng),
    "rdm_ceiling": lambda rng: ck.rdm_ceiling(recordings(), rng=rng),
    "reverse_predict": lambda rng: ck.reverse_predict(activations(), recordings(), rng=rng),
    "rsa": lambda rng: ck.rsa(activations(), recordings(), rng=rng),
    "simulate_recordings": lambda rng: ck.simulate_recordings(activations(), [0], rng=rng),
    "verify": lambda rng: ck.verify("acts.nc", "stim", rng=rng),
}


def test_every_public_function_with_a_seed_is_tested_here():
    public = {name: getattr(ck, name) for name in ck.__all__}
    functions = {name: value for name, value in public.items() if inspect.isfunction(value)}
    assert set(CALLS) == {
        name for name, value in functions.items() if "rng" in inspect.signature(value).parameters
    }


@pytest.mark.parametrize("rng", [-1, 2**32, 1.5, "x", True, None], ids=str)
@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_seed_is_refused_in_one_line(name, rng):
    if rng is None and name == "predict":
        pytest.skip("None is the seed of the protocol")
    if name == "partition_variance":
        pytest.importorskip("himalaya")
    message = f"rng must be a Generator or an int from 0 to 2.32 - 1, not {rng!r}; rng=0"
    with pytest.raises(InputError, match=message) as told:
        CALLS[name](rng)
    assert "\n" not in str(told.value)


def seed(result):
    if "seed" in result.attrs:
        return result.attrs["seed"]
    return json.loads(result.attrs["match_reliability"])["seed"]


SEEDED = {
    **{name: CALLS[name] for name in ("ceiling", "match_reliability", "one_to_one")},
    "between-animals": lambda rng: ck.ceiling(
        recordings(), method="between-animals", n_halves=2, rng=rng
    ),
    "predict": CALLS["predict"],
    "rdm_ceiling": CALLS["rdm_ceiling"],
    "reverse_predict": CALLS["reverse_predict"],
    "rsa": CALLS["rsa"],
}


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
@pytest.mark.parametrize("name", SEEDED)
def test_a_generator_gives_a_seed_that_makes_the_result_again(name):
    drawn = SEEDED[name](np.random.default_rng(5))
    number = seed(drawn)
    assert isinstance(number, int)
    assert number == int(np.random.default_rng(5).integers(2**32))
    xr.testing.assert_identical(drawn, SEEDED[name](number))


@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
@pytest.mark.parametrize("name", SEEDED)
def test_an_integer_of_numpy_is_recorded_as_a_number(name):
    found = SEEDED[name](np.int64(3))
    assert (seed(found), type(seed(found))) == (3, int)
    xr.testing.assert_identical(found, SEEDED[name](3))
