"""The variance between stimuli over that within them, for many deals of the same trials."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix


class Deal:
    """Trials that are dealt out to stimuli, as they were shown or at random.

    What does not depend on the deal is computed once.

    Parameters
    ----------
    values
        Trials, shape (presentation, target); NaN = missing.
    n_stimuli
        How many stimuli there are.
    """

    def __init__(self, values: np.ndarray, n_stimuli: int) -> None:
        there = ~np.isnan(values)
        low = np.where(there, values, np.inf).min(axis=0)
        high = np.where(there, values, -np.inf).max(axis=0)
        self.n_stimuli = n_stimuli
        # Constant by range: rounding leaves many such targets a variance above 0.
        self.varies = high > low
        self.n = there.sum(axis=0)
        mean = np.where(there, values, 0.0).sum(axis=0) / np.maximum(self.n, 1)
        self.centred = np.where(there, values - mean, 0.0)
        self.total = np.einsum("pt,pt->t", self.centred, self.centred)
        self.there = None if there.all() else there.astype(float)

    def f(self, codes: np.ndarray) -> np.ndarray:
        """Return F of a one-way analysis of variance over stimuli, shape (target,).

        Parameters
        ----------
        codes
            Stimulus of each trial, shape (presentation,).

        Returns
        -------
        array
            NaN where responses are constant, or there is no repetition.
        """
        deal = csr_matrix(
            (np.ones(len(codes)), (codes, np.arange(len(codes)))),
            shape=(self.n_stimuli, len(codes)),
        )
        sums = deal @ self.centred
        if self.there is None:
            count = np.bincount(codes, minlength=self.n_stimuli).astype(float)[:, None]
        else:
            count = deal @ self.there
        inverse = np.divide(1.0, count, out=np.zeros(count.shape), where=count > 0)
        sums *= sums
        between = (sums * inverse).sum(axis=0) if self.there is not None else inverse[:, 0] @ sums
        k = (count > 0).sum(axis=0)
        defined = self.varies & (k > 1) & (self.n > k)
        with np.errstate(invalid="ignore", divide="ignore"):
            within = np.maximum(self.total - between, 0.0)
            found = (between / (k - 1)) / (within / (self.n - k))
        return np.where(defined, found, np.nan)
