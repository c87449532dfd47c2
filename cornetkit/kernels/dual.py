"""A linear fit known by its dual coefficients: what ridge, least squares and PLS return."""

from __future__ import annotations

from dataclasses import dataclass

from cornetkit.errors import InputError
from cornetkit.kernels.arrays import Array, as_float64


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

    coef: Array
    intercept: Array

    def predict(self, K_test: Array) -> Array:
        """Predict targets, array of shape (n_test, q).

        Parameters
        ----------
        K_test : array of shape (n_test, n_train)
            Products of test and training features, centred as the training Gram matrix was.
        """
        K_test = as_float64(K_test, like=self.coef)
        if K_test.ndim != 2 or K_test.shape[1] != self.coef.shape[0]:
            raise InputError(
                f"products of shape {tuple(K_test.shape)} were given; expected "
                f"(n_test, {self.coef.shape[0]}), test by training stimuli"
            )
        return K_test @ self.coef + self.intercept


def intercept_of(coef: Array, y_mean: Array, kernel_means: Array) -> Array:
    """Return the intercept for a Gram matrix whose training column means are `kernel_means`.

    With columns of `coef` that sum to 0, centring a test row by the training stimuli only
    subtracts ``kernel_means @ coef``.
    """
    return y_mean - kernel_means @ coef
