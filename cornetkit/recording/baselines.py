"""What every model has to beat: pixels, Gabor energies, labels, untrained seeds, other animals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from .. import __version__
from ..activations import Activations, AreaLayout
from ..errors import InputError, unknown_name
from ..neural import animals, average, open_recordings, other_animals
from ..schema import SCHEMA_VERSION, check_unique, check_whole, to_attribute
from ..stimuli import ImageSet, load_stimuli
from .baselines_gabor import FREQUENCIES, N_ORIENTATIONS, gabor_energies
from .baselines_labels import DEFAULT, choose_labels, label_features
from .baselines_pixels import seen, small_pixels
from .baselines_untrained import Recipe, untrained

KINDS = ("pixels", "gabor", "labels", "untrained", "animal")


def baselines(
    stimuli: ImageSet | str | Path | None = None,
    kinds: str | Sequence[str] | None = None,
    *,
    model: Any = None,
    seeds: int | Sequence[int] = (0, 1, 2),
    areas: Sequence[str] | None = None,
    recordings: Any = None,
    labels: str | Sequence[str] | None = None,
    size: int = 16,
    crop: bool | None = None,
    skip_bad: bool = False,
    progress: bool | None = False,
) -> Activations:
    """Return baselines as activations, to set beside a model's score.

    Parameters
    ----------
    stimuli
        An image set, or what `load_stimuli` takes. Only ``"animal"``, and ``"labels"`` that the
        recordings hold, go without.
    kinds
        One or several of

        - ``"pixels"``: small grey images;
        - ``"gabor"``: log Gabor energies, 4 frequencies x 8 orientations at 8 x 8 places;
        - ``"labels"``: what the stimuli are, see `labels`;
        - ``"untrained"``: every area of `model` with random weights, for each seed;
        - ``"animal"``: for each animal, the averaged responses of all other animals.

        Default: pixels and gabor, and labels where the stimuli have an ``object_name``.
    model
        Of ``"untrained"``: a CORnet's name; a CORnet; the Activations of one, whose steps, areas,
        reduction and transform are then taken; or a function from a seed to a ``torch.nn.Module``.
    seeds
        Of the untrained weights.
    areas
        Of ``"untrained"``: only these.
    recordings
        What `open_recordings` takes: the animals, and labels where the stimuli have none.
    labels
        Columns of the stimuli. Text becomes one unit a value (one-hot), a number one unit,
        z-scored over the stimuli; where numbers name categories, make them text. Default:
        ``object_name``, or the only column there is.
    size
        Side of the grey images in pixels.
    crop
        Show the central square as `record` does with ``crop=True``; default: as the activations
        in `model` were recorded, otherwise False.
    skip_bad
        Leave out images that cannot be read; ids and reasons are in the attribute ``skipped``.
    progress
        Of recording the untrained models.

    Returns
    -------
    Activations
        Arrays of dims (stimulus, time, unit) with their provenance: ``pixels``
        (``size * size`` units), ``gabor`` (2,048 units, with ``frequency`` in cycles an image and
        ``orientation`` in degrees), ``labels`` (with ``label``), ``IT untrained seed 0``, ...,
        and ``M1 from other animals``, ..., whose ``time`` counts the time bins of the recordings.

    Raises
    ------
    InputError
        A kind lacks what it is made from: images, a model, labels, or two animals; or another
        argument makes no sense.
    UnknownNameError
        There is no such kind or label.
    FileError
        An image cannot be read.

    Examples
    --------
    >>> acts = baselines("stim/", ("pixels", "gabor"))  # doctest: +SKIP
    """
    images = stimuli if isinstance(stimuli, ImageSet) or stimuli is None else load_stimuli(stimuli)
    if images is not None and not len(images):
        raise InputError("there are no images; give at least one")
    chosen = _choose(kinds, images)
    _check_needs(chosen, images, recordings, model, size)
    seeds = _check_seeds(seeds)
    if crop is None:
        crop = was_cropped(model.attrs) if isinstance(model, Activations) else False
    if images is not None and skip_bad:
        images = images.check(skip_bad=True)
    arrays: dict[str, xr.DataArray] = {}
    if images is not None:
        arrays |= _pictures(images, [k for k in chosen if k in ("pixels", "gabor")], size, crop)
    if "labels" in chosen:
        arrays["labels"] = _labels(images, recordings, labels)
    if "untrained" in chosen and images is not None:
        for seed in seeds:
            acts = untrained(images, model, seed, areas=areas, crop=crop, progress=progress)
            for area, array in acts.items():
                name = f"{area} untrained seed {seed}"
                arrays[name] = array.assign_coords(area=name)
    if "animal" in chosen:
        trials = open_recordings(recordings)
        for animal in animals(trials):
            array = other_animals(trials, animal)
            arrays[str(array["area"].item())] = array.assign_attrs(_origin("animal"))
    in_order = sorted(arrays, key=lambda name: chosen.index(_kind(name)))
    attrs = _origin(", ".join(chosen)) | ({} if images is None else _of_images(images))
    return Activations({name: arrays[name] for name in in_order}, attrs)


def was_cropped(attrs: Mapping[str, Any]) -> bool:
    """Return whether activations were recorded with ``crop=True``."""
    return json.loads(attrs.get("transform", "{}")).get("resize") == "crop"


def _kind(name: str) -> str:
    if name.endswith("from other animals"):
        return "animal"
    return name if name in KINDS else "untrained"


def _choose(kinds: str | Sequence[str] | None, images: ImageSet | None) -> list[str]:
    if kinds is None:
        labelled = images is not None and DEFAULT in images.metadata
        return ["pixels", "gabor", *(["labels"] if labelled else [])]
    chosen = [kinds] if isinstance(kinds, str) else list(dict.fromkeys(kinds))
    if not chosen:
        raise InputError(f"no kind of baseline was given; expected one or more of {KINDS}")
    for kind in chosen:
        if kind not in KINDS:
            raise unknown_name("baseline", kind, KINDS)
    return chosen


def _check_needs(
    chosen: Sequence[str], images: ImageSet | None, recordings: Any, model: Any, size: int
) -> None:
    """Raise before any work is done for what a kind is made from and was not given."""
    if size < 1:
        raise InputError(f"size must be at least 1 pixel, not {size}")
    pictures = [kind for kind in chosen if kind in ("pixels", "gabor", "untrained")]
    if pictures and images is None:
        raise InputError(f"the baseline {pictures[0]} is made from the images; give stimuli")
    if "animal" in chosen and recordings is None:
        raise InputError("the baseline animal is made from recordings; give recordings=")
    if "labels" in chosen and images is None and recordings is None:
        raise InputError("the baseline labels is made from stimuli or recordings; give one")
    if "untrained" in chosen:
        Recipe.of(model)


def _check_seeds(seeds: int | Sequence[int]) -> list[int]:
    chosen = list(seeds) if isinstance(seeds, Iterable) else [seeds]
    if not chosen:
        raise InputError("seeds is empty; expected one or more whole numbers, such as (0, 1, 2)")
    for seed in chosen:
        check_whole(seed, "each of seeds")
        if seed < 0:
            raise InputError(f"each of seeds must be 0 or more, not {seed}")
    chosen = [int(seed) for seed in chosen]
    check_unique(chosen, "seeds")
    return chosen


def _origin(kind: str) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "cornetkit_version": __version__, "model": kind}


def _of_images(images: ImageSet) -> dict[str, Any]:
    said = {"stimuli_sha256": images.sha256, "n_stimuli": len(images)}
    return said | ({"skipped": to_attribute(images.skipped)} if images.skipped else {})


def _pictures(
    images: ImageSet, kinds: Sequence[str], size: int, crop: bool
) -> dict[str, xr.DataArray]:
    """Go through the images once for all kinds."""
    if not kinds:
        return {}
    rows: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}
    for image, path in zip(images, images.paths, strict=True):
        try:
            grey = seen(image, crop)
        except InputError as error:  # too narrow to be cropped
            raise InputError(f"{path}: {error}") from error
        for kind, values in rows.items():
            values.append(gabor_energies(grey) if kind == "gabor" else small_pixels(grey, size))
    resize = {"resize": "crop" if crop else "straight"}
    found = {}
    for kind, values in rows.items():
        layout = AreaLayout(kind, (0,), values[0].shape, (True,))
        more = {"size": size} if kind == "pixels" else {}
        attrs = _origin(kind) | more | resize | _of_images(images)
        stacked = np.stack(values).reshape(len(values), 1, -1)
        found[kind] = layout.label(stacked, images.ids, images.metadata, attrs)
    if "gabor" in found:
        channel = found["gabor"]["channel"].values
        found["gabor"] = found["gabor"].assign_coords(
            frequency=("unit", np.array(FREQUENCIES)[channel // N_ORIENTATIONS]),
            orientation=("unit", channel % N_ORIENTATIONS * 180.0 / N_ORIENTATIONS),
        )
    return found


def _labels(
    images: ImageSet | None, recordings: Any, labels: str | Sequence[str] | None
) -> xr.DataArray:
    if images is not None and (images.metadata or recordings is None):
        ids, metadata, source = images.ids, images.metadata, _of_images(images)
    else:
        ids, metadata = _labels_of_recordings(recordings)
        if images is not None:
            known = [name for name in images.ids if name in set(ids)]
            place = [ids.index(name) for name in known]
            ids, metadata = known, {name: values[place] for name, values in metadata.items()}
        source = {"n_stimuli": len(ids)}
    names = choose_labels(metadata, labels)
    values, units = label_features(metadata, names)
    attrs = _origin("labels") | {"labels": names} | source
    layout = AreaLayout("labels", (0,), (len(units),), (True,))
    array = layout.label(values[:, None], ids, metadata, attrs)
    return array.assign_coords(label=("unit", units))


def _labels_of_recordings(recordings: Any) -> tuple[list[Any], dict[str, np.ndarray]]:
    means = average(open_recordings(recordings))
    metadata = {
        str(name): coord.values
        for name, coord in means.coords.items()
        if coord.dims == ("stimulus",) and name != "stimulus"
    }
    return means["stimulus"].values.tolist(), metadata
