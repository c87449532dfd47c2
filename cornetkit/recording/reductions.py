"""Fewer units, or smaller numbers: what is done to an area's map before it is stored.

Everything works batch by batch. Units and projections are drawn from the seed and the area's name
alone: the same for all stimuli and steps, and whatever other areas are recorded.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse

from ..activations import AreaLayout
from ..errors import InputError

# The decoder's output is wanted whole: a sample or a mixture of classes says nothing.
NEVER_REDUCED = "logits"
# What numpy and an attribute of netCDF can hold.
_MOST = 2**63 - 1


@dataclass(frozen=True)
class Reduction:
    """What is stored of each area.

    Parameters
    ----------
    pool
        ``"mean"``: each channel's mean over places.
    units
        So many units of each area, drawn at random; smaller areas are stored whole.
    project
        So many sparse random mixtures of each area's units.
    seed
        Of the units or the projection.
    dtype
        ``"float32"`` or ``"float16"``.

    Raises
    ------
    InputError
        A value makes no sense, or two of `pool`, `units` and `project` were given.

    References
    ----------
    Li, Hastie and Church 2006, "Very sparse random projections".
    """

    pool: str | None = None
    units: int | None = None
    project: int | None = None
    seed: int = 0
    dtype: str = "float32"
    _drawn: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.pool not in (None, "mean"):
            raise InputError(f"pool must be 'mean' or left out, not {self.pool!r}")
        if self.dtype not in ("float32", "float16"):
            raise InputError(f"dtype must be 'float32' or 'float16', not {self.dtype!r}")
        for name, least in (("units", 1), ("project", 1), ("seed", 0)):
            value = getattr(self, name)
            if value is not None or name == "seed":
                what = "reduction_seed" if name == "seed" else name
                object.__setattr__(self, name, _whole(value, what, least))
        given = [name for name in ("pool", "units", "project") if getattr(self, name) is not None]
        if len(given) > 1:
            names = " and ".join(f"{name}={getattr(self, name)!r}" for name in given)
            raise InputError(
                f"{names} were both given, but each is a reduction of the full map; give one of "
                "pool (--pool), units (--units) and project (--project)"
            )

    @property
    def is_drawn(self) -> bool:
        """Whether the seed plays a part."""
        return self.units is not None or self.project is not None

    def attributes(self) -> dict[str, Any]:
        """Return the reduction as provenance; the seed only where it plays a part."""
        return {
            "reduction_pool": self.pool,
            "reduction_units": self.units,
            "reduction_project": self.project,
            "reduction_seed": self.seed if self.is_drawn else None,
            "stored_dtype": self.dtype,
        }

    @classmethod
    def from_attributes(cls, attrs: Mapping[str, Any]) -> Reduction:
        """Return the reduction that a file's attributes state; files without any have none."""
        names = ("pool", "units", "project", "seed")
        stated = {name: attrs.get(f"reduction_{name}", "none") for name in names}
        known = {name: value for name, value in stated.items() if value != "none"}
        return cls(**known, dtype=str(attrs.get("stored_dtype", "float32")))

    def layout(self, full: AreaLayout) -> AreaLayout:
        """Return the labels of what is stored of an area.

        Raises
        ------
        InputError
            The area has no places to average over, or fewer units than mixtures were asked for.
        """
        if full.area == NEVER_REDUCED:
            return full
        if self.pool is not None and len(full.shape) != 1:
            if len(full.shape) != 3:
                raise InputError(
                    f"pool='mean' averages maps of channel x y x x, but '{full.area}' has the "
                    f"shape {' x '.join(map(str, full.shape))}; record it without pool"
                )
            return replace(full, shape=full.shape[:1])
        if self.units is not None and self.units < full.n_units:
            return replace(full, kept=tuple(self._units(full).tolist()))
        if self.project is not None:
            if self.project > full.n_units:
                raise InputError(
                    f"project={self.project:,} is more than the {full.n_units:,} units of "
                    f"'{full.area}'; give a smaller number, or leave that area out"
                )
            return replace(full, shape=(self.project,), has_places=False)
        return full

    def apply(self, full: AreaLayout, values: np.ndarray) -> np.ndarray:
        """Reduce values of shape (stimuli, steps, units of the full map).

        Raises
        ------
        InputError
            A value is larger than float16 can hold.
        """
        kept = self.layout(full)
        if kept.n_units == full.n_units and not (self.project and not kept.has_places):
            reduced = values
        elif self.pool is not None:
            reduced = values.reshape(*values.shape[:2], full.shape[0], -1).mean(axis=3)
        elif self.units is not None:
            reduced = values[:, :, self._units(full)]
        else:
            rows = values.reshape(-1, full.n_units)
            mixed = (self._projection(full) @ rows.T).T
            reduced = np.ascontiguousarray(mixed).reshape(*values.shape[:2], kept.n_units)
        return reduced if self.dtype == "float32" else _halved(kept, reduced)

    def _units(self, full: AreaLayout) -> np.ndarray:
        if full.area not in self._drawn:
            drawn = self._generator(full).choice(full.n_units, self.units, replace=False)
            self._drawn[full.area] = np.sort(drawn)
        return self._drawn[full.area]

    def _projection(self, full: AreaLayout) -> scipy.sparse.csr_array:
        if full.area not in self._drawn:
            count = self.project or 0
            self._drawn[full.area] = sparse_projection(full.n_units, count, self._generator(full))
        return self._drawn[full.area]

    def _generator(self, full: AreaLayout) -> np.random.Generator:
        return np.random.default_rng([self.seed, *full.area.encode()])


def sparse_projection(n_units: int, count: int, rng: np.random.Generator) -> scipy.sparse.csr_array:
    """Draw a matrix (count, n_units) that keeps squared distances on average.

    An entry is 0 but with probability ``1 / sqrt(n_units)``, and then plus or minus
    ``sqrt(sqrt(n_units) / count)`` (Li, Hastie and Church 2006).
    """
    density = 1 / math.sqrt(n_units)
    counts = rng.binomial(n_units, density, size=count)
    columns = [np.sort(rng.choice(n_units, n, replace=False, shuffle=False)) for n in counts]
    size = np.float32(math.sqrt(1 / (density * count)))
    signs = rng.integers(0, 2, size=int(counts.sum()), dtype=np.int8) * 2 - 1
    limits = np.concatenate([[0], np.cumsum(counts)])
    return scipy.sparse.csr_array(
        (signs * size, np.concatenate(columns), limits), shape=(count, n_units)
    )


def _halved(layout: AreaLayout, values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # told below, by area and value
        halved = values.astype(np.float16)
    if np.isinf(halved).any():
        worst = np.unravel_index(np.argmax(np.abs(np.nan_to_num(values))), values.shape)
        raise InputError(
            f"area '{layout.area}' has the value {values[worst]:g} at step "
            f"{layout.steps[worst[1]]}, but float16 ends at 65504; record with dtype='float32'"
        )
    return halved


def _whole(value: Any, what: str, least: int) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if count > _MOST:
        raise InputError(f"{what} must be a whole number below 2^63, not {value!r}")
    if count < least or isinstance(value, bool):
        raise InputError(f"{what} must be a whole number of at least {least}, not {value!r}")
    return count
