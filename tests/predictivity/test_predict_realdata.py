"""Macaque V4: ceilings and baselines that were computed independently."""

import pytest

import cornetkit as ck

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def v4(shared_folder):
    return ck.open_recordings(shared_folder / "data" / "v4_cowley2023" / "v4.nc")


@pytest.fixture(scope="module")
def pictures(shared_folder):
    folder = shared_folder / "data" / "v4_cowley2023" / "images"
    return ck.baselines(folder, ("pixels", "gabor"))


@pytest.fixture(scope="module")
def pixels(pictures):
    return pictures["pixels"]


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


def test_gabor_energies_with_ridge(v4, pictures, quietly):
    scores = quietly(pictures["gabor"], v4)
    assert summed_per_neuroid(scores) == pytest.approx(0.488, abs=0.008)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
def test_reverse_predictivity_of_pictures_is_defined_and_corrected_upwards(v4, pictures):
    scores = ck.reverse_predict(pictures, v4, n_units=100, n_draws=2, n_halves=2, progress=False)
    assert scores.attrs["n_predictors"] == 50
    assert (scores["normalized"] > scores["score"]).all()
    assert (scores["normalized"] < 1).all()
    # What predicts well is not what is well predicted: pixels are mostly coarse luminance.
    by_area = scores["normalized"].squeeze()
    assert by_area.sel(direction="forward", area="gabor") > 0.4
    assert by_area.sel(direction="forward", area="pixels") < 0.35
    assert by_area.sel(direction="reverse", area="pixels") > by_area.sel(
        direction="reverse", area="gabor"
    )
