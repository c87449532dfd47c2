"""An order of trials that their labels give, whatever the order in the file."""

from __future__ import annotations

import numpy as np
import xarray as xr


def label_order(trials: xr.DataArray) -> np.ndarray:
    """Return trials sorted by stimulus, repetition and session, shape (presentation,).

    Random draws over trials follow it, so that the same trials in another order give the same.
    """
    labels = [
        np.unique(trials[name].values, return_inverse=True)[1]
        for name in ("session", "repetition", "stimulus")
        if name in trials.coords and trials[name].dims == ("presentation",)
    ]
    return np.lexsort(labels)
