"""The bridge to rsatoolbox, and what is said without it."""

import sys

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.errors import InputError, MissingExtraError, UnknownNameError


def test_there_and_back_is_the_same(subjects):
    pytest.importorskip("rsatoolbox")
    labelled = subjects.assign_coords(kind=("stimulus_a", list("aabbccdd")))
    xr.testing.assert_equal(ck.from_rsatoolbox(ck.to_rsatoolbox(labelled)), labelled)


def test_descriptors_carry_the_labels(acts, quietly):
    pytest.importorskip("rsatoolbox")
    found = ck.to_rsatoolbox(quietly(ck.rdm, acts))
    assert found.n_rdm == 6
    assert found.dissimilarity_measure == "correlation"
    assert found.rdm_descriptors["area"] == ["V4"] * 3 + ["IT"] * 3
    assert found.rdm_descriptors["time"] == [0, 1, 2] * 2
    assert found.pattern_descriptors["stimulus"][:2] == ["s00", "s01"]
    assert found.pattern_descriptors["object_name"][:2] == ["o0", "o1"]


def test_comparisons_agree_over_the_bridge(subjects):
    rdm = pytest.importorskip("rsatoolbox.rdm")
    theirs = rdm.compare(ck.to_rsatoolbox(subjects[:1]), ck.to_rsatoolbox(subjects), "spearman")
    ours = ck.compare_rdms(subjects[0].drop_vars("subject"), subjects)
    np.testing.assert_allclose(ours, theirs[0])


def test_ids_come_from_the_named_descriptor(subjects):
    rdm = pytest.importorskip("rsatoolbox.rdm")
    theirs = rdm.RDMs(np.arange(6.0)[None], pattern_descriptors={"image": list("abcd")})
    found = ck.from_rsatoolbox(theirs, stimulus="image", dim="model")
    assert found.dims == ("model", "stimulus_a", "stimulus_b")
    assert float(found[0].sel(stimulus_a="c", stimulus_b="b")) == 3
    with pytest.raises(UnknownNameError, match="unknown pattern descriptor 'stimulus'"):
        ck.from_rsatoolbox(theirs)


def test_something_else_is_refused():
    pytest.importorskip("rsatoolbox")
    with pytest.raises(InputError, match="a list was given; expected an rsatoolbox"):
        ck.from_rsatoolbox([1])


def test_without_the_extra_its_pip_line_is_said(subjects, monkeypatch):
    monkeypatch.setitem(sys.modules, "rsatoolbox", None)
    monkeypatch.setitem(sys.modules, "rsatoolbox.rdm", None)
    for call in (lambda: ck.to_rsatoolbox(subjects), lambda: ck.from_rsatoolbox(None)):
        with pytest.raises(MissingExtraError, match=r"pip install 'cornetkit\[rsa\]'"):
            call()
