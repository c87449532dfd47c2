"""Bootstrap over stimuli and subjects of RDM comparisons, against rsatoolbox.

    python benchmarks/rsa_bootstrap.py [--resamples 1000 --peer-resamples 40 --rounds 3]

10 models, 92 stimuli, 12 subjects' RDMs (random, with a common structure). Ours is ck.rsa, from
labelled RDMs to intervals, with all resamples. The peer, ``eval_dual_bootstrap``, is run on fewer
resamples and its time scaled (it grows with their number; the part that does not is small). It
bootstraps the noise ceilings, too, which ck.rsa computes once: the second ratio is without the
time that these take it. Aims: 40 times as fast with the correlation, 50 with Spearman's.

The answers: on resamples that rsatoolbox drew, the largest difference of any model's score (both
factors, RDMs only, stimuli only); and the ratio of the two-factor standard errors, which differ by
the random draws of both.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import time
import warnings

import numpy as np
import xarray as xr
from machine import save, timed
from scipy.stats import t

import cornetkit as ck
from cornetkit.kernels.rdm_resampled import compare_resampled

AIMS = {"pearson": 40, "spearman": 50}
THEIRS = {"pearson": "corr", "spearman": "spearman"}


def rdms(n_models: int, n_subjects: int, n: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Return RDMs of models and of subjects, as pairs."""
    rng = np.random.default_rng(0)
    n_pairs = n * (n - 1) // 2
    shared = rng.exponential(size=n_pairs)
    models = shared * np.linspace(0.1, 1, n_models)[:, None]
    models = models + rng.exponential(size=(n_models, n_pairs))
    subjects = shared + rng.exponential(size=(n_subjects, n_pairs))
    ids = np.array([f"s{k:03d}" for k in range(n)])
    rows, columns = np.triu_indices(n, 1)
    coords = {"stimulus_a": ("pair", ids[rows]), "stimulus_b": ("pair", ids[columns])}
    return (
        xr.DataArray(models, dims=("model", "pair"), coords=coords),
        xr.DataArray(subjects, dims=("subject", "pair"), coords=coords),
    )


def of_rsatoolbox(models: np.ndarray, subjects: np.ndarray) -> tuple[list[object], object]:
    """Return the same as rsatoolbox wants it."""
    from rsatoolbox.model import ModelFixed
    from rsatoolbox.rdm import RDMs

    return [ModelFixed(f"m{k}", row) for k, row in enumerate(models)], RDMs(subjects)


def differences(models: np.ndarray, subjects: np.ndarray, metric: str, times: int) -> float:
    """Return the largest difference on resamples that rsatoolbox drew."""
    from rsatoolbox.inference.bootstrap import bootstrap_sample
    from rsatoolbox.rdm import RDMs, compare

    _, data = of_rsatoolbox(models, subjects)
    predicted = RDMs(models)
    np.random.seed(0)
    worst = 0.0
    n = data.n_cond
    for _ in range(times):
        _, chosen, stimuli = bootstrap_sample(data)
        counts = np.bincount(stimuli, minlength=n)[None]
        r = compare_resampled(models, subjects, metric, counts)[0]
        weights = np.bincount(chosen, minlength=data.n_rdm)
        once = compare_resampled(models, subjects, metric, np.ones((1, n), dtype=int))[0]
        both = data.subsample("index", chosen).subsample_pattern("index", stimuli)
        few = data.subsample("index", chosen)
        drawn = predicted.subsample_pattern("index", stimuli)
        name = THEIRS[metric]
        for ours, theirs in (
            (r @ weights / weights.sum(), compare(drawn, both, name).mean(axis=1)),
            (once @ weights / weights.sum(), compare(predicted, few, name).mean(axis=1)),
            (
                r.mean(axis=1),
                compare(drawn, data.subsample_pattern("index", stimuli), name).mean(axis=1),
            ),
        ):
            worst = max(worst, float(np.abs(ours - theirs).max()))
    return worst


def seconds_of_ceilings(subjects: np.ndarray, metric: str, times: int) -> float:
    """Return what the ceilings of one resample of the peer take: three of them."""
    from rsatoolbox.inference.bootstrap import bootstrap_sample
    from rsatoolbox.inference.noise_ceiling import boot_noise_ceiling

    _, data = of_rsatoolbox(subjects[:1], subjects)
    taken = []
    for _ in range(times):
        sample, chosen, stimuli = bootstrap_sample(data)
        three = (sample, data.subsample("index", chosen), data.subsample_pattern("index", stimuli))
        begun = time.process_time()
        for each in three:
            boot_noise_ceiling(each, method=THEIRS[metric], rdm_descriptor="index")
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def against(metric: str, n_resamples: int, n_peer: int, rounds: int) -> dict[str, object]:
    """Time both with one comparison."""
    from rsatoolbox.inference import eval_dual_bootstrap

    models, subjects = rdms(10, 12, 92)
    fixed, data = of_rsatoolbox(models.values, subjects.values)
    ours, theirs = [], []
    for _ in range(rounds):
        found: list[xr.Dataset] = []
        taken = timed(
            lambda found=found: found.append(
                ck.rsa(
                    models,
                    subjects,
                    compare=metric,
                    bootstrap=n_resamples,
                    resample=("stimulus", "subject"),
                )
            )
        )
        ours.append(taken[1])
        results: list[object] = []
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            taken = timed(
                lambda results=results: results.append(
                    eval_dual_bootstrap(fixed, data, method=THEIRS[metric], N=n_peer)
                )
            )
        theirs.append(taken[1] * n_resamples / n_peer)
    a, b = statistics.median(ours), statistics.median(theirs)
    without = b - n_resamples * seconds_of_ceilings(subjects.values, metric, 5)
    width = (found[0]["score_high"] - found[0]["score_low"]).values / 2
    errors = width / t.ppf(0.975, 11)
    peer = np.sqrt(results[0].model_var)
    return {
        "resamples": n_resamples,
        "ours_s": round(a, 3),
        "rsatoolbox_s": round(b, 1),
        "rsatoolbox_resamples_timed": n_peer,
        "ratio_to_rsatoolbox": round(b / a, 1),
        "ratio_without_its_ceilings": round(without / a, 1),
        "aim": AIMS[metric],
        "largest_difference_on_its_resamples": float(
            f"{differences(models.values, subjects.values, metric, 20):.2g}"
        ),
        "standard_errors_ours_over_its": round(float(np.median(errors / peer)), 3),
    }


def main() -> None:
    """Time both comparisons and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--peer-resamples", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    save(
        "rsa_bootstrap",
        {
            "size": "10 models, 92 stimuli, 12 RDMs",
            **{
                metric: against(metric, options.resamples, options.peer_resamples, options.rounds)
                for metric in AIMS
            },
        },
    )


if __name__ == "__main__":
    main()
