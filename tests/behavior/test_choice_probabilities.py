"""Decoders of objects, against scikit-learn, and accuracy against step."""

import numpy as np
import pytest
import torch
import xarray as xr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cornetkit.behavior import choice_probabilities, open_behavior, save_behavior, speed_accuracy
from cornetkit.errors import CornetkitWarning, InputError, UnknownNameError


def by_scikit_learn(X, labels, C=None, n_splits=3):
    P = np.empty((len(X), len(set(labels))))
    for train, test in StratifiedKFold(n_splits, shuffle=True, random_state=0).split(X, labels):
        head = LogisticRegression(C=C or 1 / (0.463 * len(train)), tol=1e-7, max_iter=5000)
        fit = make_pipeline(StandardScaler(), head).fit(X[train], labels[train])
        P[test] = fit.predict_proba(X[test])
    return P


@pytest.mark.parametrize("n_units", [12, 60])
def test_probabilities_are_those_of_scikit_learn(acts, n_units):
    wide = np.random.default_rng(3).standard_normal((12, n_units))
    X = acts.values @ wide if n_units != 12 else acts.values
    found = choice_probabilities(
        xr.DataArray(X, dims=acts.dims, coords=acts.coords), n_splits=3, progress=False
    )
    labels = acts["object_name"].values
    for step in (0, 2):
        expected = by_scikit_learn(X[:, step], labels)
        np.testing.assert_allclose(found.sel(area="IT", time=step), expected, atol=2e-5)
    assert found["truth"].values.tolist() == labels.tolist()
    assert found["choice"].values.tolist() == ["cat", "dog", "owl"]


def test_a_penalty_is_taken_as_given(acts):
    found = choice_probabilities(acts, C=0.01, n_splits=3, progress=False).sel(time=2, area="IT")
    expected = by_scikit_learn(acts.values[:, 2], acts["object_name"].values, C=0.01)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_penalties_are_chosen_inside_the_training_stimuli(acts):
    X, labels, offered = acts.values[:, 1], acts["object_name"].values, [1e-3, 1e-1, 1.0]
    found = choice_probabilities(acts[:, 1:2], C=offered, n_splits=2, progress=False)[0, 0]
    expected, chosen = np.empty((36, 3)), []
    for train, test in StratifiedKFold(2, shuffle=True, random_state=0).split(X, labels):
        inner = StratifiedKFold(3, shuffle=True, random_state=0)
        search = GridSearchCV(
            make_pipeline(StandardScaler(), LogisticRegression(tol=1e-7, max_iter=5000)),
            {"logisticregression__C": offered}, scoring="neg_log_loss", cv=inner,
        ).fit(X[train], labels[train])  # fmt: skip
        chosen.append(search.best_params_["logisticregression__C"])
        expected[test] = search.predict_proba(X[test])
    assert len(set(chosen)) > 1 or chosen[0] == 1e-1  # neither end, so that it was a choice
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_accuracy_rises_with_the_step_that_separates_objects(acts):
    found = speed_accuracy(acts, n_splits=3, progress=False, n_resamples=200)
    accuracy = found["accuracy"].sel(area="IT")
    assert abs(float(accuracy[0]) - 1 / 3) < 0.25
    assert float(accuracy[2]) > 0.9
    assert float(found["gain_low"].sel(area="IT", time=2)) > 0
    assert float(found["gain"].sel(area="IT", time=0)) == 0
    assert float(found["chance"]) == pytest.approx(1 / 3)


def test_order_of_stimuli_changes_nothing(acts):
    order = np.random.default_rng(0).permutation(acts.sizes["stimulus"])
    settings = {"n_splits": 3, "progress": False}
    one = choice_probabilities(acts, **settings)
    other = choice_probabilities(acts.isel(stimulus=order), **settings)
    xr.testing.assert_allclose(other.sel(stimulus=one["stimulus"].values), one, atol=1e-6)
    shuffled = one.isel(stimulus=order)
    for source in (acts.isel(stimulus=order), shuffled):
        given = {} if source is shuffled else settings
        again = speed_accuracy(source, n_resamples=50, **given)
        whole = speed_accuracy(acts, n_resamples=50, **settings)
        for name in ("accuracy", "accuracy_low", "gain_high", "log_loss"):
            np.testing.assert_allclose(again[name], whole[name], atol=1e-6)


def test_accuracy_and_log_loss_are_those_of_the_probabilities(acts):
    P = choice_probabilities(acts, n_splits=3, progress=False)
    found = speed_accuracy(P).sel(area="IT", time=1)
    of_step = P.sel(area="IT", time=1)
    best = of_step["choice"].values[of_step.values.argmax(axis=1)]
    assert float(found["accuracy"]) == np.mean(best == P["truth"].values)
    own = [float(row.sel(choice=str(row["truth"].values))) for row in of_step]
    assert float(found["log_loss"]) == pytest.approx(-np.log(own).mean())


def test_undriven_steps_are_left_out_and_said(acts):
    late = acts.assign_coords(driven=("time", [False, True, True]))
    with pytest.warns(CornetkitWarning, match=r"IT: 1 step left out.*\(0\)"):
        P = choice_probabilities(late, n_splits=3, progress=False)
    assert np.isnan(P.sel(time=0)).all()
    found = speed_accuracy(P, n_resamples=10)
    assert found["accuracy"].isnull().values.tolist() == [[True, False, False]]
    assert float(found["gain"].sel(area="IT", time=1)) == 0


def test_constant_units_change_nothing(acts):
    constant = xr.concat(
        [acts, xr.full_like(acts[..., :2], 0.1 + 0.2)], "unit", coords="minimal", compat="override"
    )
    one, two = (choice_probabilities(x, n_splits=3, progress=False) for x in (acts, constant))
    np.testing.assert_allclose(two, one, atol=1e-12)


def test_features_that_do_not_vary_give_the_rates_of_the_training_stimuli(acts):
    flat = choice_probabilities(acts * 0, n_splits=3, progress=False)
    np.testing.assert_allclose(flat, 1 / 3)


def test_labels_come_from_a_table_or_a_mapping_too(acts, tmp_path):
    expected = choice_probabilities(acts, n_splits=3, progress=False)
    by_id = dict(zip(acts.stimulus.values, acts.object_name.values, strict=True))
    bare = acts.drop_vars("object_name")
    table = tmp_path / "labels.csv"
    table.write_text("stimulus,label\n" + "".join(f"{k},{v}\n" for k, v in by_id.items()))
    for labels in (by_id, table):
        found = choice_probabilities(bare, labels=labels, n_splits=3, progress=False)
        xr.testing.assert_equal(found, expected)


def test_the_decoder_s_own_features_can_be_recorded_and_decoded():
    from cornetkit.models import CORnetRT
    from cornetkit.recording import Recorder

    torch.manual_seed(0)
    model = CORnetRT(times=4).eval()
    with torch.no_grad(), Recorder(model, areas=["decoder.avgpool"]) as recorder:
        model(torch.randn(12, 3, 32, 32))
        recorded = recorder.activations()["decoder.avgpool"]
    assert recorded.sizes == {"stimulus": 12, "time": 1, "unit": 512}
    P = choice_probabilities(
        {"decoder.avgpool": recorded}, labels=dict(enumerate("abc" * 4)), n_splits=2, progress=False
    )
    assert P.sizes == {"area": 1, "time": 1, "stimulus": 12, "choice": 3}
    np.testing.assert_allclose(P.sum("choice"), 1)


def test_accuracies_are_saved_and_opened(acts, tmp_path):
    found = speed_accuracy(acts, n_splits=3, progress=False, n_resamples=10)
    xr.testing.assert_equal(open_behavior(save_behavior(found, tmp_path / "s.nc")), found)


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (lambda a: a, {"labels": "object"}, r"'object' \(did you mean 'object_name'\?\)"),
        (lambda a: a, {"labels": {"im00": "cat"}}, "labels are missing for 35 of 36 stimuli"),
        (lambda a: a, {"labels": 3}, "labels of type int were given"),
        (lambda a: a.drop_vars("object_name"), {}, "no coordinate .* record images from a CSV"),
        (lambda a: a.assign_coords(object_name=("stimulus", ["cat"] * 36)), {}, "at least 2 kinds"),
        (lambda a: a.assign_coords(object_name=("stimulus", ["x", *"ab" * 17, "a"])), {},
         "x: one image each"),
        (lambda a: a, {"n_splits": 1}, "n_splits=1 was given"),
        (lambda a: a, {"C": 0}, "C=0 was given; expected inverse penalties above 0"),
        (lambda a: a, {"areas": "it"}, r"unknown area 'it' \(did you mean 'IT'\?\)"),
        (lambda a: a.assign_coords(driven=("time", [False] * 3)), {}, "has reached no area"),
        (lambda a: a.where(a > 0), {}, "at step 0 are not finite"),
        (lambda a: a.drop_vars("stimulus"), {"labels": {}}, "have no stimulus ids"),
        (lambda a: 5, {}, "expected activations .* got int"),
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_is_refused(acts, change, settings, message):
    with pytest.raises(InputError, match=message):
        choice_probabilities(change(acts), progress=False, **settings)
    assert issubclass(UnknownNameError, InputError)


def test_settings_of_a_decoder_are_refused_beside_probabilities(acts):
    P = choice_probabilities(acts, n_splits=3, progress=False)
    with pytest.raises(InputError, match="decoded already"):
        speed_accuracy(P, labels="object_name")
