"""A linear classifier fitted anew on a layer's output."""

from __future__ import annotations

import warnings

import numpy as np


def refitted_top1(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """Fit a linear classifier and return how often it is right on other images.

    Multinomial logistic regression (scikit-learn, C = 1) on z-scored features; mean and standard
    deviation are those of the training images, units that are constant there count 0.

    Parameters
    ----------
    train, test : arrays of shape (images, units)
    train_labels, test_labels : arrays of shape (images,)

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.eye(3).repeat(4, axis=0)
    >>> refitted_top1(x, np.arange(3).repeat(4), np.eye(3), np.arange(3))
    1.0
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    train, test = train.astype(float), test.astype(float)
    varies = np.ptp(train, axis=0) > 0
    mean, spread = train.mean(axis=0), np.where(varies, train.std(axis=0), 1.0)
    with warnings.catch_warnings():
        # Of separable classes the weights grow slowly for ever; what is right no longer changes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        head = LogisticRegression(C=1.0, max_iter=200)
        head.fit((train - mean) / spread * varies, train_labels)
    return float(head.score((test - mean) / spread * varies, test_labels))
