"""Ten-fold joint PLS-25 through the Gram matrix against scikit-learn and ikpls.

    python benchmarks/predict.py [--stimuli 2560 --units 25088 --neuroids 168 --bins 20]

The data are fixed by seed. The peers are timed on one fold, and that time counts ten times; the
Gram matrix is included in ours. Printed: seconds (medians over rounds), ratios, and the largest
difference of one fold's predictions in standard deviations; then the same for many time bins of the
recording, a fit each, against one (aim: at most 6 times the cost).
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
from data import in_blocks, make_data
from ikpls.numpy import PLS
from machine import matrix_rate, save, timed
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import KFold

from cornetkit.kernels.correlation import pearson_columns
from cornetkit.kernels.gram import gram
from cornetkit.kernels.pls import pls_sets

N_COMPONENTS, N_FOLDS = 25, 10
AIMS = {"sklearn": {"float32": 350, "float64": 200}, "ikpls": {"float32": 20, "float64": 12}}
BINS_AIM = 6
Folds = list[tuple[np.ndarray, np.ndarray]]


class Ours:
    """One run: the Gram matrix, then all folds of all time bins."""

    def __init__(self, X: np.ndarray, sets: list[np.ndarray], folds: Folds, dtype: str) -> None:
        self.gram_s, _ = timed(lambda: self._gram(X, dtype))
        self.folds_s, _ = timed(lambda: self._predict(sets, folds))

    def _gram(self, X: np.ndarray, dtype: str) -> None:
        self.K = gram(in_blocks(X), len(X), dtype=dtype).gram

    def _predict(self, sets: list[np.ndarray], folds: Folds) -> None:
        fits = pls_sets(self.K, sets, [train for train, _ in folds], N_COMPONENTS)
        self.held = []
        for f, (train, test) in enumerate(folds):
            products = self.K[np.ix_(test, train)]
            for Y, of_set in zip(sets, fits, strict=True):
                held = of_set[f].predict(products)
                pearson_columns(Y[test], held)
                self.held.append(held)

    @property
    def total_s(self) -> float:
        """Seconds of both."""
        return self.gram_s + self.folds_s


def peers(X: np.ndarray, Y: np.ndarray, fold: tuple[np.ndarray, np.ndarray]) -> dict[str, tuple]:
    """Return seconds and predictions of one fold of each peer."""
    train, test = fold
    held = {}

    def with_sklearn() -> None:
        model = PLSRegression(N_COMPONENTS, scale=False).fit(X[train], Y[train])
        held["sklearn"] = model.predict(X[test])

    def with_ikpls() -> None:
        model = PLS(algorithm=1, scale_X=False, scale_Y=False)
        model.fit(X[train].astype(float), Y[train], N_COMPONENTS)
        held["ikpls"] = model.predict(X[test].astype(float), n_components=N_COMPONENTS)

    works = {"sklearn": with_sklearn, "ikpls": with_ikpls}
    return {name: (timed(work)[0], held[name]) for name, work in works.items()}


def main() -> None:
    """Time all and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stimuli", type=int, default=2560)
    parser.add_argument("--units", type=int, default=25088)
    parser.add_argument("--neuroids", type=int, default=168)
    parser.add_argument("--bins", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    X, all_bins = make_data(options.stimuli, options.units, options.neuroids * options.bins)
    bins = [np.ascontiguousarray(Y) for Y in np.split(all_bins, options.bins, axis=1)]
    Y = bins[0]
    folds = list(KFold(N_FOLDS, shuffle=True, random_state=0).split(X))

    theirs = peers(X, Y, folds[0])
    figures: dict[str, object] = {
        "size": f"{options.stimuli} x {options.units} -> {options.neuroids}",
        **{f"{name}_one_fold_s": round(seconds, 2) for name, (seconds, _) in theirs.items()},
        "aims": AIMS,
    }
    products = options.stimuli * (options.stimuli + 1) * options.units
    for dtype in ("float64", "float32"):
        runs = [Ours(X, [Y], folds, dtype) for _ in range(options.rounds)]
        gram_s = statistics.median(run.gram_s for run in runs)
        total = statistics.median(run.total_s for run in runs)
        limit = matrix_rate(dtype)
        figures[dtype] = {
            "gram_s": round(gram_s, 3),
            "gram_gflops": round(products / gram_s / 1e9, 1),
            "matrix_multiply_gflops": limit,
            "gram_share_of_limit": round(products / gram_s / 1e9 / limit, 2),
            "ten_folds_s": round(statistics.median(run.folds_s for run in runs), 3),
            "total_s": round(total, 3),
            **{
                f"ratio_to_{name}": round(N_FOLDS * seconds / total, 1)
                for name, (seconds, _) in theirs.items()
            },
            **{
                f"largest_difference_to_{name}_sd": difference(runs[0].held[0], held)
                for name, (_, held) in theirs.items()
            },
        }
    figures["time_bins"] = {
        dtype: many_bins(X, bins, folds, dtype) for dtype in ("float64", "float32")
    }
    save("predict", figures)


def many_bins(X: np.ndarray, bins: list[np.ndarray], folds: Folds, dtype: str) -> dict[str, object]:
    """Compare all time bins with one, the Gram matrix included."""
    one, every = Ours(X, bins[:1], folds, dtype), Ours(X, bins, folds, dtype)
    again = Ours(X, bins[-1:], folds, dtype)
    return {
        "bins": len(bins),
        "one_bin_s": round((one.total_s + again.total_s) / 2, 2),
        "all_bins_s": round(every.total_s, 2),
        "cost_in_bins": round(2 * every.total_s / (one.total_s + again.total_s), 2),
        "aim": BINS_AIM,
        # The last bin among all, and by itself.
        "largest_difference_sd": difference(every.held[len(bins) - 1], again.held[0]),
    }


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference of predictions, in standard deviations of a neuroid's."""
    return float(f"{(np.abs(ours - theirs) / theirs.std(axis=0)).max():.2g}")


if __name__ == "__main__":
    main()
