"""Recordings of a planted reliability."""

import numpy as np


def recordings(reliability, n_repetitions=8, n_stimuli=2000, n_targets=20, seed=0):
    """Unit signal variance and noise such that the mean has the given reliability."""
    rng = np.random.default_rng(seed)
    noise = np.sqrt(n_repetitions * (1 - reliability) / reliability)
    signal = rng.normal(size=(n_stimuli, n_targets))
    return signal + noise * rng.normal(size=(n_repetitions, n_stimuli, n_targets))
