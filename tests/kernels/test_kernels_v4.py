"""Macaque V4 (Cowley et al. 2023): numbers that were computed independently."""

import numpy as np
import pytest
from PIL import Image
from sklearn.model_selection import KFold

from cornetkit.kernels.alphas import alpha_grid
from cornetkit.kernels.correlation import pearson_columns
from cornetkit.kernels.gram import gram
from cornetkit.kernels.noise_ceilings import signal_power
from cornetkit.kernels.pls import pls_folds
from cornetkit.kernels.pls_separate import pls_separate_dual
from cornetkit.kernels.reliability import split_half, split_half_brainscore
from cornetkit.kernels.ridge_folds import ridge_folds

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def v4(shared_folder):
    xr = pytest.importorskip("xarray")
    folder = shared_folder / "data" / "v4_cowley2023"
    with xr.open_dataset(folder / "v4.nc") as dataset:
        response = dataset["response"].transpose("repetition", "stimulus", "time_bin", "neuroid")
        trials = response.values[:, :, 0].astype(np.float64)
        stimuli = [str(stimulus) for stimulus in dataset["stimulus"].values]
    pixels = []
    for stimulus in stimuli:
        with Image.open(folder / "images" / f"{stimulus}.jpg") as image:
            grey = image.convert("L").resize((16, 16), Image.Resampling.BILINEAR)
            pixels.append(np.asarray(grey, dtype=np.float64).ravel())
    K = gram([np.stack(pixels)], len(stimuli)).gram
    folds = list(KFold(10, shuffle=True, random_state=0).split(stimuli))
    return K, trials, np.nanmean(trials, axis=0), folds


def score(predictions, responses, folds):
    """Within a fold, then mean over folds, then median over units."""
    r = [
        pearson_columns(predicted, responses[test])
        for predicted, (_, test) in zip(predictions, folds, strict=True)
    ]
    return np.median(np.mean(r, axis=0))


def test_pixels_with_ridge_tuned_for_each_unit(v4):
    K, _, responses, folds = v4
    predictions = ridge_folds(K, responses, folds, alpha_grid(K)).predictions
    assert score(predictions, responses, folds) == pytest.approx(0.274, abs=5e-4)


def test_pixels_with_joint_pls(v4):
    K, _, responses, folds = v4
    fits = pls_folds(K, responses, [train for train, _ in folds], 25)
    predictions = [
        fit.predict(K[np.ix_(test, train)]) for fit, (train, test) in zip(fits, folds, strict=True)
    ]
    assert score(predictions, responses, folds) == pytest.approx(0.220, abs=1e-3)


def test_pixels_with_separate_pls(v4):
    K, _, responses, folds = v4
    predictions = [
        pls_separate_dual(K[np.ix_(train, train)], responses[train], 5).predict(
            K[np.ix_(test, train)]
        )
        for train, test in folds
    ]
    assert score(predictions, responses, folds) == pytest.approx(0.251, abs=5e-4)


def test_split_half_reliability(v4):
    result = split_half(v4[1])
    assert np.median(result.r_half) == pytest.approx(0.600, abs=2e-3)
    assert np.median(result.spearman_brown) == pytest.approx(0.750, abs=2e-3)


def test_halves_of_the_repetition_ids(v4):
    corrected = split_half_brainscore(v4[1]).spearman_brown
    assert np.median(corrected, axis=1).mean() == pytest.approx(0.759, abs=1e-3)


def test_analytic_explainable_fraction(v4):
    assert np.median(signal_power(v4[1]).explainable) == pytest.approx(0.764, abs=5e-4)
