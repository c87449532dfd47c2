"""Tuned ridge, ten folds, a penalty for each target: against scikit-learn and himalaya.

    python benchmarks/ridge.py [--stimuli 2560 --units 25088 --neuroids 168 --bins 20 --alphas 13]

For one time bin, and for all bins of a recording at once (their neuroids stacked as targets), each
fold chooses one of the penalties for each target by leaving out single training stimuli. The peers
are scikit-learn's RidgeCV(alpha_per_target=True), which chooses in the same way, and himalaya's
KernelRidgeCV with its five inner folds; they are timed on one fold, and that time counts ten times.
The Gram matrix is included in ours. Printed: seconds, ratios, whether the penalties are the same,
and the largest difference of one fold's predictions from scikit-learn's, in standard deviations.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from data import in_blocks, make_data
from machine import matrix_rate, save, timed
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold

from cornetkit.kernels.alphas import alpha_grid
from cornetkit.kernels.gram import gram
from cornetkit.kernels.ridge_folds import RidgeFolds, ridge_folds

N_FOLDS = 10
AIMS = {"one_bin": 8, "all_bins": 20}
Fold = tuple[np.ndarray, np.ndarray]


def with_sklearn(
    X: np.ndarray, Y: np.ndarray, fold: Fold, alphas: np.ndarray
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Return seconds by the clock and the processor, predictions and penalties of one fold."""
    train, test = fold
    inside, outside = X[train].astype(float), X[test].astype(float)
    found = {}

    def work() -> None:
        model = RidgeCV(alphas, alpha_per_target=True).fit(inside, Y[train])
        found["held"], found["alpha"] = model.predict(outside), model.alpha_

    return *timed(work), found["held"], found["alpha"]


def with_himalaya(X: np.ndarray, Y: np.ndarray, fold: Fold, alphas: np.ndarray) -> tuple:
    """Return seconds of one fold by the clock and of the processor, centred as it has to be."""
    from himalaya.kernel_ridge import KernelRidgeCV

    train, test = fold
    mean = X[train].mean(axis=0)
    inside, outside = (X[train] - mean).astype(float), (X[test] - mean).astype(float)
    targets = Y[train] - Y[train].mean(axis=0)

    def work() -> None:
        KernelRidgeCV(alphas, kernel="linear").fit(inside, targets).predict(outside)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return timed(work)


def compare(X: np.ndarray, Y: np.ndarray, folds: list[Fold], n_alphas: int, dtype: str) -> dict:
    """Compare all folds of all targets."""
    kept: dict[str, np.ndarray] = {}

    def make_gram() -> None:
        kept["K"] = gram(in_blocks(X), len(X), dtype=dtype).gram

    gram_s, gram_cpu = timed(make_gram)
    alphas = alpha_grid(kept["K"], n_alphas)
    found: list[RidgeFolds] = []
    folds_s, folds_cpu = timed(lambda: found.append(ridge_folds(kept["K"], Y, folds, alphas)))
    theirs_s, theirs_cpu, held, alpha = with_sklearn(X, Y, folds[0], alphas)
    other_s, other_cpu = with_himalaya(X, Y, folds[0], alphas)
    ours = found[0]
    same = ours.alpha[0] == alpha
    off = np.abs(ours.predictions[0] - held).max(axis=0) / held.std(axis=0)
    total, total_cpu = gram_s + folds_s, gram_cpu + folds_cpu
    n, q = Y.shape
    out = np.mean([len(test) for _, test in folds])
    # Inverses, products with the targets, and with what each fold leaves out.
    operations = n_alphas * (n**3 + 2 * n * n * q + 2 * len(folds) * out * (n - out) * q)
    return {
        "targets": q,
        "gram_s": round(gram_s, 2),
        "ten_folds_s": round(folds_s, 2),
        "total_s": round(total, 2),
        "ten_folds_gflops": round(float(operations) / folds_s / 1e9, 1),
        "sklearn_one_fold_s": round(theirs_s, 2),
        "himalaya_one_fold_s": round(other_s, 2),
        "ratio_to_sklearn": round(N_FOLDS * theirs_s / total, 1),
        "ratio_to_himalaya": round(N_FOLDS * other_s / total, 1),
        "processor_ratio_to_sklearn": round(N_FOLDS * theirs_cpu / total_cpu, 1),
        "processor_ratio_to_himalaya": round(N_FOLDS * other_cpu / total_cpu, 1),
        "targets_of_equal_penalty": int(same.sum()),
        "largest_difference_sd": float(f"{off[same].max():.2g}"),
    }


def main() -> None:
    """Time all and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stimuli", type=int, default=2560)
    parser.add_argument("--units", type=int, default=25088)
    parser.add_argument("--neuroids", type=int, default=168)
    parser.add_argument("--bins", type=int, default=20)
    parser.add_argument("--alphas", type=int, default=13)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    options = parser.parse_args()
    X, Y = make_data(options.stimuli, options.units, options.neuroids * options.bins)
    folds = list(KFold(N_FOLDS, shuffle=True, random_state=0).split(X))
    one = np.ascontiguousarray(Y[:, : options.neuroids])
    save(
        "ridge",
        {
            "size": f"{options.stimuli} x {options.units}, {options.alphas} penalties",
            "gram_dtype": options.dtype,
            "aims": AIMS,
            "one_bin": compare(X, one, folds, options.alphas, options.dtype),
            "all_bins": compare(X, Y, folds, options.alphas, options.dtype),
            "matrix_multiply_gflops": matrix_rate("float64"),
        },
    )


if __name__ == "__main__":
    main()
