"""Macaque V4: ceilings and pixel baselines that were computed independently."""

import pytest

import cornetkit as ck

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def v4(shared_folder):
    return ck.open_recordings(shared_folder / "data" / "v4_cowley2023" / "v4.nc")


@pytest.fixture(scope="module")
def pixels(shared_folder, v4):
    folder = shared_folder / "data" / "v4_cowley2023" / "images"
    return ck.pixels(ck.load_stimuli(folder), size=16)


def test_split_half_ceiling(v4):
    ceiling = ck.ceiling(v4)
    assert ceiling["ceiling_score"].item() == pytest.approx(0.750, abs=0.005)
    assert ceiling["half_correlation"].median().item() == pytest.approx(0.600, abs=0.005)
    assert (ceiling > 0.5).all()


def test_brainscore_ceiling(v4):
    ceiling = ck.ceiling(v4, method="brainscore")
    assert ceiling["ceiling_score"].item() == pytest.approx(0.759, abs=0.005)


def summed_per_neuroid(scores):
    """Sum up as the independent computation did: mean over folds, then median over neuroids."""
    return scores["r"].mean("split").median("neuroid").item()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 0.274),
        ({"method": "pls", "n_components": 25}, 0.220),
        ({"method": "pls", "targets": "separate", "n_components": 5}, 0.251),
    ],
    ids=["ridge", "joint PLS", "separate PLS"],
)
def test_pixels(v4, pixels, quietly, settings, expected):
    scores = quietly(pixels, v4, **settings)
    assert scores.attrs["n_stimuli"] == 640
    assert summed_per_neuroid(scores) == pytest.approx(expected, abs=0.002)
    assert scores["score"].item() == pytest.approx(expected, abs=0.01)
