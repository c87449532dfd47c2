"""Permutations and resamples of CKA."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError
from cornetkit.kernels.resampling import multiplicities, permutations

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


@pytest.fixture(scope="module", params=[True, False], ids=["unbiased", "biased"])
def made(request, acts, trials, quietly):
    asked = {"unbiased": request.param, "permutations": 19, "bootstrap": 25, "rng": 5}
    return request.param, quietly(ck.cka, acts, trials, **asked)


def test_the_score_is_cka(made, acts, trials, quietly):
    unbiased, found = made
    expected = quietly(ck.cka, acts, trials, unbiased=unbiased)
    np.testing.assert_array_equal(found["score"], expected)
    assert isinstance(expected, xr.DataArray)


def test_permutations_are_those_of_the_stimuli(made, acts, trials, quietly):
    unbiased, found = made
    order = permutations(14, 19, np.random.default_rng([5, 0]))[0]
    arrays = {a: x.load() for a, x in ck.open_activations(acts).items()}
    moved = {a: x[order].assign_coords(stimulus=x["stimulus"].values) for a, x in arrays.items()}
    expected = quietly(ck.cka, moved, trials, unbiased=unbiased)
    np.testing.assert_allclose(found["null"][0], expected, atol=1e-6)


def test_a_stimulus_that_is_not_drawn_does_not_count(made, acts, trials, quietly):
    unbiased, found = made
    for k in (0, 6):
        kept = trials.isel(stimulus=np.delete(np.arange(14), k))
        expected = quietly(ck.cka, acts, kept, unbiased=unbiased, join="inner")
        np.testing.assert_allclose(found["jackknife"][k], expected, atol=1e-10)


def test_copies_do_not_raise_it():
    # With the pairs of copies, resamples of unrelated responses would score far above 0.
    rng = np.random.default_rng(0)
    ids = [f"s{k:02d}" for k in range(30)]
    x, y = (
        xr.DataArray(v, dims=("stimulus", "unit"), coords={"stimulus": ids})
        for v in rng.normal(size=(2, 30, 200))
    )
    found = ck.cka(x, y, bootstrap=200)
    counts = multiplicities(30, 20, rng)
    naive = []
    for weights in counts:
        rows = np.repeat(np.arange(30), weights)
        again = [v.values[rows] for v in (x, y)]
        labelled = [x.copy(data=v).assign_coords(stimulus=ids) for v in again]
        naive.append(float(ck.cka(*labelled)))
    assert abs(float(found["resampled"].mean())) < 0.1 < 0.3 < np.mean(naive)


def test_unrelated_responses_are_not_significant():
    rng = np.random.default_rng(1)
    ids = [f"s{k:02d}" for k in range(12)]
    p = []
    for seed in range(60):
        x, y = (
            xr.DataArray(v, dims=("stimulus", "unit"), coords={"stimulus": ids})
            for v in rng.normal(size=(2, 12, 5))
        )
        p.append(float(ck.cka(x, y, permutations=39, rng=seed)["p"]))
    assert 0.38 < np.mean(p) < 0.62


def test_two_steps_are_compared_on_the_same_resamples(made):
    _, found = made
    late, early = (found.sel(area="V4", time=t) for t in (2, 0))
    paired = ck.compare_rsa(late, early)
    np.testing.assert_array_equal(paired["resampled"], late["resampled"] - early["resampled"])


def test_resampled_neuroids_are_copies_of_neuroids(acts, trials, quietly):
    for unbiased in (True, False):
        asked = {"areas": ["V4"], "unbiased": unbiased}
        found = quietly(ck.cka, acts, trials, bootstrap=20, resample="neuroid", rng=2, **asked)
        chosen = np.random.default_rng([2, 3]).integers(24, size=24)
        copies = trials.isel(neuroid=chosen).assign_coords(neuroid=np.arange(24))
        expected = quietly(ck.cka, acts, copies, **asked)
        np.testing.assert_allclose(found["resampled"][0], expected, atol=1e-10)
        assert found.attrs["resample_items"] == [24]


def test_animals_are_drawn_with_all_their_neuroids(acts, trials, quietly):
    drawn = np.random.default_rng([2, 5]).integers(3, size=3)
    which = np.concatenate([np.arange(24)[k::3] for k in drawn])  # the animals take turns
    copies = trials.isel(neuroid=which).assign_coords(neuroid=np.arange(24))
    asked = {"areas": ["V4"], "rng": 2}
    for call, more in ((ck.cka, {}), (ck.rsa, {"ceiling": "none"})):
        found = quietly(call, acts, trials, bootstrap=20, resample="animal", **asked, **more)
        again = quietly(call, acts, copies, **asked, **more)
        expected = again["score"] if call is ck.rsa else again
        np.testing.assert_allclose(found["resampled"][0], expected, atol=1e-10)
        one = trials.isel(neuroid=trials["animal"].values == "a")
        with pytest.raises(InputError, match=r"^1 animal is too few to resample animals \(3 are"):
            call(acts, one, bootstrap=20, resample="animal", **more)


def test_resampled_repetitions_of_trials_without_noise_change_nothing(acts, trials, quietly):
    still = trials.mean("repetition").expand_dims(repetition=np.arange(6)).transpose(*trials.dims)
    asked = {"areas": ["V4"], "bootstrap": 20, "resample": "repetition"}
    found = quietly(ck.cka, acts, still, **asked)
    np.testing.assert_allclose(
        found["resampled"], np.broadcast_to(found["score"], found["resampled"].shape), atol=1e-10
    )


def test_two_factors_draw_the_resamples_of_each(acts, trials, quietly):
    asked = {"areas": ["V4"], "bootstrap": 20, "rng": 4}
    both = quietly(ck.cka, acts, trials, resample=("stimulus", "neuroid"), **asked)
    for name in ("stimulus", "neuroid"):
        alone = quietly(ck.cka, acts, trials, resample=name, **asked)
        np.testing.assert_allclose(both[f"resampled_{name}"], alone["resampled"])
    width = (both["score_high"] - both["score_low"]).values
    assert (width > 0).all()


def test_what_cannot_be_resampled_is_told(acts, trials):
    with pytest.raises(InputError, match="unknown thing to resample 'subject'"):
        ck.cka(acts, trials, bootstrap=25, resample="subject")
    with pytest.raises(InputError, match="resampling neuroids needs recordings as the second side"):
        ck.cka(acts, acts, bootstrap=25, resample="neuroid")
    with pytest.raises(InputError, match="one neuroid is too few to resample neuroids"):
        ck.cka(acts, trials.isel(neuroid=[0]), bootstrap=25, resample="neuroid")
    with pytest.raises(InputError, match="needs stimuli that were shown at least twice"):
        ck.cka(acts, trials.isel(repetition=[0]), bootstrap=25, resample="repetition")
    with pytest.raises(InputError, match=r"p = 0\.01 cannot be reached with 19 permutations"):
        ck.cka(acts, trials, permutations=19, alpha=0.01)
