"""What all tests share."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import xarray as xr

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """A folder beside the repository with golden files and real recordings; skips without it."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("no real recordings in ../shared/data")
    return folder


class Golden(NamedTuple):
    """The seeded data of the golden numbers: features and trials, labelled."""

    features: xr.DataArray
    recordings: xr.DataArray


@pytest.fixture(scope="session")
def golden() -> Golden:
    rng = np.random.RandomState(0)
    values = rng.normal(size=(100, 60))
    weights = rng.normal(size=(60, 20)) / np.sqrt(60)
    trials = values @ weights + rng.normal(size=(6, 100, 20))
    ids = [f"s{i:03d}" for i in range(100)]
    features = xr.DataArray(values, dims=("stimulus", "unit"), coords={"stimulus": ids})
    recordings = xr.DataArray(
        trials[:, :, None],
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={
            "repetition": np.arange(6),
            "stimulus": ids,
            "object_name": ("stimulus", [f"o{i % 5}" for i in range(100)]),
            "neuroid": [f"n{k:02d}" for k in range(20)],
        },
    )
    return Golden(features, recordings)


@pytest.fixture(scope="session")
def every_result() -> dict[str, tuple[Any, Callable[..., Any], Callable[..., Any]]]:
    """One result of each kind that has files, by content, with what saves and opens it."""
    pytest.importorskip("himalaya")  # partition_variance
    import cornetkit as ck

    rng = np.random.default_rng(0)
    ids = [f"s{i:02d}" for i in range(40)]
    acts = xr.DataArray(
        rng.standard_normal((40, 3, 12)),
        dims=("stimulus", "time", "unit"),
        coords={
            "stimulus": ids,
            "time": [0, 1, 2],
            "area": "IT",
            "driven": ("time", [False, True, True]),
        },
        attrs={"model": "S", "identity": "weights w", "nested": {"a": 1}},
    )
    means = acts.values[:, 2] @ rng.standard_normal((12, 16))
    trials = np.repeat(means.reshape(40, 2, 8), 4, axis=0)
    recordings = xr.DataArray(
        trials + rng.standard_normal(trials.shape),
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat(ids, 4)),
            "repetition": ("presentation", np.tile(np.arange(4), 40)),
            "time_bin_start": ("time_bin", [70.0, 90.0]),
            "time_bin_end": ("time_bin", [90.0, 110.0]),
            "neuroid": [f"n{k}" for k in range(8)],
            "animal": ("neuroid", ["a", "b"] * 4),
        },
        attrs={"source": "a lab"},
    )
    quiet: dict[str, Any] = {"progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        parts = ck.partition_variance(
            acts, recordings, area="IT", steps=(1, 2), n_splits=2, alphas=[0.1, 1.0],
            ratios=(0.1, 1.0), **quiet,
        )  # fmt: skip
        reverse = ck.reverse_predict(
            acts, recordings, n_splits=2, n_halves=2, n_draws=2, n_predictors=5, **quiet
        )
        modes = ck.error_modes(acts, recordings, alpha=1.0, **quiet)
        scores = ck.predict(acts, recordings, n_splits=3, **quiet)
        matching = ck.one_to_one(acts, recordings, window=(70, 110), n_splits=2, **quiet)
        soft = ck.soft_matching(acts, recordings, window=(70, 110), n_splits=2, **quiet)
        rdms = ck.rdm(acts)
        similarity = ck.rsa(acts, recordings, **quiet)
        bounds = ck.rdm_ceiling(recordings)
        objects = {name: f"o{i % 2}" for i, name in enumerate(ids)}
        decoding = ck.decode(recordings, objects, n_permutations=3, n_splits=3, **quiet)
        solved = ck.ost(recordings, objects, dict.fromkeys(ids, 0.5), n_splits=3, **quiet)
        turning = ck.generalize_mapping(acts, recordings, n_splits=3)
        movie = ck.rdm_movie(acts, **quiet)
        onsets = ck.latency(recordings, n_permutations=3)
        paths = ck.trajectories(recordings)
    return {
        "scores": (scores, ck.save_scores, ck.open_scores),
        "reverse predictivity": (reverse, ck.save_scores, ck.open_scores),
        "partition of variance": (parts, ck.save_scores, ck.open_scores),
        "error modes": (modes, ck.save_scores, ck.open_scores),
        "ceilings": (ck.ceiling(recordings), ck.save_ceiling, ck.open_ceiling),
        "rdms": (rdms, ck.save_rdms, ck.open_rdms),
        "rsa": (similarity, ck.save_rsa, ck.open_rsa),
        "rdm ceilings": (bounds, ck.save_rsa, ck.open_rsa),
        "one-to-one matching": (matching, ck.save_rsa, ck.open_rsa),
        "soft matching": (soft, ck.save_rsa, ck.open_rsa),
        "decoding": (decoding, ck.save_temporal, ck.open_temporal),
        "object solution times": (solved, ck.save_temporal, ck.open_temporal),
        "generalisation of a mapping": (turning, ck.save_temporal, ck.open_temporal),
        "rdm movie": (movie, ck.save_temporal, ck.open_temporal),
        "latency": (onsets, ck.save_temporal, ck.open_temporal),
        "trajectories": (paths, ck.save_temporal, ck.open_temporal),
    }
