"""Temporal generalisation of decoders: all pairs of times against the diagonal alone.

    python benchmarks/decoding.py [--stimuli 1000 --units 25088 --steps 7 --neuroids 168 --bins 20]

Ten objects, ten folds. Of recordings: bins x bins beside bins alone (aim: at most 3 times). Of
activations: the same, with features rotated to the stimuli's span, beside scikit-learn's converged
logistic regression on the units themselves, timed on one fold of one step, counted for all. And the
generalisation of a mapping, beside the same fits scored at their own time.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import xarray as xr
from machine import save, timed
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

import cornetkit as ck

N_OBJECTS = 10
AIM = 3.0


def make(n: int, n_times: int, d: int, names: tuple[str, str, str]) -> xr.DataArray:
    """Return responses of ten objects whose code turns slowly."""
    rng = np.random.default_rng(0)
    codes = np.arange(n) % N_OBJECTS
    first, last = rng.standard_normal((2, N_OBJECTS, d), dtype=np.float32)
    values = rng.standard_normal((n, n_times, d), dtype=np.float32)
    for t in range(n_times):
        share = t / max(n_times - 1, 1)
        values[:, t] += 0.3 * ((1 - share) * first + share * last)[codes]
    ids = [f"s{k:04d}" for k in range(n)]
    objects = ("stimulus", [f"o{c}" for c in codes])
    return xr.DataArray(values, dims=names, coords={"stimulus": ids, "object_name": objects})


def decode(x: xr.DataArray, generalize: bool) -> float:
    """Return seconds of `decode`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        return timed(lambda: ck.decode(x, generalize=generalize, n_bootstraps=0, progress=False))[0]


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("stimuli", 1000), ("units", 25088), ("steps", 7), ("neuroids", 168),
                        ("bins", 20)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=value)
    a = parser.parse_args()
    figures: dict[str, object] = dict(vars(a))
    decode(make(60, 2, 20, ("stimulus", "time_bin", "neuroid")), True)  # imports
    neural = make(a.stimuli, a.bins, a.neuroids, ("stimulus", "time_bin", "neuroid"))
    own, pairs = (decode(neural, generalize) for generalize in (False, True))
    figures |= {"bins_s": own, "bins_x_bins_s": pairs, "ratio": pairs / own, "aim_ratio": AIM}
    acts = make(a.stimuli, a.steps, a.units, ("stimulus", "time", "unit"))
    own, pairs = (decode(acts, generalize) for generalize in (False, True))
    figures |= {"steps_s": own, "steps_x_steps_s": pairs, "steps_ratio": pairs / own}
    X, y = acts.values[:, 0], acts["object_name"].values
    train, _ = next(StratifiedKFold(10).split(y, y))
    X = (X[train] - X[train].mean(axis=0)) / X[train].std()
    peer = LogisticRegression(C=1 / (0.463 * len(train)), tol=1e-6, max_iter=5000)
    one = timed(lambda: peer.fit(X, y[train]))[0]
    figures |= {"sklearn_one_fit_s": one, "sklearn_all_s": one * 10 * a.steps}
    figures["times_faster"] = one * 10 * a.steps / own
    save("decoding", figures)


if __name__ == "__main__":
    main()
