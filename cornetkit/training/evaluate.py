"""`evaluate`: how well a trained model names images, in all, by class, and by recurrent step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr

from ..errors import FileError, InputError, counted, listing
from ..models import load_model
from ..models.network import CORnet
from ..schema import check_rng, to_attribute
from ..stimuli import Transform
from ..unused import refuse
from .data_open import open_data, open_validation, relabelled
from .dataset import Split
from .heads import refitted_top1
from .loaders import InTurn, make_loader
from .processes import find_device
from .samples import Bad, ValidationSamples

# Images of each class that heads are fitted on.
_PER_CLASS = 50


def evaluate(
    weights: str | Path,
    data: str | Path,
    *,
    model: str | None = None,
    ema: bool = False,
    heads: str | Path | None = None,
    heads_per_class: int | None = None,
    crop: bool = True,
    batch_size: int = 64,
    workers: int = 0,
    device: str = "cpu",
    precision: str = "float32",
    skip_bad: bool = False,
    rng: int = 0,
) -> xr.Dataset:
    """Evaluate a checkpoint on images of named classes.

    Parameters
    ----------
    weights
        A checkpoint, or ``"imagenet"`` or ``"random"`` (then `model` is needed).
    data
        A folder of class folders, or any data that `train` takes: then its validation images.
    model
        Which model, where the checkpoint does not say.
    ema
        Evaluate the running mean of the weights.
    heads
        Data whose training images a new linear classifier is fitted on, for each recurrent step
        of IT (its output averaged over places): what the image could be told from at that step.
        Left out: no heads.
    heads_per_class
        Images of each class that they are fitted on (0: all), 50 unless given.
    crop
        Resize and crop as for ImageNet; False: a straight resize. A checkpoint that says how its
        validation images were resized decides itself.
    batch_size, workers, device, precision
        How it is computed.
    skip_bad
        Leave out images that cannot be read.
    rng
        Seed of random weights.

    Returns
    -------
    Dataset
        ``top1``, ``top5``, ``loss``: scalars. ``class_top1``, ``n_images`` (class).
        ``confusion`` (class, predicted): images. With `heads` ``step_top1`` (time), NaN where the
        image has not reached IT, with the reason in the attribute ``undefined``.

    Raises
    ------
    InputError
        The classes of the data are not those of the checkpoint.
    FileError
        Data that is not there, or an image that cannot be read.
    WeightsError
        The weights cannot be had.

    Examples
    --------
    >>> import tempfile, cornetkit as ck
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     few = {"epochs": 1, "subset": 2, "image_size": 32}
    ...     run = ck.train("Z", "shapes", folder, settings=few, progress=False)
    ...     result = ck.evaluate(run.best, "shapes")
    >>> result["confusion"].shape, int(result["confusion"].sum())
    ((10, 10), 500)
    """
    check_rng(rng)
    if heads is None:
        refuse(
            "is of heads, and none are asked for (heads=, --heads)", heads_per_class=heads_per_class
        )
    if weights in ("imagenet", "random"):
        if model is None:
            raise InputError(f"weights '{weights}' of which model? give model= (--model S)")
        network = load_model(model, weights, seed=rng)
    elif model is not None:
        network = load_model(model, weights, ema=ema)
    else:
        network = load_model(weights, ema=ema)
    where = find_device(device)
    split, classes = open_validation(data)
    split, classes = _matched(network, split, classes)
    transform = _transform(network, crop)
    runner = _Runner(network.to(where), transform, batch_size, workers, where, precision, skip_bad)
    logits, labels = runner.logits(split)
    result = _table(logits, labels, classes)
    if heads is not None:
        per_class = _PER_CLASS if heads_per_class is None else heads_per_class
        fitted = relabelled(*_training_of(heads), classes)
        result["step_top1"] = _heads(runner, network, fitted, split, per_class)
        undriven = [t for t, driven in enumerate(network.driven("IT")) if not driven]
        if undriven:
            result["step_top1"].attrs["undefined"] = (
                f"steps {listing(undriven)}: the image has not reached IT"
            )
    result.attrs = {
        name: to_attribute(value)
        for name, value in (
            ("model", network.letter),
            ("times", network.times),
            *network.provenance.items(),
            ("transform", transform.to_json()),
            ("data", str(data)),
            ("skipped", runner.skipped),
            ("precision", precision),
        )
    }
    return result


class _Runner:
    """Runs a model over images, in batches."""

    def __init__(
        self,
        model: CORnet,
        transform: Transform,
        batch_size: int,
        workers: int,
        device: torch.device,
        precision: str,
        skip_bad: bool,
    ) -> None:
        if batch_size < 1 or precision not in ("float32", "bf16"):
            raise InputError(
                f"batch_size={batch_size}, precision={precision!r}; expected 1 or more, and "
                "'float32' or 'bf16'"
            )
        self.model, self.transform, self.device = model, transform, device
        self.batch_size, self.workers = batch_size, workers
        self.precision, self.skip_bad = precision, skip_bad
        self.skipped: list[str] = []

    def logits(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits (images, classes) and the labels of all images."""
        return self._collect(split, lambda images: self.model(images).float())

    def pooled(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """Return IT of every step, averaged over places (images, steps, channels), and labels."""
        kept: list[torch.Tensor] = []

        def keep(module: Any, inputs: Any, output: torch.Tensor) -> None:
            kept.append(output.float().mean(dim=(2, 3)))

        def run(images: torch.Tensor) -> torch.Tensor:
            kept.clear()
            self.model(images)
            return torch.stack(kept, dim=1)

        handle = self.model.get_submodule("IT.output").register_forward_hook(keep)
        try:
            return self._collect(split, run)
        finally:
            handle.remove()

    def _collect(self, split: Split, function: Any) -> tuple[np.ndarray, np.ndarray]:
        loader = make_loader(
            ValidationSamples(split, self.transform),
            InTurn(len(split), self.batch_size),
            self.workers,
            self.device,
        )
        mean, std = (
            torch.tensor(values, device=self.device).reshape(1, 3, 1, 1)
            for values in (self.transform.mean, self.transform.std)
        )
        found, labels = [], []
        bad: list[Bad] = []
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"),
        ):
            for part in loader:
                bad += part.bad
                if bad and not self.skip_bad:
                    raise FileError(
                        f"{counted(len(bad), 'image')} cannot be read: {bad[0].name} "
                        f"{bad[0].reason}; replace it, or leave it out (--skip-bad)"
                    )
                if len(part.labels):
                    images = part.pixels.to(self.device).float().div_(255).sub_(mean).div_(std)
                    found.append(function(images).float().cpu().numpy())
                    labels.append(part.labels.numpy())
        self.skipped += [one.name for one in bad]
        if not found:
            raise InputError("no image is left to evaluate; none can be read")
        return np.concatenate(found), np.concatenate(labels)


def _table(logits: np.ndarray, labels: np.ndarray, classes: list[str]) -> xr.Dataset:
    n = len(classes)
    order = np.argsort(-logits, axis=1, kind="stable")
    hits = order == labels[:, None]
    shifted = logits.astype(float) - logits.max(axis=1, keepdims=True)
    loss = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    confusion = np.zeros((n, n), dtype=np.int64)
    np.add.at(confusion, (labels, order[:, 0]), 1)
    counts = confusion.sum(axis=1)
    with np.errstate(invalid="ignore"):
        by_class = np.diag(confusion) / counts  # NaN for a class of which no image could be read
    return xr.Dataset(
        {
            "top1": hits[:, 0].mean(),
            "top5": hits[:, :5].any(axis=1).mean(),
            "loss": loss.mean(),
            "class_top1": ("class", by_class),
            "n_images": ("class", counts),
            "confusion": (("class", "predicted"), confusion),
        },
        coords={"class": classes, "predicted": classes},
    )


def _matched(network: CORnet, split: Split, classes: list[str]) -> tuple[Split, list[str]]:
    """Give the data's labels the order of the checkpoint's classes."""
    outputs = network.provenance["num_classes"]
    if network.classes is not None:
        return relabelled(split, classes, network.classes), network.classes
    if outputs != len(classes):
        raise InputError(
            f"the data has {len(classes)} classes, the checkpoint {outputs} without names; give "
            "data with all of them, whose folders in sorted order are the outputs"
        )
    return split, classes


def _training_of(source: str | Path) -> tuple[Split, list[str]]:
    data = open_data(source)
    return data.train, data.classes


def _transform(network: CORnet, crop: bool) -> Transform:
    resize = network.stated_transform.get("resize", "crop" if crop else "straight")
    return Transform(
        size=network.input_size, mean=network.mean, std=network.std, resize=str(resize)
    )


def _heads(
    runner: _Runner, network: CORnet, fitted: Split, judged: Split, per_class: int
) -> xr.DataArray:
    train = runner.pooled(fitted.first(per_class) if per_class else fitted)
    test = runner.pooled(judged)
    driven = network.driven("IT")
    values = [
        refitted_top1(train[0][:, t], train[1], test[0][:, t], test[1]) if driven[t] else np.nan
        for t in range(len(driven))
    ]
    return xr.DataArray(
        values,
        dims=("time",),
        coords={"time": np.arange(len(driven)), "driven": ("time", driven)},
        attrs={"n_train": len(train[1])},
    )
