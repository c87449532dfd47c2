"""Computing each recurrent step twice, to keep only its input in memory between."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from ..models.cornet_s import BottleneckArea
from ..models.network import CORnet


def checkpoint_steps(model: CORnet) -> None:
    """Let every recurrent step of a model be computed again in the backward pass.

    Values and gradients do not change. V1 and, in CORnet-Z, all areas have one step, which is
    treated alike.
    """
    for name in model.areas:
        area = getattr(model, name)
        # In CORnet-S the steps are inside the area, in the others an area is called once a step.
        method = "advance" if isinstance(area, BottleneckArea) else "forward"
        setattr(area, method, functools.partial(_twice, area, getattr(area, method)))


def _twice(area: nn.Module, function: Any, *arguments: Any) -> Any:
    if not area.training:
        return function(*arguments)
    return checkpoint(
        function,
        *arguments,
        use_reentrant=False,
        preserve_rng_state=False,  # nothing in these models is random
        context_fn=lambda: (contextlib.nullcontext(), _norms_at_rest(area)),
    )


@contextlib.contextmanager
def _norms_at_rest(area: nn.Module) -> Iterator[None]:
    """Keep batch norms from counting the same images a second time in their running values."""
    norms = [m for m in area.modules() if isinstance(m, _BatchNorm)]
    kept = [dict(norm._buffers) for norm in norms]
    for norm, buffers in zip(norms, kept, strict=True):
        # Copies to write into; without any, other tensors would be saved than the first time.
        norm._buffers.update({n: None if b is None else b.clone() for n, b in buffers.items()})
    try:
        yield
    finally:
        for norm, buffers in zip(norms, kept, strict=True):
            norm._buffers.update(buffers)
