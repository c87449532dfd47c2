"""Small activations of two areas with different steps and shapes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cornetkit.activations import Activations, ActivationWriter, AreaLayout

V4 = AreaLayout("V4", (0,), (2, 3, 3), (True,), ((90.0, 140.0),))
IT = AreaLayout("IT", (0, 1, 2), (4, 2, 2), (False, False, True), (None, (70.0, 110.0), None))
IDS = ["b", "a", "é", "c"]
METADATA = {
    "object_name": np.array(["car", "", "façade", "x"]),
    "angle": np.array([1.5, 2, np.nan, 4]),
}
ATTRS = {"model": "X", "seed": 3, "times": [2, 4, 2], "trained": False, "lesion": None}


@pytest.fixture
def layouts() -> list[AreaLayout]:
    """V4 with one step and IT with three, of which the last is driven."""
    return [V4, IT]


@pytest.fixture
def values() -> dict[str, np.ndarray]:
    """Values of the four stimuli."""
    rng = np.random.default_rng(0)
    return {
        layout.area: rng.normal(size=(4, len(layout.steps), layout.n_units)).astype("float32")
        for layout in (V4, IT)
    }


@pytest.fixture
def in_memory(values: dict[str, np.ndarray]) -> Activations:
    """The four stimuli as activations in memory."""
    attrs = {"model": "X", "seed": 3, "times": [2, 4, 2], "trained": "false", "lesion": "none"}
    arrays = {x.area: x.label(values[x.area], IDS, METADATA, attrs) for x in (V4, IT)}
    return Activations(arrays, attrs)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file goes."""
    return tmp_path / "acts.nc"


@pytest.fixture
def make_writer(path: Path) -> Callable[..., ActivationWriter]:
    """Open a writer of the four stimuli; what is given replaces the usual."""

    def make(**changed: Any) -> ActivationWriter:
        usual: dict[str, Any] = {"metadata": METADATA, "attrs": ATTRS}
        usual |= {"path": path, "layouts": [V4, IT], "ids": IDS}
        return ActivationWriter(**(usual | changed))

    return make


@pytest.fixture
def write(
    make_writer: Callable[..., ActivationWriter], values: dict[str, np.ndarray]
) -> Callable[..., None]:
    """Write stimuli from `start` to `stop` in batches of two, and finish when all are there."""

    def run(stop: int = 4, **changed: Any) -> None:
        writer = make_writer(**changed)
        try:
            for begin in range(writer.done, stop, 2):
                writer.write({a: x[begin : min(begin + 2, stop)] for a, x in values.items()})
            if stop == 4:
                writer.finish()
        finally:
            writer.close()

    return run
