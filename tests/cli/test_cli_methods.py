"""Methods that stream units, from the command line."""

import json

import numpy as np
import pytest

import cornetkit as ck

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


def predict(run, acts, neural, *more):
    return run("predict", "--neural", neural, "--acts", acts, *more)


def test_standardize_is_that_of_python_and_named_in_the_heading(run, acts, neural):
    result = predict(run, acts, neural, "--standardize")
    assert result.code == 0, result.err
    assert "one penalty a neuroid, units standardised within folds" in result.out
    found = json.loads(predict(run, acts, neural, "--standardize", "--json").out)
    expected = ck.predict(acts, neural, standardize=True)["score"].values.reshape(-1)
    np.testing.assert_allclose([row["score"] for row in found["rows"]], expected)
    assert found["settings"]["standardize"] == "within folds"
    assert found["settings"]["engine"] == "unit-streaming"


def test_non_negative_says_how_many_units_it_takes(run, acts, neural, monkeypatch):
    from cornetkit.predictivity import streaming

    n_units = min(array.sizes["unit"] for array in ck.open_activations(acts).values())
    monkeypatch.setattr(streaming, "MOST_UNITS", n_units - 1)
    result = predict(run, acts, neural, "--method", "non-negative")
    assert result.code == 1
    assert f"{n_units - 1:,} units at most" in result.error
    assert "(--pool mean) or units=1000 (--units 1000)" in result.error


def test_standardize_does_not_go_with_best_unit(run, acts, neural):
    result = predict(run, acts, neural, "--standardize", "--method", "best-unit")
    assert result.code == 1
    assert "leave out standardize=True (--standardize)" in result.error


def test_options_of_which_one_would_not_count_are_refused(run, acts, neural):
    def usage(*more):
        result = predict(run, acts, neural, *more)
        assert result.code == 2
        return result.err

    both = usage("--stratify", "object_name", "--no-stratify")
    assert "--stratify and --no-stratify were both given; give one" in both
    assert "--components is for PLS, and ols has none; leave it out, or add --method pls" in usage(
        "--components", 5, "--method", "ols"
    )
    assert "and ridge, the method of protocol cornetkit, has none" in usage("--components", 5)


def test_components_go_with_a_protocol_that_takes_pls(run, acts, neural):
    result = predict(run, acts, neural, "--components", 3, "--protocol", "brainscore", "--json")
    assert json.loads(result.out)["settings"]["n_components"] == 3
