"""What one forward takes in memory: measured on two images before a whole batch is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from ..activations import available_bytes
from ..errors import InputError, in_words
from ..models.network import CORnet

if TYPE_CHECKING:
    from .batches import Batches

# What torch says, in an error of no kind of its own, when the system gives it no memory.
_NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "bad_alloc")


# Of one image alone, a model that squeezes its dims would make something else.
_N_SHOWN = 2


class _SeenEnough(Exception):
    """Ends a forward of which the shape of every area is known."""


@contextmanager
def memory_in_words(batch_size: int) -> Iterator[None]:
    """Turn what is raised for want of memory into an `InputError` that says how to need less."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # a GPU's is a RuntimeError too
        if isinstance(error, RuntimeError) and not any(x in str(error) for x in _NO_MEMORY):
            raise
        where = "the GPU" if "CUDA" in str(error) else "this process"
        raise InputError(
            f"{where} has not the memory for batches of {batch_size:,} images; give a smaller "
            f"batch_size (--batch-size {max(1, batch_size // 4)}), fewer areas (--areas) or fewer "
            "steps (--times)"
        ) from error


def check_forward(batches: Batches) -> None:
    """Raise `InputError` where one batch of a CORnet would not fit in memory; runs two images.

    Other models may count their forwards or keep something of them, so they are not looked at:
    where one lacks memory, `memory_in_words` says so in the midst of it.

    The values of all recorded areas are held twice at the end of a forward, step by step and put
    together; before, once, beside the largest map that a layer makes of another.
    """
    if not isinstance(batches.recorder.model, CORnet):
        return
    held, largest = _bytes_an_image(batches)
    if batches.device.type != "cpu":
        largest = 0
    an_image = max(2 * held, held + largest)
    needed, free = an_image * batches.batch_size, available_bytes()
    if needed <= free:
        return
    fitting = free // an_image
    steps = max((len(x.steps) for x in batches.recorder.layers if x.steps), default=1)
    ways = [f"batch_size={fitting} (--batch-size {fitting})"] if fitting else []
    ways += ["fewer areas (--areas)"] if len(batches.recorder.layers) > 1 else []
    ways += ["fewer steps (--times)"] if steps > 1 else []
    raise InputError(
        f"one batch of {batches.batch_size:,} images takes {in_words(needed)}, but "
        f"{in_words(free)} of memory are free; give {', or '.join(ways) or 'smaller images'}"
    )


def _bytes_an_image(batches: Batches) -> tuple[int, int]:
    """Return the bytes of all recorded values of one image, and of the largest map and its source.

    A recurrent CORnet is stopped when its last area is called again: every area has then been
    seen, and how often each is called is known.
    """
    model, layers = batches.recorder.model, batches.recorder.layers
    modules = dict(model.named_modules(remove_duplicate=False))
    sizes: dict[str, list[int]] = {layer.area: [] for layer in layers}
    largest = 0
    ends: list[nn.Module] = []

    def keep(area: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                sizes[area].append(4 * prod(output.shape[1:]))

        return hook

    def measure(module: nn.Module, args: Any, output: Any) -> None:
        nonlocal largest
        maps = {t.data_ptr(): t.nbytes for t in (*args, output) if isinstance(t, Tensor)}
        largest = max(largest, sum(maps.values()))  # in place: one map only

    def stop(module: nn.Module, args: Any, output: Any) -> None:
        ends.append(module)
        if len(ends) > 1:
            raise _SeenEnough

    handles = [modules[x.module].register_forward_hook(keep(x.area)) for x in layers]
    handles += [
        module.register_forward_hook(measure)
        for module in modules.values()
        if not any(True for _ in module.children())
    ]
    last = getattr(model, "areas", ("",))[-1]
    if all(x.steps is not None for x in layers) and f"{last}.output" in modules:
        handles.append(modules[f"{last}.output"].register_forward_hook(stop))
    try:
        batches.show_first(_N_SHOWN)
    except _SeenEnough:
        pass
    finally:
        for handle in handles:
            handle.remove()
    held = 0
    for layer in layers:
        calls = sizes[layer.area]
        n_calls = len(layer.steps) if layer.steps is not None else len(calls)
        held += n_calls * max(calls, default=0)
    return held, -(-largest // min(_N_SHOWN, batches.batch_size))
