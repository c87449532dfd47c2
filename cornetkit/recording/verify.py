"""Whether a file's activations come out again: from its provenance, the model and the images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..activations import Activations, open_activations
from ..activations.unfinished import label_differences
from ..errors import InputError, StimulusMismatchError, counted, listing
from ..models.network import CORnet
from ..schema import check_whole, seed_of
from ..stimuli import ImageSet, load_stimuli
from .batches import Batches
from .lesion import stated_lesion
from .prepare import prepare
from .reductions import Reduction
from .stated import check_stated, stated_areas, stated_model, stated_transform, stated_whole

# Another thread count or torch version adds up in another order (3e-6 was seen); a GPU computes
# convolutions in TF32, bfloat16 has 8 bits, and float16 may round to its other neighbour.
_FLOAT32, _FLOAT16, _TF32, _BF16 = 1e-5, 1e-3, 5e-3, 2e-2
_ENVIRONMENT = {"threads": "thread count", "torch_version": "torch version", "device": "device"}


@dataclass(frozen=True)
class Verification:
    """What came out of computing a sample of a file's batches again.

    Attributes
    ----------
    path : Path
        The file.
    holds : bool
        Whether weights, images, values and their labels are those of the file.
    exact : bool
        Whether every value is equal to the bit.
    tolerance : float
        Largest difference that other threads, versions or devices account for, as a fraction of
        the area's largest value at that step.
    differences : dict of (str, int) to float
        For each area and step the largest difference, as such a fraction.
    problems : list of str
        Why it does not hold.
    environment : list of str
        What differs from the time of recording without deciding any value.
    n_batches, n_images : int
        What was computed again.
    """

    path: Path
    holds: bool
    exact: bool
    tolerance: float
    differences: dict[tuple[str, int], float]
    problems: list[str]
    environment: list[str]
    n_batches: int
    n_images: int

    def __str__(self) -> str:
        n_batches = "1 batch" if self.n_batches == 1 else f"{self.n_batches} batches"
        sample = f"{counted(self.n_images, 'image')} in {n_batches} computed again"
        if not self.holds:
            return f"{self.path} does NOT hold: {listing(self.problems, 6)} ({sample})"
        if self.exact:
            return f"{self.path} holds exactly: {sample}"
        largest = max(self.differences.values())
        why = listing(self.environment) or "nothing that is stored differs: another processor?"
        return (
            f"{self.path} holds within {self.tolerance:g} (largest difference {largest:.1g}; "
            f"{why}): {sample}"
        )


def verify(
    path: str | Path,
    stimuli: ImageSet | str | Path,
    *,
    weights: str | Path | None = None,
    n: int = 8,
    rng: int | np.random.Generator = 0,
) -> Verification:
    """Compute a sample of a file's batches again, and say whether its values hold.

    The model is made from the file's provenance, and the batches are composed as at recording:
    with the same thread count and version of torch, values are equal to the bit.

    Parameters
    ----------
    path
        A file that `record` wrote from a CORnet.
    stimuli
        The images that were shown, or what `load_stimuli` takes; further images do not matter.
    weights
        The checkpoint, for files that were not made from published or random weights.
    n
        Batches to compute again; all where there are fewer.
    rng
        Seed of their choice; a Generator gives the seed.

    Returns
    -------
    Verification
        ``holds``, ``exact``, and what differs by how much.

    Raises
    ------
    InputError
        The file does not say how to make its model: it is not a CORnet's, was not written by
        `record`, or its weights came from a file and `weights` was not given.
    StimulusMismatchError
        Images of the file are missing.
    """
    seed = seed_of(rng)
    check_whole(n, "n")
    if n < 1:
        raise InputError(f"n={n} batches were asked for; give at least 1")
    images = stimuli if isinstance(stimuli, ImageSet) else load_stimuli(stimuli)
    with open_activations(path) as acts:
        check_stated(acts, weights)
        images = _in_order(acts, images)
        model = stated_model(acts, weights)
        batches, attrs = _prepare(acts, model, images)
        problems = _changed(acts.attrs, attrs)
        begins = range(0, len(images), batches.batch_size)
        chosen = np.random.default_rng(seed).permutation(len(begins))[:n]
        sample = [begins[k] for k in sorted(chosen)]
        worst, n_images = _compare(acts, batches, sample)
        problems += _other_labels(acts, batches)
    tolerance = _tolerance(acts.attrs, attrs)
    problems += [
        f"{area} at step {step} differs by {far:.2g} of its largest value"
        for (area, step), far in worst.items()
        if not far <= tolerance
    ]
    return Verification(
        path=Path(path),
        holds=not problems,
        exact=not problems and not any(worst.values()),
        tolerance=tolerance,
        differences=worst,
        problems=problems,
        environment=[
            f"other {words}: {acts.attrs[name]} then, {attrs[name]} now"
            for name, words in _ENVIRONMENT.items()
            if name in acts.attrs and acts.attrs[name] != attrs[name]
        ],
        n_batches=len(sample),
        n_images=n_images,
    )


def _in_order(acts: Activations, images: ImageSet) -> ImageSet:
    """Return the file's images in its order, which decides what stands together in a batch."""
    wanted = [str(name) for name in next(iter(acts.values()))["stimulus"].values]
    places = {str(name): place for place, name in enumerate(images.ids)}
    if missing := [name for name in wanted if name not in places]:
        raise StimulusMismatchError(
            f"{len(missing):,} of the {len(wanted):,} stimuli of {acts.path} are not among the "
            f"images ({listing(missing, 3)}); give the images that were recorded (--images)"
        )
    return images.select([places[name] for name in wanted])


def _prepare(acts: Activations, model: CORnet, images: ImageSet) -> tuple[Batches, dict[str, Any]]:
    a = acts.attrs
    reduction = Reduction.from_attributes(a)
    on_gpu = a.get("device") == "cuda" and torch.cuda.is_available()
    return prepare(
        model,
        images,
        areas=stated_areas(acts),
        pool=reduction.pool,
        units=reduction.units,
        project=reduction.project,
        reduction_seed=reduction.seed,
        dtype=reduction.dtype,
        batch_size=stated_whole(acts, "batch_size"),
        device="cuda" if on_gpu else "cpu",
        precision=str(a["precision"]),
        transform=stated_transform(acts),
        **stated_lesion(a),
        progress=False,
    )


def _changed(stored: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Say which hashes differ."""
    found = []
    if stored["weights_sha256"] != now["weights_sha256"]:
        found.append(
            f"the weights are others (hash {str(stored['weights_sha256'])[:12]} then, "
            f"{now['weights_sha256'][:12]} now)"
        )
    if stored["stimuli_sha256"] != now["stimuli_sha256"]:
        found.append(
            "the ids are the same, but the contents of the images are others (hash "
            f"{str(stored['stimuli_sha256'])[:12]} then, {now['stimuli_sha256'][:12]} now)"
        )
    return found


def _other_labels(acts: Activations, batches: Batches) -> list[str]:
    """Say which labels are others; what else is told of the stimuli need not be at hand."""
    found = []
    for layout in batches.layouts:
        coords = acts[layout.area].coords
        stored = {
            name: coord.variable
            for name, coord in coords.items()
            if name == "stimulus" or coord.dims != ("stimulus",)
        }
        found += label_differences(stored, layout, batches.images.ids, {})
    return found


def _compare(
    acts: Activations, batches: Batches, sample: list[int]
) -> tuple[dict[tuple[str, int], float], int]:
    """Return the largest difference of each area and step, and how many images were compared."""
    worst: dict[tuple[str, int], float] = {}
    n_images = 0
    with batches.recorder, torch.inference_mode():
        for begin, part in zip(sample, batches.at(sample), strict=True):
            for area, values in part.items():
                rows = slice(begin, begin + len(values))
                stored = acts[area].isel(stimulus=rows)
                old = stored.transpose("stimulus", "time", "unit").values
                if old.shape != values.shape:
                    raise InputError(
                        f"{acts.path} holds {area} as {old.shape} (stimuli, steps, units), but it "
                        f"comes out as {values.shape}; the file was changed after recording"
                    )
                for k, step in enumerate(stored["time"].values.tolist()):
                    far = _distance(old[:, k], values[:, k])
                    worst[area, step] = max(worst.get((area, step), 0.0), far, key=_nan_last)
            n_images += len(values)
    return worst, n_images


def _distance(old: np.ndarray, new: np.ndarray) -> float:
    """Largest difference as a fraction of the largest value; 0 exactly where all are equal."""
    if np.array_equal(old, new, equal_nan=True):
        return 0.0
    largest = float(np.abs(new.astype(float)).max())
    return float(np.abs(old.astype(float) - new).max()) / (largest or 1.0)


def _nan_last(far: float) -> float:
    return np.inf if np.isnan(far) else far


def _tolerance(stored: dict[str, Any], now: dict[str, Any]) -> float:
    tolerances = [_FLOAT32]
    if stored.get("stored_dtype") == "float16":
        tolerances.append(_FLOAT16)
    if stored.get("device") != now["device"]:
        tolerances.append(_TF32)
    if stored.get("precision") == "bf16":
        tolerances.append(_BF16)
    return max(tolerances)
