"""Every figure of an untrained model says so, once."""

import pytest
import xarray as xr
from matplotlib.figure import Figure

import cornetkit as ck
from cornetkit.plotting.whose import says_untrained
from cornetkit.schema import whose

UNTRAINED = {"acts_model": "RT", "acts_identity": "untrained (random weights, seed 0)"}
NAME = "CORnet-RT, untrained (random weights, seed 0)"


@says_untrained
def draw(result, *, title=None):
    figure = Figure()
    if title:
        figure.suptitle(title)
    return figure.subplots(1, 2)


def said(axes):
    return [text.get_text() for text in axes[0].figure.texts]


@pytest.mark.parametrize(
    "result",
    [
        xr.Dataset(attrs=UNTRAINED),
        xr.DataArray(attrs={"model": "RT", "identity": UNTRAINED["acts_identity"]}),
        xr.DataTree.from_dict({"/matrix": xr.Dataset(attrs=UNTRAINED)}),
        xr.Dataset(attrs={"models": NAME}),
    ],
)
def test_the_corner_names_an_untrained_model(result):
    assert said(draw(result)) == [NAME]
    assert said(draw(result=result)) == [NAME]


def test_a_title_that_says_it_is_enough_and_trained_models_need_none():
    assert said(draw(xr.Dataset(attrs=UNTRAINED), title=NAME)) == [NAME]
    official = {"acts_model": "S", "acts_identity": "verified: official CORnet-S checkpoint"}
    assert said(draw(xr.Dataset(attrs=official))) == []
    assert said(draw(xr.Dataset())) == []


def test_all_figures_of_results_do_so():
    figures = {name for name in dir(ck) if name.startswith("plot_")} - {"plot_training"}
    assert len(figures) >= 14
    assert {name for name in figures if not hasattr(getattr(ck, name), "__wrapped__")} == set()


def test_whose_a_result_is():
    assert whose({}) == ""
    assert (
        whose({"activations_model": "my net", "activations_identity": "given"}) == "my net, given"
    )
    assert whose(UNTRAINED) == NAME
