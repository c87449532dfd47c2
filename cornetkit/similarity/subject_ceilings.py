"""How well subjects' RDMs can be explained at all: over subjects (Nili et al. 2014)."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import xarray as xr

from ..errors import InputError, listing, unknown_name
from ..kernels.rdm_compare import compare_pairs, rescale
from .forms import Rdms

POOLS = ("mean", "normalized")
# With two, "the mean of the others" is one other subject.
MIN_SUBJECTS = 3


def merge_sessions(rdms: Rdms, subjects: str | None) -> Rdms:
    """Average the RDMs of each subject, where there are several sessions of one.

    Parameters
    ----------
    rdms
        With a dim ``subject``.
    subjects
        A coordinate along ``subject`` that names the person or animal, or None: then the labels
        of ``subject`` themselves do.

    Raises
    ------
    UnknownNameError
        There is no such coordinate.
    """
    known = [name for name, c in rdms.coords.items() if c.dims == ("subject",)]
    if subjects is not None and subjects not in known:
        raise unknown_name("coordinate of the subjects", subjects, known)
    if subjects is None and "subject" not in known:
        return rdms
    names, codes = np.unique(rdms.coords[subjects or "subject"].values, return_inverse=True)
    if len(names) == len(codes):
        return rdms
    axis = rdms.dims.index("subject")
    values = np.moveaxis(rdms.values, axis, 0)
    codes = codes.reshape(-1)
    merged = np.stack([_mean(values[codes == k]) for k in range(len(names))])
    coords = {name: c for name, c in rdms.coords.items() if "subject" not in c.dims}
    coords["subject"] = xr.Variable(("subject",), names)
    return replace(rdms, values=np.moveaxis(merged, 0, axis), coords=coords)


def check_subjects(n: int) -> None:
    """Raise `InputError` where there are too few subjects for a ceiling over them."""
    if n < MIN_SUBJECTS:
        raise InputError(
            f"a ceiling over subjects needs at least {MIN_SUBJECTS} subjects, and there are {n}: "
            "the mean of the others would be one other subject, if any; give recordings with "
            "repetitions and ceiling='repetitions', or ceiling='none'"
        )


def over_subjects(rdms: Rdms, metric: str, pool: str) -> tuple[np.ndarray, np.ndarray]:
    """Return each subject's similarity to the mean of the others, and to the mean of all.

    Parameters
    ----------
    rdms
        With a dim ``subject``, one RDM for each.
    metric
        How RDMs are compared.
    pool
        ``"mean"`` of the distances as they are; ``"normalized"``: each RDM first brought to what
        the comparison makes of it (ranks, unit variance, unit length), whose mean is the RDM that
        is most similar to all subjects.

    Returns
    -------
    lower, upper : arrays of shape (subject, *others)
    """
    if pool not in POOLS:
        raise unknown_name("way to pool RDMs", pool, POOLS)
    values = np.moveaxis(rdms.values, rdms.dims.index("subject"), 0)
    n, *rest = values.shape[:-1]
    check_subjects(n)
    lower, upper = np.full((2, n, *rest), np.nan)
    for place in np.ndindex(*rest):
        X = values[(slice(None), *place)].astype(np.float64)
        present = ~np.isnan(X).all(axis=1)
        if present.sum() < MIN_SUBJECTS:
            continue
        pooled = X[present]
        if pool == "normalized":
            pooled = _normalized(pooled, metric)
        everyone = _mean(pooled)[None]
        for k, i in enumerate(np.flatnonzero(present)):
            others = _mean(np.delete(pooled, k, axis=0))[None]
            where = (i, *place)
            lower[where] = compare_pairs(X[i : i + 1], others, metric)[0, 0]
            upper[where] = compare_pairs(X[i : i + 1], everyone, metric)[0, 0]
    return lower, upper


def looks_like_sessions(rdms: Rdms) -> str | None:
    """Return a note where labels of subjects speak of sessions, which share a subject."""
    if "subject" not in rdms.coords:
        return None
    labels = [str(label) for label in rdms.coords["subject"].values]
    if not any(word in label.lower() for label in labels for word in ("session", "run ")):
        return None
    return (
        f"subjects are called {listing(labels, 2)}: sessions of one subject on both sides raise "
        "the ceilings; name the subject in a coordinate and give it as subjects="
    )


def _normalized(X: np.ndarray, metric: str) -> np.ndarray:
    """Normalise over the pairs that all subjects have; the others become NaN."""
    everywhere = ~np.isnan(X).any(axis=0)
    if not everywhere.any():
        return np.full_like(X, np.nan)
    if everywhere.all():
        return rescale(X, metric)
    result = np.full_like(X, np.nan)
    result[:, everywhere] = rescale(X[:, everywhere], metric)
    return result


def _mean(X: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis of what is there."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice")
        return np.asarray(np.nanmean(X, axis=0, dtype=np.float64))
