"""Dual and primal forms give the same scores; which one was taken is recorded."""

import numpy as np
import pytest
import xarray as xr

from cornetkit.predictivity import engine, streaming

METHODS = [
    {"method": "ridge"},
    {"method": "ridge", "alpha_per": "all"},
    {"method": "ridge", "alphas": [0.01, 10.0, 1e3]},
    {"method": "pls", "n_components": 6},
    {"method": "pls", "targets": "separate", "n_components": 6},
    {"method": "ols"},
    {"protocol": "brainscore", "n_components": 6},
    {"protocol": "brainscore", "method": "ridge"},
]


@pytest.fixture
def through_the_gram_matrix(monkeypatch):
    """Take the dual form whatever the shape."""

    def take():
        for module in (engine, streaming):
            monkeypatch.setattr(module, "form_of", lambda *_: "dual")

    return take


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("n_units", [6, 27])
@pytest.mark.parametrize("settings", METHODS, ids=str)
def test_both_forms_give_the_same_scores(
    planted, quietly, through_the_gram_matrix, settings, n_units, standardize
):
    data = planted(n_stimuli=60, n_units=n_units, n_neuroids=4, n_bins=2)
    settings = settings | {"standardize": standardize}
    primal = quietly(data.features, data.recordings, **settings)
    assert primal.attrs["form"] == "primal"
    through_the_gram_matrix()
    dual = quietly(data.features, data.recordings, **settings)
    assert dual.attrs["form"] == "dual"
    np.testing.assert_allclose(primal["r"], dual["r"], atol=1e-8)
    if "alpha" in dual:
        np.testing.assert_allclose(primal["alpha"], dual["alpha"], rtol=1e-9)
        np.testing.assert_array_equal(primal["alpha_at_edge"], dual["alpha_at_edge"])


def test_both_forms_fit_a_neuroid_on_the_stimuli_that_it_has(
    planted, quietly, through_the_gram_matrix
):
    data = planted(n_stimuli=60, n_units=12)
    recordings = data.recordings.copy()
    recordings[:36, :, 1] = np.nan
    primal = quietly(data.features, recordings)
    through_the_gram_matrix()
    np.testing.assert_allclose(primal["r"], quietly(data.features, recordings)["r"], atol=1e-8)


@pytest.mark.parametrize(
    ("n_units", "settings", "form"),
    [
        (27, {}, "primal"),
        (28, {}, "dual"),
        (27, {"method": "ols"}, "primal"),
        (53, {"method": "pls"}, "primal"),
        (54, {"method": "pls"}, "dual"),
        (28, {"method": "pls", "targets": "separate"}, "dual"),
        (27, {"dtype": "float32"}, "dual"),
        (27, {"standardize": True, "dtype": "float32", "alphas": 1e3}, "dual"),
        (27, {"normalization": "%EV"}, "dual"),
        (54, {"method": "best-unit"}, "primal"),
        (54, {"method": "non-negative", "alphas": 1.0}, "primal"),
        (54, {"standardize": True}, "dual"),
    ],
    ids=str,
)
def test_the_form_goes_by_the_shape_and_by_what_is_asked(planted, quietly, n_units, settings, form):
    # 54 stimuli in training
    data = planted(n_stimuli=60, n_units=n_units, n_neuroids=2)
    assert quietly(data.features, data.recordings, **settings).attrs["form"] == form


def test_areas_of_different_forms_are_named(planted, quietly):
    data = planted(n_stimuli=60, n_units=70, n_neuroids=2)
    areas = {"V1": data.features, "V4": data.features[:, :10], "IT": data.features[:, :20]}
    scores = quietly(areas, data.recordings)
    assert scores.attrs["form"] == "dual: V1; primal: V4, IT"
    assert scores.attrs["engine"] == "gram"


@pytest.mark.parametrize(
    ("n_units", "n_neuroids", "side"),
    [(70, 4, "neuroids"), (70, 65, "stimuli"), (10, 4, "neuroids"), (10, 12, "units")],
)
def test_the_smaller_eigenproblem_of_joint_pls_is_recorded(
    planted, quietly, n_units, n_neuroids, side
):
    data = planted(n_stimuli=60, n_units=n_units, n_neuroids=n_neuroids)
    attrs = quietly(data.features, data.recordings, method="pls", n_components=3).attrs
    assert attrs["pls_eigenproblem"] == side
    separate = {"method": "pls", "targets": "separate", "n_components": 3}
    assert "pls_eigenproblem" not in quietly(data.features, data.recordings, **separate).attrs


def test_copies_of_a_stimulus_are_found_in_either_form(planted, quietly):
    data = planted(n_stimuli=60, n_units=12)
    features = data.features.copy()
    features[7] = features[31] * (1 + 1e-13)
    for settings in ({}, {"standardize": True}, {"method": "non-negative", "alphas": 1.0}):
        notes = quietly(features, data.recordings, **settings).attrs["notes"]
        assert any("(s007 = s031)" in note for note in notes), settings
    wide = xr.concat([features] * 6, "unit")
    wide[7] = wide[31]
    notes = quietly(wide, data.recordings, standardize=True).attrs["notes"]
    assert any("(s007 = s031)" in note for note in notes)
