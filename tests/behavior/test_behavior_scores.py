"""Agreement of signatures, against halves drawn and correlated one by one."""

import numpy as np
import pytest
import xarray as xr
from subjects import make_probabilities, make_trials

from cornetkit.behavior import behavior_scores, behavioral_signatures, open_behavior, save_behavior
from cornetkit.errors import CornetkitError, InputError, StimulusMismatchError, UnknownNameError


def pearson(x, y):
    x, y = np.ravel(x), np.ravel(y)
    both = ~(np.isnan(x) | np.isnan(y))
    return np.corrcoef(x[both], y[both])[0, 1]


def by_hand(P, trials, n_halves, seed):
    """Mean r with halves, and between halves, of each signature; balanced halves."""
    rng = np.random.default_rng(seed)
    own, found = behavioral_signatures(P), {s: ([], []) for s in ("i1", "i1n", "i2", "i2n")}
    for _ in range(n_halves):
        mixed = trials.iloc[rng.permutation(len(trials))]
        rank = mixed.groupby(["stimulus", "distractor"]).cumcount()
        halves = [behavioral_signatures(mixed[rank % 2 == k]) for k in (0, 1)]
        for s, (with_model, between) in found.items():
            with_model += [pearson(own[s], half[s]) for half in halves]
            between.append(pearson(halves[0][s], halves[1][s]))
    return {s: (np.mean(a), np.mean(b)) for s, (a, b) in found.items()}


@pytest.fixture(scope="module")
def expected():
    P = make_probabilities()
    return by_hand(P, make_trials(P), 40, seed=5)


@pytest.mark.parametrize("signature", ["i1", "i1n", "i2", "i2n"])
def test_scores_and_ceilings_are_those_of_halves_drawn_one_by_one(
    probabilities, trials, expected, signature
):
    found = behavior_scores(probabilities, trials, n_halves=150, n_resamples=0)
    found = found.sel(signature=signature)
    score, ceiling = expected[signature]
    assert float(found["score"]) == pytest.approx(score, abs=0.02)
    assert float(found["ceiling"]) == pytest.approx(ceiling, abs=0.03)
    assert float(found["consistency"]) == pytest.approx(
        float(found["score"]) / float(found["ceiling"]) ** 0.5
    )
    assert int(found["n_cells"]) == (30 if signature in ("i1", "i1n") else 60)


def test_the_subjects_own_rates_reach_the_ceiling(probabilities, trials):
    found = behavior_scores(probabilities, trials, n_halves=100, n_resamples=100)
    assert (np.abs(found["consistency"] - 1) < 0.2).all()
    assert (found["consistency_low"] < found["consistency"]).all()
    assert (found["consistency"] < found["consistency_high"]).all()


def test_another_models_rates_do_not(probabilities, trials):
    other = probabilities.copy(data=probabilities.values[np.r_[3:30, 0:3]])
    found = behavior_scores(other, trials, n_halves=20, n_resamples=100)
    normalised = found.sel(signature=["i1n", "i2n"])
    assert (normalised["consistency_low"] < 0.3).all()
    assert (normalised["consistency"] < 0.6).all()


def test_shuffled_images_have_no_i1n_on_average(probabilities, trials):
    rng, scores = np.random.default_rng(0), []
    for _ in range(30):
        order = np.concatenate([rng.permutation(np.arange(k, 30, 3)) for k in range(3)])
        values = np.empty((30, 3))
        values[np.concatenate([np.arange(k, 30, 3) for k in range(3)])] = probabilities.values[
            order
        ]
        found = behavior_scores(probabilities.copy(data=values), trials, n_halves=3, n_resamples=0)
        scores.append(float(found["score"].sel(signature="i1n")))
    assert abs(np.mean(scores)) < 3 * np.std(scores) / np.sqrt(30)


def test_the_brainscore_variant_halves_all_trials_together(probabilities, trials):
    found = behavior_scores(
        probabilities, trials, variant="brainscore", n_halves=200, n_resamples=0
    )
    rng, own, r, between = np.random.default_rng(3), behavioral_signatures(probabilities), [], []
    for _ in range(40):
        order = rng.permutation(len(trials))
        halves = [
            behavioral_signatures(trials.iloc[part])["i1"] for part in np.array_split(order, 2)
        ]
        r.append(pearson(own["i1"], halves[0]))
        between.append(pearson(*halves))
    found = found.sel(signature="i1")
    assert found.attrs["variant"] == "brainscore"
    assert float(found["score"]) == pytest.approx(np.mean(r), abs=0.03)
    assert float(found["ceiling"]) == pytest.approx(np.mean(between), abs=0.04)


def test_only_the_stimuli_of_the_trials_enter_the_model_s_signature(probabilities, trials):
    some = trials[trials["stimulus"] < "im15"]
    alone = behavior_scores(probabilities[:15], some, n_halves=4, n_resamples=0)
    beside = behavior_scores(probabilities, some, n_halves=4, n_resamples=0)
    xr.testing.assert_identical(alone, beside)


def test_the_order_of_stimuli_changes_nothing_and_a_seed_gives_the_same(probabilities, trials):
    one = behavior_scores(probabilities, trials, n_halves=4, n_resamples=20, rng=2)
    again = behavior_scores(probabilities[::-1], trials, n_halves=4, n_resamples=20, rng=2)
    xr.testing.assert_allclose(one, again)
    other = behavior_scores(probabilities, trials, n_halves=4, n_resamples=20, rng=3)
    assert not one["score"].equals(other["score"])


def test_steps_without_probabilities_say_why(probabilities, trials):
    steps = xr.concat([probabilities * np.nan, probabilities], "time").assign_coords(time=[0, 1])
    found = behavior_scores(steps, trials, n_halves=4, n_resamples=5)
    assert found["consistency"].dims == ("signature", "time")
    assert (found["reason"].sel(time=0) == "no choice probabilities").all()
    assert found["consistency"].sel(time=0).isnull().all()
    assert (found["reason"].sel(time=1) == "").all()


def test_subjects_without_agreement_have_no_ceiling(probabilities, trials):
    # As many right as wrong for every pair: what is in one half is missing in the other.
    turns = np.where(np.arange(len(trials)) % 2, trials["sample"], trials["distractor"])
    found = behavior_scores(probabilities, trials.assign(choice=turns), n_halves=30)
    assert (found["reason"] == "the halves of the trials do not correlate above 0").all()
    assert found["consistency"].isnull().all()
    assert found["score"].notnull().all()
    constant = behavior_scores(probabilities, trials.assign(choice=trials["sample"]), n_halves=3)
    assert (constant["reason"].sel(signature=["i1", "i1n"]) == "one side does not vary").all()
    assert constant["consistency"].isnull().all()


def test_other_subjects_can_be_the_source(probabilities, trials):
    found = behavior_scores(trials, trials, n_halves=10, n_resamples=10)
    assert found["score"].dims == ("signature",)
    assert (found["score"] > found["ceiling"]).all()  # they hold the halves


def test_results_are_saved_and_opened(probabilities, trials, tmp_path):
    found = behavior_scores(probabilities, trials, n_halves=3, n_resamples=5)
    again = open_behavior(save_behavior(found, tmp_path / "b.nc"))
    xr.testing.assert_equal(again, found)
    with pytest.raises(InputError, match="expected a result of behavior_scores or speed_accuracy"):
        save_behavior(probabilities, tmp_path / "c.nc")


@pytest.mark.parametrize(
    ("change", "settings", "error", "message"),
    [
        (lambda P, t: (P, t), {"variant": "brain-score"}, UnknownNameError, "did you mean 'brain"),
        (lambda P, t: (P, t), {"n_halves": 0}, InputError, "n_halves=0 was given"),
        (lambda P, t: (P, t), {"join": "left"}, InputError, "join must be"),
        (lambda P, t: (P[:9], t), {}, StimulusMismatchError, "21 of the 30 stimuli of the trials"),
        (lambda P, t: (P, t.drop_duplicates(["stimulus", "distractor"])), {}, InputError,
         "shown twice with the same distractor"),
        (lambda P, t: (P, t.replace("owl", "emu")), {}, InputError, "the trials offer emu"),
        (lambda P, t: (P, t.replace({"cat": "dog", "dog": "cat"})), {}, InputError,
         r"20 stimuli show another object .* im00 \(dog, labelled cat\)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(probabilities, trials, change, settings, error, message):
    with pytest.raises(error, match=message):
        behavior_scores(*change(probabilities, trials), **settings)


def test_the_stimuli_in_common_can_be_asked_for(probabilities, trials):
    found = behavior_scores(probabilities[:9], trials, join="inner", n_halves=3, n_resamples=0)
    assert found.attrs["n_stimuli"] == 9
    assert issubclass(StimulusMismatchError, CornetkitError)
