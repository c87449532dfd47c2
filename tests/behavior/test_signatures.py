"""I1, I2 and their normalised forms, against loops and the published toy."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from cornetkit.behavior import behavioral_signatures
from cornetkit.errors import InputError


def by_loops(fa, truth, choices):
    """I2 cell by cell from false alarms {(image, choice): rate}."""
    n = len(truth)
    i2 = np.full((n, len(choices)), np.nan)
    for i in range(n):
        for k, c in enumerate(choices):
            if c == truth[i] or (i, c) not in fa:
                continue
            others = [fa[j, truth[i]] for j in range(n) if truth[j] == c and (j, truth[i]) in fa]
            if others:
                d = norm.ppf(1 - fa[i, c]) - norm.ppf(np.mean(others))
                i2[i, k] = min(max(d, -5.0), 5.0)
    i2n = i2.copy()
    for t in set(truth):
        for k in range(len(choices)):
            group = [i for i in range(n) if truth[i] == t and not np.isnan(i2[i, k])]
            if group:
                i2n[group, k] -= np.mean([i2[i, k] for i in group])
    return i2, i2n


def test_the_published_toy():
    P = [*([7, 2, 1], [5, 3, 2], [3, 6, 1]), *([2, 4, 4], [1, 2, 7], [2.5, 2.5, 5])]
    toy = xr.DataArray(
        np.array(P) / 10,
        dims=("stimulus", "choice"),
        coords={"stimulus": range(6), "choice": list("abc"), "truth": ("stimulus", list("aabbcc"))},
    )
    expected = [1.5436902, 1.02845476, 1.30807646, 0.7742912, 1.60070205, 1.07389982]
    np.testing.assert_allclose(behavioral_signatures(toy)["i1"], expected, atol=5e-9)


def test_signatures_of_probabilities_are_those_of_a_loop(probabilities):
    P = probabilities
    truth, choices = P.truth.values.tolist(), P.choice.values.tolist()
    fa = {
        (i, c): float(row[k] / (row[k] + row[choices.index(truth[i])]))
        for i, row in enumerate(P.values)
        for k, c in enumerate(choices)
    }
    i2, i2n = by_loops(fa, truth, choices)
    found = behavioral_signatures(P)
    np.testing.assert_allclose(found["i2"], i2)
    np.testing.assert_allclose(found["i2n"], i2n, atol=1e-12)
    np.testing.assert_allclose(found["i1"], np.nanmean(i2, axis=1))
    np.testing.assert_allclose(found["i1n"], np.nanmean(i2n, axis=1), atol=1e-12)


def test_signatures_of_trials_are_those_of_a_loop(trials):
    some = trials.drop(trials.index[:12])  # the first image was never offered with one distractor
    found = behavioral_signatures(some)
    truth, choices = found.truth.values.tolist(), found.choice.values.tolist()
    fa = {}
    for i, stimulus in enumerate(found.stimulus.values):
        for c in choices:
            cell = some[(some.stimulus == stimulus) & (some.distractor == c)]
            if len(cell):
                fa[i, c] = (cell.choice == c).mean()
    i2, i2n = by_loops(fa, truth, choices)
    np.testing.assert_allclose(found["i2"], i2)
    np.testing.assert_allclose(found["i2n"], i2n, atol=1e-12)
    assert np.isnan(found["i2"][0]).sum() == 2  # its own object, and the pair never offered
    assert int(found["n_trials"][0].sum()) == 12


def test_rates_of_none_and_all_are_cut_at_five_or_undefined(trials):
    right = trials.assign(choice=trials["sample"])
    assert np.nanmin(behavioral_signatures(right)["i2"]) == 5.0
    wrong = trials.assign(choice=trials["distractor"])
    assert np.nanmax(behavioral_signatures(wrong)["i2"]) == -5.0
    mixed = right.copy()
    of_cats = (mixed["sample"] == "cat") & (mixed["distractor"] == "dog")
    mixed.loc[of_cats, "choice"] = "dog"  # cats are never told from dogs, dogs always from cats
    i2 = behavioral_signatures(mixed)["i2"]
    assert np.isnan(i2.sel(choice="dog")[i2.truth == "cat"]).all()


def test_the_order_of_stimuli_and_choices_changes_nothing(probabilities):
    whole = behavioral_signatures(probabilities)
    turned = behavioral_signatures(probabilities[::-1, [2, 0, 1]])
    xr.testing.assert_allclose(turned.sel(stimulus=whole.stimulus, choice=whole.choice), whole)


def test_leading_dims_are_kept(probabilities):
    twice = xr.concat([probabilities, probabilities[:, ::-1]], "time", join="override")
    found = behavioral_signatures(twice)
    assert found["i2"].dims == ("time", "stimulus", "choice")
    np.testing.assert_array_equal(found["i1"][0], behavioral_signatures(probabilities)["i1"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda P: P.drop_vars("truth"), "no coordinate 'truth'; add it with"),
        (lambda P: P.drop_vars("choice"), "no coordinate 'choice'"),
        (lambda P: P.rename(choice="object"), "no choice; expected"),
        (lambda P: P * 2, "sums from 2 to 2 were given; expected 0 to 1"),
        (lambda P: P - 0.5, "choice probabilities from -"),
        (lambda P: P.assign_coords(truth=("stimulus", ["cow"] * 30)), "cow cannot be chosen"),
        (lambda P: P.assign_coords(stimulus=["x"] * 30), "must be unique"),
        (lambda P: P.assign_coords(truth="cat"), "has to lie on 'stimulus'"),
    ],
)  # fmt: skip
def test_what_is_no_probability_is_refused(probabilities, change, message):
    with pytest.raises(InputError, match=message):
        behavioral_signatures(change(probabilities))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.rename(columns={"choice": "chosen"}), r"no choice \(did you mean 'chosen'"),
        (lambda t: t[:0], "holds no trials"),
        (lambda t: t.assign(choice="dgo"), r"'dgo' was not offered \(did you mean 'dog'"),
        (lambda t: t.assign(distractor=t["sample"]), "sample and distractor are both 'cat'"),
        (lambda t: t.assign(choice=[None, *t["choice"][1:]]), r"1 empty cells, .* 1 \(choice\)"),
        (lambda t: t.assign(stimulus="one"), "1 stimuli show more than one object, such as one"),
        (lambda t: t.to_numpy(), "trials of type ndarray were given"),
    ],
)  # fmt: skip
def test_wrong_trials_are_refused(trials, change, message):
    with pytest.raises(InputError, match=message):
        behavioral_signatures(change(trials))


def test_trials_are_read_from_csv_as_they_stand(trials, tmp_path):
    path = tmp_path / "trials.csv"
    trials.to_csv(path, index=False)
    xr.testing.assert_identical(behavioral_signatures(path), behavioral_signatures(trials))
    with pytest.raises(
        OSError, match=r"no file of trials .*none\.csv; expected a CSV with stimulus"
    ):
        behavioral_signatures(tmp_path / "none.csv")


def test_older_names_of_columns_are_known(trials):
    old = trials.rename(columns={"sample": "sample_obj", "distractor": "dist_obj"})
    assert isinstance(old, pd.DataFrame)
    xr.testing.assert_identical(behavioral_signatures(old), behavioral_signatures(trials))
