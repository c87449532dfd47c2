"""The figure of behaviour against step."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError


@pytest.fixture(scope="module")
def results():
    """Accuracy and agreement of five steps, the first two of which the image has not reached."""
    rng = np.random.default_rng(0)
    codes = np.arange(24) % 3
    names = np.array(["cat", "dog", "owl"])
    far = np.array([0.0, 0.0, 0.3, 0.8, 1.5])[:, None]
    centres = rng.standard_normal((3, 8))[codes][:, None]
    acts = xr.DataArray(
        far * centres + rng.standard_normal((24, 5, 8)),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": [f"im{k:02d}" for k in range(24)],
            "object_name": ("stimulus", names[codes]),
            "time": np.arange(5),
            "driven": ("time", np.arange(5) >= 2),
        },
    )
    P = ck.choice_probabilities(acts, progress=False)
    hard = rng.uniform(0.0, 0.8, (24, 3))
    rows = [
        (f"im{k:02d}", names[own], names[other], names[other if rng.random() < p else own])
        for k, own in enumerate(codes)
        for other in {0, 1, 2} - {own}
        for p in [hard[k, other]]
        for _ in range(16)
    ]
    table = pd.DataFrame(rows, columns=["stimulus", "sample", "distractor", "choice"])
    return ck.speed_accuracy(P), ck.behavior_scores(P, table, n_halves=3)


def test_accuracy_is_drawn_at_its_values_with_its_chance(results):
    accuracy, _ = results
    (ax,) = ck.plot_behavior(accuracy, title="a title")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), accuracy["accuracy"].values[0])
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named[-1] == "chance 0.333"
    assert ax.get_ylabel() == "accuracy, 24 stimuli"


def test_agreement_has_a_line_for_each_signature_and_its_ceiling(results):
    _, scores = results
    (ax,) = ck.plot_behavior(scores)
    for line, signature in zip(ax.lines, scores["signature"].values, strict=False):
        np.testing.assert_array_equal(
            line.get_ydata(), scores["consistency"].sel(signature=signature).values[0]
        )
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [name.split()[0] for name in named] == ["i1", "i1n", "i2", "i2n", "ceiling"]


def test_undriven_steps_are_grey_and_empty(results):
    for result in results:
        ax = ck.plot_behavior(result)[0]
        assert sum(patch.get_gid() == "undriven" for patch in ax.patches) == 2
        drawn = np.isnan(ax.lines[0].get_ydata())
        assert drawn[:2].all()
        assert not drawn[2:].all()


def test_something_else_is_refused(results):
    with pytest.raises(InputError, match="DataArray was given to plot_behavior; expected"):
        ck.plot_behavior(results[0]["accuracy"])
