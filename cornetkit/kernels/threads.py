"""Several small jobs side by side, each with one BLAS thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Part = TypeVar("Part")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Sequence[Part]], Result], parts: Sequence[Part], least: int = 1
) -> list[Result]:
    """Call `work` on runs of consecutive parts, one run for each thread that BLAS may use.

    BLAS shares every product out to all threads and waits for them. Of products with small
    matrices the waiting takes most of the time, or more than one thread alone would take.

    Parameters
    ----------
    work : callable
        Takes some of the parts; what it does has to release the interpreter's lock, as NumPy does.
    parts : sequence
    least : int
        Parts of a run at least.

    Returns
    -------
    list
        What `work` returned for each run, in the order of the parts.
    """
    blas = ThreadpoolController().select(user_api="blas")
    threads = max((each["num_threads"] for each in blas.info()), default=1)
    if not parts:
        return []
    n_runs = max(1, min(threads, len(parts) // least))
    size = max(1, -(-len(parts) // n_runs))
    runs = [parts[begin : begin + size] for begin in range(0, len(parts), size)]
    with blas.limit(limits=1):
        if len(runs) == 1:
            return [work(runs[0])]
        with ThreadPoolExecutor(len(runs)) as pool:
            return list(pool.map(work, runs))


def each_side_by_side(
    work: Callable[[Part], Result], parts: Sequence[Part], most: int = 4
) -> list[Result]:
    """Call `work` on every part, several parts at a time, each with one BLAS thread.

    Parameters
    ----------
    work : callable
        As of `side_by_side`; of one part.
    parts : sequence
    most : int
        Parts that are worked on at once at most: each takes memory.

    Returns
    -------
    list
        What `work` returned for each part, in their order.
    """

    def run(some: Sequence[Part]) -> list[Result]:
        return [work(part) for part in some]

    least = max(1, -(-len(parts) // most))
    return [one for found in side_by_side(run, parts, least) for one in found]
