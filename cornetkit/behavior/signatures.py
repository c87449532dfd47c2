"""Image-by-image signatures of object recognition: I1, I2 and their normalised forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from .choices import check_probabilities
from .trials import open_trials

SIGNATURES = ("i1", "i1n", "i2", "i2n")
# d' is cut there: a rate of 0 or 1 has an infinite z (Rajalingham et al. 2018).
MOST = 5.0


def behavioral_signatures(source: xr.DataArray | pd.DataFrame | str | Path) -> xr.Dataset:
    """Return how hard each image is, and against which other object, as d'.

    With FA[i, c] how often choice c is taken in place of the true object t of image i where both
    are offered, d'[i, c] = Z(1 - FA[i, c]) - Z(mean of FA[j, t] over the images j of object c),
    cut at -+5. I2 is d' itself, I1 its mean over choices; I1n and I2n have the mean of each pair
    (object, choice) over images subtracted, so that only differences within objects are left.
    These are the definitions of Brain-Score's ``i1`` to ``i2n`` metrics.

    Parameters
    ----------
    source
        Choice probabilities of dims (..., stimulus, choice) with the true object as the
        coordinate ``truth`` of the stimuli (from `choice_probabilities`): FA is P[c] / (P[c] +
        P[t]). Or trials, see `open_trials`: FA is the share of trials with that distractor in
        which it was chosen.

    Returns
    -------
    Dataset
        ``i1``, ``i1n`` (..., stimulus) and ``i2``, ``i2n`` (..., stimulus, choice) in units of
        d'; NaN at the true object, where a pair was never offered, and where hits and false
        alarms are both all or none; of trials, ``n_trials`` (stimulus, choice).

    Raises
    ------
    InputError
        No coordinate ``truth``, values that are no probabilities, or wrong trials.

    References
    ----------
    Rajalingham et al. 2018, Large-scale, high-resolution comparison of the core visual object
    recognition behavior of humans, monkeys, and state-of-the-art deep artificial neural networks.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> P = xr.DataArray(
    ...     [[0.8, 0.2], [0.4, 0.6]],
    ...     dims=("stimulus", "choice"),
    ...     coords={"stimulus": [0, 1], "choice": ["a", "b"], "truth": ("stimulus", ["a", "b"])},
    ... )
    >>> np.round(behavioral_signatures(P)["i1"].values, 2).tolist()
    [1.09, 1.09]
    """
    if isinstance(source, xr.DataArray):
        P = check_probabilities(source)
        truth, choices = P["truth"].values.astype(str), P["choice"].values.astype(str)
        fa = false_alarms(P.values, codes_of(truth, choices))
        lead = [str(dim) for dim in P.dims[:-2]]
        coords: dict[str, Any] = {str(n): c for n, c in P.coords.items() if c.dims != ("choice",)}
        coords["choice"] = choices
        attrs: dict[str, Any] = {"source": "choice probabilities"}
        counts = None
    else:
        table = open_trials(source)
        cells = Cells.of(table)
        chosen, counts = cells.count(np.ones(len(table), dtype=bool))
        fa = rates(chosen, counts)
        truth, choices, lead = cells.truth, cells.choices, []
        coords = {"stimulus": cells.stimuli, "choice": choices, "truth": ("stimulus", truth)}
        attrs = {"source": "trials"}
    found = signatures_of(fa, codes_of(truth, choices))
    dims = (*lead, "stimulus", "choice")
    values: dict[str, Any] = {name: (dims[: found[name].ndim], found[name]) for name in SIGNATURES}
    if counts is not None:
        values["n_trials"] = (("stimulus", "choice"), counts)
    attrs |= {"definition": "Rajalingham 2018, as Brain-Score", "units": "d'", "cut": MOST}
    return xr.Dataset(values, coords=coords, attrs=attrs)


def codes_of(truth: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """Return the place of each stimulus's true object among the choices."""
    place = {name: k for k, name in enumerate(choices.tolist())}
    return np.array([place[name] for name in truth.tolist()], dtype=np.intp)


def false_alarms(P: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return FA (..., stimulus, choice) from probabilities; NaN at the true object."""
    own = np.take_along_axis(
        P, np.broadcast_to(codes[:, None], (*P.shape[:-2], len(codes), 1)), axis=-1
    )
    with np.errstate(invalid="ignore"):
        fa = P / (P + own)
    fa[..., np.arange(len(codes)), codes] = np.nan
    return fa


def signatures_of(fa: np.ndarray, codes: np.ndarray) -> dict[str, np.ndarray]:
    """Return i1, i1n (..., n) and i2, i2n (..., n, c) from false alarms (..., n, c).

    Parameters
    ----------
    fa : array of shape (..., n, c)
        How often each choice is taken in place of the true object; NaN where never offered.
    codes : int array of shape (n,)
        The place of the true object among the choices.
    """
    n_choices = fa.shape[-1]
    of_object = np.stack(
        [_mean(fa[..., codes == k, :], axis=-2) for k in range(n_choices)], axis=-2
    )  # [..., truth of the other images, what was chosen in its place]
    against = np.swapaxes(of_object, -1, -2)[..., codes, :]  # FA of t over images of c, [i, c]
    with np.errstate(invalid="ignore"):  # both infinite: undefined
        i2 = np.clip(ndtri(1 - fa) - ndtri(against), -MOST, MOST)
    group = np.stack([_mean(i2[..., codes == k, :], axis=-2) for k in range(n_choices)], axis=-2)
    i2n = i2 - group[..., codes, :]
    return {"i1": _mean(i2, axis=-1), "i1n": _mean(i2n, axis=-1), "i2": i2, "i2n": i2n}


def rates(chosen: np.ndarray, offered: np.ndarray) -> np.ndarray:
    """Return the share of trials; NaN where there is none."""
    return np.divide(chosen, offered, out=np.full(chosen.shape, np.nan), where=offered > 0)


class Cells:
    """The cells (stimulus, distractor) of a table of trials.

    Attributes
    ----------
    stimuli, truth : arrays of shape (n,)
        Ids, and the object that each shows.
    choices : array of shape (c,)
        All objects, shown or offered, sorted.
    cell : int array of shape (n_trials,)
        ``stimulus * c + distractor`` of each trial.
    wrong : bool array of shape (n_trials,)
        Whether the distractor was chosen.
    """

    def __init__(
        self,
        stimuli: np.ndarray,
        truth: np.ndarray,
        choices: np.ndarray,
        cell: np.ndarray,
        wrong: np.ndarray,
    ) -> None:
        self.stimuli, self.truth, self.choices = stimuli, truth, choices
        self.cell, self.wrong = cell, wrong

    @classmethod
    def of(
        cls, table: pd.DataFrame, stimuli: np.ndarray | None = None, choices: Any = None
    ) -> Cells:
        """Sort trials into cells, of given stimuli and choices or of all that occur."""
        ids = table["stimulus"].to_numpy().astype(str)
        if stimuli is None:
            stimuli = np.unique(ids)
        if choices is None:
            choices = np.unique(table[["sample", "distractor"]].to_numpy().astype(str))
        rows = pd.Index(stimuli).get_indexer(ids)
        columns = pd.Index(choices).get_indexer(table["distractor"].to_numpy().astype(str))
        truth = np.empty(len(stimuli), dtype=object)
        truth[rows] = table["sample"].to_numpy()
        wrong = (table["choice"] == table["distractor"]).to_numpy()
        return cls(stimuli, truth.astype(str), choices, rows * len(choices) + columns, wrong)

    def count(self, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how often the distractor was chosen and offered, each (n, c), in some trials."""
        shape = (len(self.stimuli), len(self.choices))
        size = shape[0] * shape[1]
        offered = np.bincount(self.cell[which], minlength=size).reshape(shape)
        chosen = np.bincount(self.cell[which & self.wrong], minlength=size).reshape(shape)
        return chosen, offered


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean over what is defined; NaN where nothing is."""
    there = ~np.isnan(values)
    return rates(np.where(there, values, 0.0).sum(axis=axis), there.sum(axis=axis))
