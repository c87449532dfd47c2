"""A linear fit known by its dual coefficients: what ridge, least squares and PLS return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cornetkit.errors import InputError


@dataclass(frozen=True)
class DualFit:
    """A linear map from features to targets, written as weights of the training stimuli.

    Attributes
    ----------
    coef : array of shape (n_train, q)
        Dual coefficients; ``X_train.T @ coef`` are the weights of the features. Every column
        sums to 0, so a constant added to a row of the Gram matrix changes no prediction.
    intercept : array of shape (q,)
        The mean of the training targets when the Gram matrix was centred by the training
        stimuli (`cornetkit.kernels.centring.centre`); otherwise what makes it equal to that.
    """

    coef: np.ndarray
    intercept: np.ndarray

    def predict(self, K_test: np.ndarray) -> np.ndarray:
        """Predict targets, array of shape (n_test, q).

        Parameters
        ----------
        K_test : array of shape (n_test, n_train)
            Products of test and training features, centred as the training Gram matrix was.
        """
        K_test = np.asarray(K_test, dtype=np.float64)
        if K_test.ndim != 2 or K_test.shape[1] != self.coef.shape[0]:
            raise InputError(
                f"products of shape {K_test.shape} were given; expected "
                f"(n_test, {self.coef.shape[0]}), test by training stimuli"
            )
        return K_test @ self.coef + self.intercept


def intercept_of(coef: np.ndarray, y_mean: np.ndarray, kernel_means: np.ndarray) -> np.ndarray:
    """Return the intercept for a Gram matrix whose training column means are `kernel_means`.

    With columns of `coef` that sum to 0, centring a test row by the training stimuli only
    subtracts ``kernel_means @ coef``.
    """
    return y_mean - kernel_means @ coef
