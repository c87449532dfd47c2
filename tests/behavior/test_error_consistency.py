"""Cohen's kappa of being right, against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from sklearn.metrics import cohen_kappa_score

from cornetkit.behavior import error_consistency
from cornetkit.errors import InputError, StimulusMismatchError


def decider(seed, n=60, p=0.7):
    rng = np.random.default_rng(seed)
    return xr.DataArray(
        (rng.random(n) < p).astype(int),
        dims="stimulus",
        coords={"stimulus": [f"s{k}" for k in range(n)]},
    )


@pytest.mark.parametrize(("p", "q"), [(0.5, 0.5), (0.9, 0.2), (0.7, 0.7)])
def test_kappa_is_that_of_scikit_learn(p, q):
    a, b = decider(0, p=p), decider(1, p=q)
    found = error_consistency(a, b)
    assert float(found["kappa"]) == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)
    assert float(found["observed"]) == pytest.approx((a == b).mean().item())
    assert float(found["accuracy_second"]) == pytest.approx(b.mean().item())


def test_stimuli_are_matched_by_id():
    a = decider(0)
    assert float(error_consistency(a, a[::-1])["kappa"]) == 1


def test_the_interval_is_that_of_resampled_stimuli():
    a, b = decider(0), decider(1, p=0.6)
    found = error_consistency(a, b, n_resamples=400, rng=3)
    rng = np.random.default_rng(8)
    draws = [rng.integers(60, size=60) for _ in range(400)]
    kappas = [cohen_kappa_score(a.values[d], b.values[d]) for d in draws]
    low, high = np.percentile(kappas, [2.5, 97.5])
    assert float(found["kappa_low"]) == pytest.approx(low, abs=0.06)
    assert float(found["kappa_high"]) == pytest.approx(high, abs=0.06)


def test_independent_deciders_have_a_kappa_about_zero():
    kappas = [float(error_consistency(decider(k), decider(k + 500))["kappa"]) for k in range(100)]
    assert abs(np.mean(kappas)) < 3 * np.std(kappas) / 10


@pytest.mark.parametrize("value", [0, 1])
def test_nothing_to_agree_on_is_undefined(value):
    same = xr.full_like(decider(0), value)
    found = error_consistency(same, same)
    assert np.isnan(found["kappa"])
    assert np.isnan(found["kappa_low"])
    assert "both are always right" in found["kappa"].attrs["undefined"]


def test_probabilities_decide_by_the_most_probable_choice(probabilities):
    right = probabilities.argmax("choice") == [
        list(probabilities.choice.values).index(t) for t in probabilities.truth.values
    ]
    other = decider(2, n=30).assign_coords(stimulus=probabilities.stimulus.values)
    found = error_consistency(probabilities, other)
    assert float(found["kappa"]) == pytest.approx(cohen_kappa_score(right.astype(int), other))


@pytest.mark.parametrize("first", ["model", "subject"])
def test_beside_trials_a_model_answers_each_as_it_was_asked(probabilities, trials, first):
    P, answers = probabilities, []
    for row in trials.itertuples():
        of_image = P.sel(stimulus=row.stimulus)
        answers.append(of_image.sel(choice=row.sample) > of_image.sel(choice=row.distractor))
    model = np.array([bool(a) for a in answers]).astype(int)
    subject = (trials["choice"] == trials["sample"]).to_numpy().astype(int)
    order = (P, trials) if first == "model" else (trials, P)
    found = error_consistency(*order)
    assert float(found["kappa"]) == pytest.approx(cohen_kappa_score(model, subject))
    assert int(found["n_trials"]) == len(trials)
    accuracy = model.mean() if first == "model" else subject.mean()
    assert float(found["accuracy_first"]) == pytest.approx(accuracy)


def test_two_subjects_are_matched_by_trial(trials):
    one = trials.drop_duplicates(["stimulus", "distractor"])
    two = trials.drop_duplicates(["stimulus", "distractor"], keep="last")
    merged = one.merge(two, on=["stimulus", "distractor"])
    expected = cohen_kappa_score(
        merged["choice_x"] == merged["sample_x"], merged["choice_y"] == merged["sample_y"]
    )
    found = error_consistency(one, two.sample(frac=1, random_state=0))
    assert float(found["kappa"]) == pytest.approx(expected)


def test_leading_dims_are_kept(probabilities):
    steps = xr.concat([probabilities, probabilities * np.nan], "time").assign_coords(time=[0, 1])
    found = error_consistency(steps, decider(2, n=30).assign_coords(stimulus=steps.stimulus.values))
    assert found["kappa"].dims == ("time",)
    assert found["kappa"].notnull().values.tolist() == [True, False]


def test_wrong_deciders_are_refused(probabilities, trials):
    a = decider(0)
    with pytest.raises(StimulusMismatchError, match="stimulus"):
        error_consistency(a, a[:10])
    assert int(error_consistency(a, a[:10], join="inner")["n_trials"]) == 10
    with pytest.raises(InputError, match=r"are right \(1\) or wrong \(0\), but other values"):
        error_consistency(a * 0.3, a)
    with pytest.raises(InputError, match="a decider of type list was given"):
        error_consistency([1, 0], a)
    with pytest.raises(InputError, match=r"an array of dims \(trial\) was given"):
        error_consistency(a.rename(stimulus="trial"), a)
    with pytest.raises(InputError, match="cannot answer trials with a distractor"):
        error_consistency(a, trials)
    with pytest.raises(InputError, match=r"trials repeat a stimulus and distractor, such as im00"):
        error_consistency(trials, trials)
    renamed = probabilities.assign_coords(stimulus=[f"x{k}" for k in range(30)])
    with pytest.raises(StimulusMismatchError, match=r"30 of the 30 stimuli .* not among"):
        error_consistency(renamed, trials)
    with pytest.raises(InputError, match="join must be"):
        error_consistency(a, a, join="outer")
    assert isinstance(trials, pd.DataFrame)
