"""Very many fits look for penalties from coarse to fine in single precision, and say so."""

import numpy as np
from planted_time import drifting, planted_course, quietly, recorded

import cornetkit as ck

SETTINGS = {"n_splits": 5, "n_draws": 40}


def test_penalties_that_are_sought_in_single_precision_are_said(monkeypatch):
    acts = drifting()
    recordings = recorded(acts, planted_course())
    matrix = quietly(ck.step_matrix, acts, recordings, **SETTINGS)
    assert not any("single precision" in note for note in matrix.attrs["notes"])
    monkeypatch.setattr("cornetkit.kernels.ridge_nested._FEW", 0)
    found = quietly(ck.step_matrix, acts, recordings, **SETTINGS)
    assert sum("from coarse to fine" in note for note in found.attrs["notes"]) == 1
    difference = abs(found["score"] - matrix["score"])
    assert difference.where(matrix["score"] > 0.3).max() < 1e-3
    assert difference.max() < 0.03
    np.testing.assert_array_equal(found["best_step_main"], matrix["best_step_main"])
    pls = quietly(ck.step_matrix, acts, recordings, method="pls", n_components=3, **SETTINGS)
    assert not any("single precision" in note for note in pls.attrs["notes"])
    alone = quietly(ck.generalize_mapping, acts, recordings, n_splits=5)
    assert sum("from coarse to fine" in note for note in alone.attrs["notes"]) == 1
