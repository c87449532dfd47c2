"""Reliabilities of real recordings that were computed independently."""

import numpy as np
import pytest

import cornetkit as ck

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def v4(shared_folder):
    return ck.open_recordings(shared_folder / "data" / "v4_cowley2023" / "v4.nc")


@pytest.fixture(scope="module")
def it(shared_folder):
    return ck.open_recordings(shared_folder / "data" / "it_zhang_desimone" / "it.nc")


@pytest.mark.parametrize(
    ("method", "expected"), [("split-half", 0.750), ("signal-power", 0.764), ("nsd", 0.764)]
)
def test_v4(v4, method, expected):
    found = ck.ceiling(v4, method=method)
    tolerance = 0.01 if method == "nsd" else 0.003
    assert found["ceiling_score"].item() == pytest.approx(expected, abs=tolerance)
    assert found.attrs["reasons"] == "none"


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((-200, -100), 0.03),
        ((0, 50), 0.01),
        ((50, 100), 0.04),
        ((100, 150), 0.25),
        ((100, 200), 0.44),
        ((150, 250), 0.53),
        ((100, 300), 0.63),
    ],
)
def test_it_over_time(it, window, expected):
    found = ck.ceiling(ck.rebin(it, window=window))
    half = found["half_correlation"].values
    assert np.nanmedian(half) == pytest.approx(expected, abs=0.025)
    if window == (100, 300):
        assert (half > 0.5).sum() == pytest.approx(83, abs=3)


def test_it_windows_can_be_matched(it):
    wide = ck.rebin(it, window=(100, 300), width=100)
    before = ck.ceiling(wide)["ceiling_score"].values
    after = ck.ceiling(ck.match_reliability(wide))["ceiling_score"].values
    assert np.ptp(before) > 0.04
    assert np.ptp(after) < np.ptp(before) / 2
