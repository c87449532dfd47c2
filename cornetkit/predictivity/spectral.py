"""Prediction error by the eigenmodes of the features (Canatar et al. 2023), with labels."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from ..activations.given import opened
from ..errors import CornetkitWarning, InputError, listing
from ..kernels.learning_curve import mode_errors, participation_ratio
from ..kernels.spectrum import centred_spectrum
from ..neural import open_recordings
from ..schema import check_number, check_whole
from .align import Aligned, align
from .driven import driven_or_not
from .faint import refuse_faint
from .notes import describe_steps
from .precision import check_precision
from .protocols import find_protocol
from .provenance import attributes

# Default sizes of the training set, as shares of the stimuli.
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def error_modes(
    acts: Any,
    recordings: Any,
    *,
    areas: Sequence[str] | None = None,
    n_train: int | Sequence[int] | None = None,
    alpha: float = 0.0,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    dtype: str = "float64",
    progress: bool | None = None,
) -> xr.Dataset:
    """Decompose the error of predicting recordings by the eigenmodes of the features.

    Nothing is cross-validated: the learning curve is what theory says of ridge regression from
    random training sets, given the eigenvalues and how the responses lie along the eigenvectors.

    Parameters
    ----------
    acts, recordings
        As `predict` takes them.
    areas
        Only these areas.
    n_train
        Numbers of training stimuli of the learning curve; default a tenth to nine tenths of the
        stimuli.
    alpha
        Ridge penalty on the Gram matrix, the unit of those of `predict` (features squared);
        0 (default) is the fit of minimum norm.
    window, bins, join, dtype, progress
        As of `predict`.

    Returns
    -------
    Dataset
        ``eigenvalue`` (area, time, mode): lambda_i, descending, in units of features squared;
        ``alignment_coefficient`` (area, time, time_bin, mode): W_i, the share of the responses'
        variance over stimuli along eigenvector i, summed over neuroids; ``error_mode`` (area,
        time, time_bin, n_train, mode): W_i E_i; ``error`` (area, time, time_bin, n_train): their
        sum E_g, the expected squared error as a share of the variance (1 for predicting the mean);
        ``radius`` and ``dimension`` (area, time, time_bin, n_train): R_em and D_em;
        ``participation_ratio`` (area, time): the dimension of the features. NaN for steps that the
        image has not reached and for constant features.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        No driven step, no neuroid with all responses, an argument outside its range, or features
        and a penalty for which float32 products are not precise enough.

    Warns
    -----
    CornetkitWarning
        Steps and neuroids that are left out.

    Notes
    -----
    With K v_i = n lambda_i v_i, K the centred Gram matrix (n, n), Y the centred responses, and p
    training stimuli (Canatar, Feather, Wakhloo and Chung 2023, NeurIPS, arXiv 2309.12821):

        W_i = |Y' v_i|^2 / |Y|^2
        E_i = kappa^2 / (1 - gamma) / (p lambda_i + kappa)^2
        kappa = alpha + kappa sum_i lambda_i / (p lambda_i + kappa)
        gamma = sum_i p lambda_i^2 / (p lambda_i + kappa)^2
        E_g = sum_i W_i E_i
        R_em = (sum_i (W_i E_i)^2)^(1/2),  D_em = (sum_i W_i E_i)^2 / sum_i (W_i E_i)^2,

    so that E_g = R_em D_em^(1/2). Fits here have an intercept, as those of `predict`, which adds
    1 / p to gamma and to the sum in kappa. The responses are means over repetitions: what noise
    is left in them is error that no features can take away. The theory draws training stimuli
    from all of them and tests on all of them, so it stands for new stimuli as long as p is small
    beside n.

    Examples
    --------
    >>> import numpy as np, xarray as xr, cornetkit as ck
    >>> values = np.random.default_rng(0).normal(size=(40, 3, 6))
    >>> ids = [f"s{k:02d}" for k in range(40)]
    >>> acts = xr.DataArray(values, dims=("stimulus", "time", "unit"),
    ...                     coords={"stimulus": ids, "time": [0, 1, 2], "area": "IT"})
    >>> it = ck.simulate_recordings(acts, (0, 1, 2), n_neuroids=6, n_dimensions=6, reliability=0.9)
    >>> error_modes(acts, it, progress=False)["error_mode"].dims
    ('area', 'time', 'time_bin', 'n_train', 'mode')
    """
    check_number(alpha, "alpha", "a number above 0")
    with opened(acts) as activations:
        data = align(activations, open_recordings(recordings), areas, window, bins, join)
        given = {"alpha": float(alpha), "window": window, "bins": bins, "join": join}
        return _decompose(data, _sizes(n_train, len(data.ids)), given, dtype, progress)


def _sizes(n_train: int | Sequence[int] | None, n: int) -> list[int]:
    if n_train is None:
        sizes = sorted({max(2, round(share * n)) for share in _SHARES})
    else:
        given = list(np.atleast_1d(np.asarray(n_train, dtype=object)))
        for size in given:
            check_whole(size, "each of n_train")
        sizes = [int(size) for size in given]
    if not sizes or min(sizes) < 2 or max(sizes) > n or len(set(sizes)) < len(sizes):
        raise InputError(
            f"n_train of {listing(sizes) or 'nothing'} was given; expected different numbers from "
            f"2 to {n}, the stimuli that there are"
        )
    return sizes


def _decompose(
    data: Aligned, sizes: list[int], given: dict[str, Any], dtype: str, progress: bool | None
) -> xr.Dataset:
    used, undriven = driven_or_not(data)
    targets, notes = _targets(data.averaged)
    notes = [*data.notes, *describe_steps(undriven), *notes]
    areas = list(dict.fromkeys(f.area for f in sorted(data.features, key=lambda f: f.order)))
    steps = sorted({f.step for f in data.features})
    n, shape, n_bins = len(data.ids), (len(areas), len(steps)), len(targets)
    values = np.full((*shape, n - 1), np.nan)
    coefficients = np.full((*shape, n_bins, n - 1), np.nan)
    left = np.full((*shape, n_bins, len(sizes), n - 1), np.nan)
    ratio = np.full(shape, np.nan)
    # How precise the eigenvalues have to be is what a fit with this penalty would need.
    plan = find_protocol("cornetkit")
    plan = plan.but(alphas=(given["alpha"],)) if given["alpha"] else plan.but(method="ols")
    hide = None if progress is None else not progress
    for features in tqdm(used, "error modes", unit="step", disable=hide, file=sys.stderr):
        at = areas.index(features.area), steps.index(features.step)
        gram = features.gram(data.ids, dtype)
        if gram.n_constant == gram.n_units:
            notes.append(
                f"{features.label}: all {gram.n_units:,} units are constant over the stimuli, so "
                "it has no modes (NaN)"
            )
            continue
        if dtype == "float32":
            check_precision(gram.gram, plan, features.label)
        elif plan.method == "ridge":
            refuse_faint(gram.gram, gram.unit_squares, plan.alphas, features.label)
        spectrum = centred_spectrum(gram.gram)
        values[at] = spectrum.values[::-1] / n
        ratio[at] = participation_ratio(values[at])
        vectors = spectrum.vectors[:, ::-1]
        errors = np.stack([mode_errors(values[at], p, given["alpha"]) for p in sizes])
        for b, Y in enumerate(targets):
            along = ((vectors.T @ Y) ** 2).sum(axis=1) / (Y**2).sum()
            coefficients[at][b] = along
            left[at][b] = along * errors
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=3)
    settings = {
        "analysis": "error modes",
        "n_stimuli": n,
        "n_neuroids": data.averaged.sizes["neuroid"],
        **given,
        "gram_dtype": dtype,
    }
    entry = ("area", "time", "time_bin")
    total, square = left.sum(axis=-1), (left**2).sum(axis=-1)
    # Infinite errors (as many training stimuli as modes, no penalty) have no geometry.
    dimension = np.divide(
        total**2, square, out=np.full(total.shape, np.nan), where=np.isfinite(square) & (square > 0)
    )
    bins = {name: c for name, c in data.averaged.coords.items() if c.dims == ("time_bin",)}
    driven = np.zeros(shape, bool)
    for features in used:
        driven[areas.index(features.area), steps.index(features.step)] = True
    return xr.Dataset(
        {
            "eigenvalue": (("area", "time", "mode"), values),
            "alignment_coefficient": ((*entry, "mode"), coefficients),
            "error_mode": ((*entry, "n_train", "mode"), left),
            "error": ((*entry, "n_train"), total),
            "radius": ((*entry, "n_train"), np.sqrt(square)),
            "dimension": ((*entry, "n_train"), dimension),
            "participation_ratio": (("area", "time"), ratio),
            "n_neuroids": ("time_bin", [Y.shape[1] for Y in targets]),
        },
        coords={
            "area": areas,
            "time": steps,
            **bins,
            "n_train": sizes,
            "mode": np.arange(1, n),
            "driven": (("area", "time"), driven),
        },
        attrs=attributes(settings, data, notes),
    )


def _targets(averaged: xr.DataArray) -> tuple[list[np.ndarray], list[str]]:
    """Return the centred responses (n, neuroid) of each time bin, and who is left out."""
    responses = averaged.transpose("stimulus", "time_bin", "neuroid").values.astype(np.float64)
    whole = np.asarray(~np.isnan(responses).any(axis=0))
    spread = np.ptp(np.where(whole, responses, 0.0), axis=0) > 0
    kept = [responses[:, b, of_bin] for b, of_bin in enumerate(whole & spread)]
    empty = sum(not Y.size for Y in kept)
    if empty:
        raise InputError(
            f"in {empty} of {len(kept)} time bins no neuroid has a response to all "
            f"{len(responses)} stimuli that varies; take out the stimuli or bins that miss them"
        )
    notes = [
        f"{count} of {whole.shape[1]} neuroids have {what} and are left out there: {why}"
        for left_out, what, why in (
            (
                ~whole,
                "no response to some stimuli in a time bin",
                "modes are over the same stimuli for all",
            ),
            (
                whole & ~spread,
                "the same response to every stimulus in a time bin",
                "they have no variance to explain",
            ),
        )
        if (count := int(left_out.any(axis=0).sum()))
    ]
    return [Y - Y.mean(axis=0) for Y in kept], notes
