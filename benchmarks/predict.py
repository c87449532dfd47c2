"""Ten-fold joint PLS-25 through the Gram matrix against scikit-learn's PLSRegression.

    python benchmarks/predict.py [--stimuli 2560 --units 25088 --neuroids 168]

The data are fixed by seed. scikit-learn is timed on one fold, and that time counts ten times; the
Gram matrix is included in ours. Printed: seconds (medians over rounds), ratios, and the largest
difference of one fold's predictions in standard deviations.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from machine import save
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import KFold

from cornetkit.kernels.correlation import pearson_columns
from cornetkit.kernels.gram import gram
from cornetkit.kernels.pls import pls_folds

N_COMPONENTS, N_FOLDS, BLOCK = 25, 10, 4096


def make_data(n: int, units: int, neuroids: int) -> tuple[np.ndarray, np.ndarray]:
    """Features with a falling spectrum, and responses that read them with noise."""
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((n, 200)) * (np.arange(1, 201) ** -0.5)
    X = (latent @ rng.standard_normal((200, units))).astype(np.float32)
    X += 0.5 * rng.standard_normal(X.shape, dtype=np.float32)
    Y = latent @ rng.standard_normal((200, neuroids))
    return X, Y + Y.std() * rng.standard_normal(Y.shape)


def ours(
    X: np.ndarray, Y: np.ndarray, folds: list, dtype: str
) -> tuple[float, float, list[np.ndarray]]:
    """Return seconds for the Gram matrix, seconds for all folds, and the predictions."""
    begun = time.perf_counter()
    blocks = (X[:, a : a + BLOCK] for a in range(0, X.shape[1], BLOCK))
    K = gram(blocks, len(X), dtype=dtype).gram
    middle = time.perf_counter()
    fits = pls_folds(K, Y, [train for train, _ in folds], N_COMPONENTS)
    held = [f.predict(K[np.ix_(te, tr)]) for f, (tr, te) in zip(fits, folds, strict=True)]
    for (_, test), prediction in zip(folds, held, strict=True):
        pearson_columns(Y[test], prediction)
    return middle - begun, time.perf_counter() - middle, held


def main() -> None:
    """Time both and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stimuli", type=int, default=2560)
    parser.add_argument("--units", type=int, default=25088)
    parser.add_argument("--neuroids", type=int, default=168)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    X, Y = make_data(options.stimuli, options.units, options.neuroids)
    folds = list(KFold(N_FOLDS, shuffle=True, random_state=0).split(X))
    train, test = folds[0]

    begun = time.perf_counter()
    peer = PLSRegression(N_COMPONENTS, scale=False).fit(X[train], Y[train]).predict(X[test])
    sklearn_fold = time.perf_counter() - begun

    figures: dict[str, object] = {
        "size": f"{options.stimuli} x {options.units} -> {options.neuroids}",
        "sklearn_one_fold_s": round(sklearn_fold, 2),
    }
    for dtype in ("float64", "float32"):
        runs = [ours(X, Y, folds, dtype) for _ in range(options.rounds)]
        gram_s = statistics.median(run[0] for run in runs)
        folds_s = statistics.median(run[1] for run in runs)
        total = statistics.median(run[0] + run[1] for run in runs)
        products = options.stimuli * (options.stimuli + 1) * options.units
        figures[dtype] = {
            "gram_s": round(gram_s, 3),
            "gram_gflops": round(products / gram_s / 1e9, 1),
            "ten_folds_s": round(folds_s, 3),
            "total_s": round(total, 3),
            "ratio_to_sklearn": round(N_FOLDS * sklearn_fold / total, 1),
            "largest_difference_sd": float(
                f"{(np.abs(runs[0][2][0] - peer) / peer.std(axis=0)).max():.2g}"
            ),
        }
    figures["matrix_multiply_gflops"] = {
        name: matrix_rate(np.dtype(name)) for name in ("float64", "float32")
    }
    save("predict", figures)


def matrix_rate(dtype: np.dtype) -> float:
    """Return the rate that this machine multiplies matrices at: the limit of the Gram matrix."""
    A = np.random.default_rng(0).standard_normal((2560, 4096)).astype(dtype)
    A @ A.T
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        A @ A.T
        times.append(time.perf_counter() - begun)
    return round(2560 * 2561 * 4096 / statistics.median(times) / 1e9, 1)


if __name__ == "__main__":
    main()
