"""The recipes: as published, a modern one, and a short one for the built-in shapes."""

from __future__ import annotations

from typing import Any

from ..errors import unknown_name
from ..models import MODELS
from .processes import computes_bf16
from .settings import Settings

RECIPES = ("original", "modern", "shapes")

# Kubilius et al. 2018, 2019: SGD, momentum .9, weight decay 1e-4 on all parameters, batch 256.
# R was published with RT's.
_ORIGINAL: dict[str, dict[str, Any]] = {
    "Z": {"lr": 0.01, "step_size": 10.0, "epochs": 25},
    "R": {"lr": 0.1, "step_size": 10.0, "epochs": 25},
    "RT": {"lr": 0.1, "step_size": 10.0, "epochs": 25},
    "S": {"lr": 0.1, "step_size": 20.0, "epochs": 43},
}
_MODERN: dict[str, Any] = {
    "schedule": "cosine",
    "warmup_epochs": 5.0,
    "label_smoothing": 0.1,
    "decay_norms": False,
    "nesterov": True,
    "ema_decay": 0.9999,
    "clip_norm": 5.0,
    "precision": "bf16",
    "batch_size": 512,
}
# Linear in the batch, which is twice the original's.
_MODERN_LR = {"Z": 0.02, "R": 0.2, "RT": 0.2, "S": 0.2}
_MODERN_EPOCHS = {"Z": 60, "R": 60, "RT": 60, "S": 90}

_SHAPES: dict[str, Any] = {
    "batch_size": 32,
    "image_size": 64,
    "crop_scale_min": 0.8,
    "val_resize": "straight",
    "schedule": "cosine",
    "warmup_epochs": 0.5,
    "clip_norm": 5.0,
}
_SHAPES_OF: dict[str, dict[str, Any]] = {
    "Z": {"lr": 0.02, "epochs": 12},
    "R": {"lr": 0.02, "epochs": 8},
    "RT": {"lr": 0.02, "epochs": 8},
    # At the start the gradient of V1's first kernel is, relative to its weights, 100 times that of
    # IT's kernels or more; by SGD, with one rate for all, the loss rose and stayed above chance's.
    "S": {
        "optimizer": "adamw",
        "lr": 0.0005,
        "weight_decay": 0.01,
        "clip_norm": 0.0,
        "crop_scale_min": 1.0,
        "epochs": 5,
    },
}

CHANGES = {
    "original": "as published (Kubilius et al. 2018, 2019): SGD, a staircase of the learning rate",
    "modern": (
        "in place of the staircase 5 epochs of linear warm-up and half a cosine over more epochs; "
        "batch 512 with the learning rate doubled; label smoothing .1; no decay of biases and "
        "normalisation; Nesterov momentum; gradients clipped at norm 5; bf16; a running mean of "
        "the weights (decay .9999). Not published: its accuracy on ImageNet was not measured"
    ),
    "shapes": (
        "for the built-in images only: 64 pixels, batch 32, mild crops or none, warm-up and half a "
        "cosine over a few epochs; CORnet-S by AdamW; but for CORnet-Z bf16 where the processor "
        "has that"
    ),
}


def recipe_settings(model: str, recipe: str = "original") -> Settings:
    """Return all settings of a recipe.

    Parameters
    ----------
    model
        ``"Z"``, ``"R"``, ``"RT"`` or ``"S"``.
    recipe
        ``"original"``: as published. ``"modern"``: what has become usual since; its changes are
        in `CHANGES`. ``"shapes"``: for the built-in data set.

    Returns
    -------
    Settings

    Raises
    ------
    UnknownNameError
        There is no such model or recipe.

    References
    ----------
    Kubilius et al. 2018 (CORnet-Z, R, RT) and 2019 (CORnet-S).

    Examples
    --------
    >>> from cornetkit.training import recipe_settings
    >>> settings = recipe_settings("S")
    >>> settings.lr, settings.step_size, settings.epochs, settings.batch_size
    (0.1, 20.0, 43, 256)
    """
    letter = letter_of_model(model)
    if recipe not in RECIPES:
        raise unknown_name("recipe", recipe, RECIPES)
    values = dict(_ORIGINAL[letter])
    if recipe == "modern":
        values |= {**_MODERN, "lr": _MODERN_LR[letter], "epochs": _MODERN_EPOCHS[letter]}
    elif recipe == "shapes":
        values |= _SHAPES | _SHAPES_OF[letter]
        if letter != "Z" and computes_bf16():
            values["precision"] = "bf16"
    return Settings(model=letter, recipe=recipe, **values)


def letter_of_model(name: str) -> str:
    """Return the letter that a spelling like ``"CORnet-S"`` means."""
    folded = str(name).strip().lower().removeprefix("cornet").lstrip("-_ ")
    for letter in MODELS:
        if letter.lower() == folded:
            return letter
    raise unknown_name("model", str(name), list(MODELS))
