"""cka(): linear centred kernel alignment of everything on one side with everything on the other."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from .. import __version__
from ..errors import CornetkitWarning, InputError, listing
from ..kernels.cka import cka_grams
from ..schema import SCHEMA_VERSION, common_stimuli, seed_of
from .cka_inference import FACTORS, GramInference
from .compare import joined
from .digest import of_source
from .inference import Inference
from .measured import measure
from .opened import Source, open_source
from .patterns import Pattern


def cka(
    a: Any,
    b: Any,
    *,
    unbiased: bool = True,
    permutations: int | None = None,
    bootstrap: int | None = None,
    resample: str | Sequence[str] | None = None,
    permute_within: str | Mapping[Any, Any] | None = None,
    alpha: float | None = None,
    correction: str | None = None,
    confidence: float | None = None,
    rng: int | np.random.Generator = 0,
    areas: Sequence[str] | None = None,
    window: tuple[float, float] | None = None,
    bins: float | None = None,
    join: str = "exact",
    dtype: str = "float64",
    progress: bool | None = None,
) -> xr.DataArray | xr.Dataset:
    """Compare two sets of responses by linear centred kernel alignment.

    Parameters
    ----------
    a, b
        Activations (a path, Activations, or a DataArray of dims ``stimulus, unit`` and any
        others) or recordings, which are averaged over repetitions. Stimuli are matched by id.
    unbiased
        With the estimator of Song et al. (2012), which is 0 on average for unrelated responses
        however few the stimuli; False for the biased one of Kornblith et al. (2019). Neither
        corrects for few units or neuroids, nor for noise: a population and 50 of its own neurons
        can score .73.
    permutations, bootstrap, resample, permute_within, alpha, confidence, rng
        See `rsa`; ``"stimulus"`` and, of recordings `b`, ``"neuroid"``, ``"animal"`` and
        ``"repetition"`` can be resampled, one or ``"stimulus"`` with one of these. Copies of a
        stimulus in a resample would raise CKA as repeated trials do; their pairs are left out, as
        in an RDM.
    areas
        Only these areas of `a`.
    window, bins
        Average the recordings `b` over (start, end) ms; rebin them to this width in ms.
    join
        ``"exact"`` raises unless both sides hold the same stimuli; ``"inner"`` goes on with those
        in common.
    dtype
        Of the products in the Gram matrices, ``"float64"`` or ``"float32"``.
    progress
        Progress bar on stderr; None shows it on terminals only.

    Returns
    -------
    DataArray
        ``cka`` of the leading dims of `a` and then of `b`, such as (area, time, time_bin). Where
        both have a dim of one name, that of `b` becomes ``<name>_b``. NaN for steps that the
        image has not reached, and where no unit varies over stimuli. With permutations or a
        bootstrap a Dataset: the same as ``score``, with ``p``, ``p_corrected``, ``score_low``,
        ``score_high``, ``null`` and ``resampled``.

    Raises
    ------
    StimulusMismatchError
        The two sides do not hold the same stimuli.
    InputError
        Fewer than 4 stimuli (3 when biased), or a stimulus without any response.

    Warns
    -----
    CornetkitWarning
        What was left out.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> x = xr.DataArray(
    ...     np.random.default_rng(0).normal(size=(9, 4)),
    ...     dims=("stimulus", "unit"), coords={"stimulus": list("abcdefghi")},
    ... )
    >>> round(float(cka(x, x[::-1] * 2 + 1)), 6)
    1.0
    """
    if dtype not in ("float64", "float32"):
        raise InputError(f"dtype '{dtype}' was given; expected 'float64' or 'float32'")
    inference = Inference.of(
        permutations, bootstrap, resample, seed_of(rng), within=permute_within, alpha=alpha,
        correction=correction, confidence=confidence,
    )  # fmt: skip
    inference.check(FACTORS)
    first = open_source(a, areas=areas)
    try:
        second = open_source(b, window=window, bins=bins)
        try:
            found, notes = _cka(first, second, unbiased, join, dtype, progress, inference)
        finally:
            second.close()
    finally:
        first.close()
    for note in notes:
        warnings.warn(note, CornetkitWarning, stacklevel=2)
    return found


def _cka(
    first: Source,
    second: Source,
    unbiased: bool,
    join: str,
    dtype: str,
    progress: bool | None,
    inference: Inference,
) -> tuple[xr.DataArray | xr.Dataset, list[str]]:
    ids = common_stimuli(first.ids, second.ids, names=("the first", "the second"), join=join)
    left, right = first.patterns, second.patterns
    notes: list[str] = []
    if len(ids) < max(len(first.ids), len(second.ids)):
        notes.append(f"{len(ids)} stimuli are in both; the others were left out")
    grams, places = [], []
    for item in right.items:
        gram = _gram(item, ids, dtype, notes)
        if gram is not None:
            grams.append(gram)
            places.append(item.place)
    values = np.full((*left.shape, *right.shape), np.nan)
    metric = "unbiased" if unbiased else "whitened-cosine"
    resampled = GramInference(inference, metric, ids, (first, second), values.shape, grams)
    hide = None if progress is None else not progress
    for item in tqdm(left.items, "cka", unit="step", disable=hide, file=sys.stderr):
        gram = _gram(item, ids, dtype, notes)
        if gram is None or not grams:
            continue
        row = cka_grams([gram], grams, unbiased=unbiased)[0]
        for place, value in zip(places, row, strict=True):
            values[item.place + place] = value
        resampled.fill(item.place, gram, places)
    renamed = {dim: f"{dim}_b" for dim in right.dims if dim in left.dims}
    coords = {
        renamed.get(str(name), str(name)): xr.Variable(
            [renamed.get(d, d) for d in c.dims], c.values
        )
        for name, c in right.coords.items()
        # Of a renamed dim only its own labels; the rest has the name of a coordinate of `a`.
        if name in renamed or not set(c.dims) & set(renamed)
    }
    attrs = {
        "schema_version": SCHEMA_VERSION,
        "cornetkit_version": __version__,
        "unbiased": "true" if unbiased else "false",
        "gram_dtype": dtype,
        "n_stimuli": len(ids),
        "join": join,
        "notes": notes,
    }
    dims = (*left.dims, *(renamed.get(dim, dim) for dim in right.dims))
    found = xr.DataArray(values, dims=dims, coords=joined(left.coords, coords), name="cka")
    found = found.assign_attrs(attrs | (of_source(second, ids) if inference.bootstrap else {}))
    return resampled.added_to(found), notes


def _gram(item: Pattern, ids: Sequence[Any], dtype: str, notes: list[str]) -> np.ndarray | None:
    """Return the centred Gram matrix, or None (and a note) where there is none."""
    if item.driven is False:
        notes.append(f"left out a step that the image has not reached: {item.label}")
        return None
    found = measure(item, ids, dtype)
    if found.absent.any() and not found.absent.all():
        missing = [name for name, absent in zip(ids, found.absent, strict=True) if absent]
        raise InputError(
            f"{len(missing)} stimuli have no response at all ({item.label}: "
            f"{listing(missing, 3)}); leave them out on one side and give join='inner'"
        )
    if found.n_missing:
        notes.append(
            f"{item.label}: left out {found.n_missing} units with no response to some stimuli"
        )
    if found.constant:
        notes.append(f"no unit varies over the stimuli, so there is no CKA (NaN): {item.label}")
        return None
    return found.gram.gram
