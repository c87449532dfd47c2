"""The learning rate over steps."""

from __future__ import annotations

import math

from .settings import Settings


def learning_rate(settings: Settings, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of one optimisation step, a function of the step alone.

    The staircase is the closed form of torch's `StepLR`, fed with fractions of an epoch as the
    original does: lr * gamma ** (epoch // step_size).

    Parameters
    ----------
    settings
        ``schedule``, ``lr`` and what belongs to them.
    step
        From 0.
    steps_per_epoch
        Optimisation steps of an epoch.

    Returns
    -------
    float

    Examples
    --------
    >>> from cornetkit.training import recipe_settings
    >>> [learning_rate(recipe_settings("Z"), epoch * 5005, 5005) for epoch in (0, 9, 10)]
    [0.01, 0.01, 0.001]
    """
    epoch = step / steps_per_epoch
    if settings.schedule == "staircase":
        return settings.lr * settings.gamma ** (epoch // settings.step_size)
    warmup = settings.warmup_epochs
    if epoch < warmup:
        # The first step is not at 0: it would be lost.
        return settings.lr * min(1.0, (step + 1) / (warmup * steps_per_epoch))
    done = (epoch - warmup) / (settings.epochs - warmup)
    return settings.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def rule(settings: Settings) -> str:
    """Say the rule in words."""
    if settings.schedule == "staircase":
        return (
            f"learning rate {settings.lr:g}, times {settings.gamma:g} every "
            f"{settings.step_size:g} epochs"
        )
    return (
        f"learning rate up to {settings.lr:g} over {settings.warmup_epochs:g} epochs, then half a "
        f"cosine to 0 at epoch {settings.epochs}"
    )
