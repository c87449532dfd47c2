"""Protocols: everything that moves a score, under a name."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import InputError, listing, unknown_name

METHODS = ("ridge", "pls", "ols", "best-unit")
ALPHAS = ("relative", "brainscore")

FORMULAS = {
    "r/sqrt(c)": "score / sqrt(ceiling)",
    "r^2/c": "sign(score) * score^2 / ceiling",
}


@dataclass(frozen=True)
class Protocol:
    """How a score is made. Frozen under its name: last year's score reproduces.

    Parameters
    ----------
    name
        What results call it.
    method
        ``ridge``, ``pls``, ``ols`` or ``best-unit``.
    n_components
        Of PLS.
    targets
        ``joint``: PLS2, whose components are shared by all neuroids; ``separate``: one fit each.
        Only PLS can be joint.
    alphas
        Ridge penalties to choose from: ``"relative"`` (25 of them, scaled to the features),
        ``"brainscore"`` (99 absolute ones), or numbers.
    alpha_per
        ``neuroid``: one penalty for each; ``all``: one for all neuroids of a time bin.
    splits
        ``kfold`` or ``shuffle``.
    n_splits, train_fraction, seed
        Of the splits; the fraction is used by ``shuffle`` only.
    stratify
        A coordinate of the stimuli whose values are balanced over train and test, if it is there.
    ceiling
        ``split-half`` or ``brainscore``.
    normalization
        A key of `FORMULAS`.
    """

    name: str
    method: str = "ridge"
    n_components: int = 25
    targets: str = "separate"
    alphas: str | tuple[float, ...] = "relative"
    alpha_per: str = "neuroid"
    splits: str = "kfold"
    n_splits: int = 10
    train_fraction: float = 0.9
    seed: int = 0
    stratify: str | None = None
    ceiling: str = "split-half"
    normalization: str = "r/sqrt(c)"

    def but(self, **changes: Any) -> Protocol:
        """Return the protocol with some settings replaced; None leaves a setting as it is."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})

    def describe(self) -> dict[str, Any]:
        """Return all settings as attributes for a result."""
        settings = asdict(self)
        if self.method != "pls":
            del settings["n_components"]
        if self.method != "ridge":
            del settings["alphas"], settings["alpha_per"]
        if self.splits == "kfold":
            del settings["train_fraction"]
        settings["protocol"] = settings.pop("name")
        return settings


PROTOCOLS = {
    "cornetkit": Protocol("cornetkit"),
    "brainscore": Protocol(
        "brainscore",
        method="pls",
        targets="joint",
        alphas="brainscore",
        alpha_per="all",
        splits="shuffle",
        seed=1,
        stratify="object_name",
        ceiling="brainscore",
        normalization="r^2/c",
    ),
}


def find_protocol(name: str) -> Protocol:
    """Return a protocol by name."""
    if name not in PROTOCOLS:
        raise unknown_name("protocol", name, list(PROTOCOLS))
    return PROTOCOLS[name]


def check_method(method: str) -> None:
    """Raise unless the method exists."""
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)


def check_settings(protocol: Protocol) -> None:
    """Raise `InputError` for settings outside their range."""
    check_method(protocol.method)
    if protocol.n_components < 1:
        raise InputError(f"n_components must be at least 1, not {protocol.n_components}")
    if protocol.n_splits < 2:
        raise InputError(f"n_splits must be at least 2, not {protocol.n_splits}")
    if not 0 <= protocol.seed < 2**32:
        raise InputError(
            f"rng must be a Generator or an int from 0 to 2^32 - 1, not {protocol.seed}"
        )
    if protocol.targets not in ("joint", "separate"):
        raise InputError(f"targets must be 'joint' or 'separate', not '{protocol.targets}'")
    if protocol.targets == "joint" and protocol.method != "pls":
        raise InputError(
            f"{protocol.method} fits every neuroid by itself; targets='joint' goes with "
            "method='pls'"
        )
    if protocol.alpha_per not in ("neuroid", "all"):
        raise InputError(f"alpha_per must be 'neuroid' or 'all', not '{protocol.alpha_per}'")
    if isinstance(protocol.alphas, str):
        if protocol.alphas not in ALPHAS:
            raise unknown_name("grid of alphas", protocol.alphas, ALPHAS)
    elif not protocol.alphas or not all(0 < a < math.inf for a in protocol.alphas):
        raise InputError(
            f"alphas must be one or more positive numbers, not {listing(protocol.alphas) or 'none'}"
            "; without a penalty: method='ols'"
        )
