"""How patterns are compared: the settings of RDMs."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import unknown_name
from ..kernels.noise_covariance import NOISE_METHODS
from ..kernels.rdm import GRAM_METRICS
from .trial_distances import TRIAL_METRICS

METRICS = (*GRAM_METRICS, *TRIAL_METRICS)
CONSTANT_UNITS = ("keep", "drop")


@dataclass(frozen=True)
class Distance:
    """How patterns are compared.

    Parameters
    ----------
    metric, noise, constant_units, dtype
        See `rdm`.
    """

    metric: str = "correlation"
    noise: str = "shrinkage"
    constant_units: str = "keep"
    dtype: str = "float64"

    @classmethod
    def of(
        cls, metric: str, noise: str | None, constant_units: str | None, dtype: str | None = None
    ) -> Distance:
        """Take what a user gave, None for what stays as it is."""
        given = {"noise": noise, "constant_units": constant_units, "dtype": dtype}
        return cls(metric, **{name: value for name, value in given.items() if value is not None})

    def check(self) -> None:
        """Raise where a setting is unknown."""
        for what, value, known in (
            ("metric", self.metric, METRICS),
            ("noise covariance", self.noise, NOISE_METHODS),
            ("choice for constant units", self.constant_units, CONSTANT_UNITS),
            ("dtype", self.dtype, ("float64", "float32")),
        ):
            if value not in known:
                raise unknown_name(what, value, known)

    def describe(self) -> dict[str, str]:
        """Return the settings that entered, as attributes."""
        if self.metric in TRIAL_METRICS:
            return {"metric": self.metric, "noise": self.noise}
        settings = {"metric": self.metric, "constant_units": self.constant_units}
        return settings | {"gram_dtype": self.dtype, "engine": "gram"}
