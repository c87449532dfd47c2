"""Every hyper-parameter of a run, typed, checked, and writable as JSON."""

from __future__ import annotations

import math
import typing
from dataclasses import dataclass, fields, replace
from typing import Any

from ..errors import InputError, unknown_name

_CHOICES = {
    "optimizer": ("sgd", "adamw"),
    "schedule": ("staircase", "cosine"),
    "precision": ("float32", "bf16"),
    "val_resize": ("crop", "straight"),
    "memory_format": ("auto", "channels_last", "channels_first"),
}
_AT_LEAST_ONE = ("epochs", "batch_size", "accumulate", "log_every", "validate_every")
_NOT_NEGATIVE = (
    *("momentum", "weight_decay", "warmup_epochs", "label_smoothing", "ema_decay", "clip_norm"),
    *("workers", "checkpoint_minutes", "seed", "subset", "keep_every"),
)
_ABOVE_ZERO = ("lr", "step_size", "gamma")
_BELOW_ONE = ("momentum", "label_smoothing", "ema_decay")
# What may differ between a run and its continuation: it changes no weight.
FREE = frozenset(
    ["workers", "checkpoint_minutes", "log_every", "keep_every", "validate_every", "tensorboard"]
)


@dataclass(frozen=True)
class Settings:
    """The settings of a training run; a recipe gives all of them, each can be set.

    Parameters
    ----------
    model, times
        Which CORnet, and its recurrent steps (None: the usual ones).
    recipe
        Whose values the others are, but for those that were set.
    weights
        Where training starts: ``"random"``, ``"imagenet"``, or a checkpoint.
    optimizer, lr, momentum, weight_decay, nesterov
        ``"sgd"``: stochastic gradient descent. ``"adamw"``: `momentum` is its first beta, the
        second is .999, and weights decay apart from the gradient (Loshchilov & Hutter 2019).
        `lr` belongs to `batch_size`; it is not scaled.
    decay_norms
        Whether biases and normalisation layers decay too.
    batch_size
        Images of one optimisation step, over all processes and accumulated parts.
    epochs
        Passes over the training images.
    schedule, step_size, gamma, warmup_epochs
        ``"staircase"``: lr times `gamma` every `step_size` epochs. ``"cosine"``: linear rise
        over `warmup_epochs`, then half a cosine to 0.
    label_smoothing, clip_norm, ema_decay
        0 turns each of them off. `ema_decay`: of the running mean of the weights.
    image_size, crop_scale_min, flip, trivial_augment, val_resize
        Random crops of at least that share of the image, resized to `image_size` pixels; random
        mirror images; TrivialAugment; and how validation images are resized.
    precision, memory_format, compile, fused, accumulate, checkpoint_activations, sync_batch_norm
        How it is computed. `memory_format`: ``"auto"`` is channels-last on GPUs, channels-first
        on the CPU. `accumulate`: parts in which a process takes its share of a batch.
        `checkpoint_activations`: compute each recurrent step twice and keep less in memory.
    seed
        Of the first weights, the order of images and their augmentation.
    subset
        Training images a class (0: all).
    skip_bad
        Leave out images that cannot be read, and count them.
    workers
        Processes that read images, for each process that trains.
    checkpoint_minutes, keep_every, validate_every, log_every
        A state every so many minutes (0: at the ends of epochs only), weights kept every so many
        epochs (0: none), validation every so many epochs, a line of the log every so many steps.
    tensorboard
        Write TensorBoard events too.
    """

    model: str
    recipe: str
    lr: float
    step_size: float
    epochs: int
    times: int | tuple[int, ...] | None = None
    weights: str = "random"
    optimizer: str = "sgd"
    momentum: float = 0.9
    weight_decay: float = 1e-4
    nesterov: bool = False
    decay_norms: bool = True
    batch_size: int = 256
    schedule: str = "staircase"
    gamma: float = 0.1
    warmup_epochs: float = 0.0
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    ema_decay: float = 0.0
    image_size: int = 224
    crop_scale_min: float = 0.08
    flip: bool = True
    trivial_augment: bool = False
    val_resize: str = "crop"
    precision: str = "float32"
    memory_format: str = "auto"
    compile: bool = False
    fused: bool = True
    accumulate: int = 1
    checkpoint_activations: bool = False
    sync_batch_norm: bool = False
    seed: int = 0
    subset: int = 0
    skip_bad: bool = False
    workers: int = 0
    checkpoint_minutes: float = 15.0
    keep_every: int = 1
    validate_every: int = 1
    log_every: int = 10
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise unknown_name(name, getattr(self, name), known)
        for names, holds, words in (
            (_AT_LEAST_ONE, lambda x: x >= 1, "at least 1"),
            (_NOT_NEGATIVE, lambda x: x >= 0, "0 or more"),
            (_ABOVE_ZERO, lambda x: x > 0, "above 0"),
            (_BELOW_ONE, lambda x: x < 1, "below 1"),
        ):
            for name in names:
                if not holds(value := getattr(self, name)):
                    raise InputError(f"{name} must be {words}, not {value}")
        if not 0 < self.crop_scale_min <= 1:
            raise InputError(
                f"crop_scale_min is a share above 0 and up to 1, not {self.crop_scale_min}"
            )
        if self.image_size < 32 or self.image_size % 32:
            raise InputError(
                f"image_size must be a multiple of 32 pixels, not {self.image_size}; "
                f"{max(32, round(self.image_size / 32) * 32)} is the nearest"
            )
        if self.schedule == "cosine" and self.warmup_epochs >= self.epochs:
            raise InputError(
                f"warmup_epochs is {self.warmup_epochs:g} of {self.epochs} epochs; give fewer"
            )
        if self.optimizer == "adamw" and self.nesterov:
            raise InputError(
                "nesterov belongs to sgd, and the optimizer is adamw; give --set nesterov=false, "
                "or --set optimizer=sgd"
            )
        if self.schedule == "staircase" and self.warmup_epochs:
            raise InputError(
                f"warmup_epochs is {self.warmup_epochs:g}, and a staircase has no warm-up; give "
                "--set warmup_epochs=0, or --set schedule=cosine"
            )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return {
            one.name: list(value) if isinstance(value := getattr(self, one.name), tuple) else value
            for one in fields(self)
        }


KNOWN: tuple[str, ...] = tuple(one.name for one in fields(Settings))
_TYPES = typing.get_type_hints(Settings)


def with_values(settings: Settings, values: dict[str, Any], where: str) -> Settings:
    """Return the settings with other values, converted to their types.

    Parameters
    ----------
    settings
        The settings so far.
    values
        By name: values, or texts as on a command line.
    where
        Where they were given, for messages: ``"--set"``.

    Raises
    ------
    UnknownNameError
        There is no such setting.
    InputError
        A value of another type or outside its range.
    """
    for name in values:
        if name not in KNOWN:
            raise unknown_name("setting", name, KNOWN)
    return replace(settings, **{n: _converted(n, v, where) for n, v in values.items()})


def _converted(name: str, value: Any, where: str) -> Any:
    wanted = _TYPES[name]
    try:
        if name == "times":
            return _times(value)
        if wanted is bool:
            return _bool(value)
        if wanted is int:
            if isinstance(value, bool) or float(value) != int(float(value)):
                raise ValueError
            return int(float(value))
        if wanted is float:
            if isinstance(value, bool) or not math.isfinite(float(value)):
                raise ValueError
            return float(value)
        if not isinstance(value, str):
            raise ValueError
        return value
    except (ValueError, TypeError, OverflowError):
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        expected = words.get(wanted, "step counts such as 8 or 2,4,2")
        raise InputError(f"{where} {name}={value}: expected {expected}") from None


def _bool(value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in known:
        raise ValueError
    return known[str(value).lower()]


def _times(value: Any) -> int | tuple[int, ...] | None:
    if value is None or value == "none":
        return None
    if isinstance(value, str):
        value = [int(part) for part in value.split(",")]
    if isinstance(value, (list, tuple)):
        counts = tuple(int(one) for one in value)
        return counts[0] if len(counts) == 1 else counts
    if isinstance(value, bool):
        raise ValueError
    return int(value)


def parse_settings(texts: typing.Iterable[str]) -> dict[str, str]:
    """Read ``lr=.05`` and the like.

    Raises
    ------
    InputError
        A text without ``=``.
    """
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set {text}: expected NAME=VALUE, such as --set lr=.05")
        values[name.strip()] = value.strip()
    return values
