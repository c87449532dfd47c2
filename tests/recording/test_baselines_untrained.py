"""Untrained seeds of a model, recorded as the model was."""

import numpy as np
import pytest
import torch

import cornetkit as ck
from cornetkit.errors import InputError, UnknownNameError
from cornetkit.recording import baselines, untrained


@pytest.fixture
def two(images):
    return images(2)


def test_each_seed_is_what_record_gives_for_that_seed(two):
    found = baselines(two, "untrained", model="Z", seeds=(0, 3), areas=["IT"])
    assert list(found) == ["IT untrained seed 0", "IT untrained seed 3"]
    for seed in (0, 3):
        model = ck.load_model("Z", weights="random", seed=seed)
        expected = ck.record(model, two, areas=["IT"], progress=False)["IT"]
        array = found[f"IT untrained seed {seed}"]
        np.testing.assert_array_equal(array, expected)
        assert array["area"].item() == f"IT untrained seed {seed}"
        assert array.attrs["seed"] == seed
        assert array.attrs["identity"] == f"untrained (random weights, seed {seed})"


@pytest.mark.parametrize("stored", [False, True])
def test_activations_say_steps_areas_reduction_and_transform(two, tmp_path, stored):
    model = ck.load_model("RT", weights="random", seed=1, times=3)
    settings = {"areas": ["V4"], "units": 7, "reduction_seed": 5, "crop": True, "progress": False}
    like = ck.record(model, two, tmp_path / "a.nc" if stored else None, **settings)
    again = untrained(two, like, seed=1)
    assert list(again) == ["V4"]
    np.testing.assert_array_equal(again["V4"], like["V4"])
    for name in ("transform", "times", "reduction_units", "weights_sha256"):
        assert again.attrs[name] == like.attrs[name]
    other = untrained(two, like, seed=2)
    assert other["V4"].shape == like["V4"].shape
    assert not np.array_equal(other["V4"], like["V4"])
    assert '"resize": "straight"' in untrained(two, like, crop=False).attrs["transform"]
    like.close()


def test_a_model_of_any_kind_is_made_by_a_function_of_the_seed(two, tiny):
    torch.nn.init.zeros_(tiny.early.bias)

    def make(seed):
        torch.nn.init.constant_(tiny.early.weight, float(seed))
        return tiny

    found = baselines(two, "untrained", model=make, seeds=[2, 4], areas=["early"])
    first, second = found.values()
    np.testing.assert_allclose(second, 2 * first, rtol=1e-5)
    assert np.ptp(first.values) > 0


def test_a_loaded_cornet_gives_its_letter_and_steps(two):
    model = ck.load_model("RT", weights="random", times=2)
    assert untrained(two, model, areas=["V1"]).attrs["times"] == 2


def test_models_that_cannot_be_made_anew_are_refused(two, tiny):
    with pytest.raises(InputError, match="model is a Tiny, which cannot be made anew"):
        untrained(two, tiny)
    with pytest.raises(InputError, match="the activations are of Tiny, which cannot be made anew"):
        untrained(two, ck.record(tiny, two, progress=False))
    with pytest.raises(UnknownNameError, match="did you mean"):
        untrained(two, "CORnet-SS")
