"""Which stimuli are trained on and which are held out, by stimulus and never by trial."""

from __future__ import annotations

import warnings

import numpy as np

from ..errors import InputError
from .protocols import Protocol

# A correlation over fewer held-out stimuli than this is not one.
MIN_TEST = 3
# K-fold gives up folds before its test sets get smaller than this.
_GOOD_TEST = 5

Split = tuple[np.ndarray, np.ndarray]


def make_splits(protocol: Protocol, n_stimuli: int, labels: np.ndarray | None) -> list[Split]:
    """Return (train, test) index arrays over the stimuli sorted by id.

    Parameters
    ----------
    protocol
        Says the kind, the number and the seed of the splits.
    n_stimuli
        Number of stimuli.
    labels
        One label a stimulus to balance over train and test (shuffle splits), or None.

    Raises
    ------
    InputError
        Too few stimuli, or a label that occurs only once.
    """
    from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

    if protocol.splits == "kfold":
        n_folds = min(protocol.n_splits, n_stimuli // _GOOD_TEST)
        if n_stimuli < 2 * MIN_TEST:
            raise InputError(
                f"too few stimuli: {n_stimuli}; each of at least 2 folds needs {MIN_TEST} held-out "
                f"stimuli for a correlation, so {2 * MIN_TEST} stimuli or more"
            )
        n_folds = max(2, n_folds)
        kind = KFold if labels is None else StratifiedKFold
        splitter = kind(n_folds, shuffle=True, random_state=protocol.seed)
    else:
        n_test = n_stimuli - int(np.floor(protocol.train_fraction * n_stimuli))
        if n_test < MIN_TEST:
            need = n_stimuli
            while need - int(np.floor(protocol.train_fraction * need)) < MIN_TEST:
                need += 1
            raise InputError(
                f"too few stimuli: {n_stimuli}; the {protocol.name} protocol holds out "
                f"{1 - protocol.train_fraction:.0%} of them ({n_test}), and a correlation needs "
                f"{MIN_TEST}: give {need} stimuli or more, or another protocol"
            )
        kind = ShuffleSplit if labels is None else StratifiedShuffleSplit
        splitter = kind(
            n_splits=protocol.n_splits,
            train_size=protocol.train_fraction,
            random_state=protocol.seed,
        )
    rows = np.arange(n_stimuli)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The least populated class")  # notes say which
            return [(train, test) for train, test in splitter.split(rows, labels)]
    except ValueError as error:
        raise InputError(
            f"the stimuli cannot be stratified: {error}; give stratify=False (--no-stratify)"
        ) from error
