"""Protocols: everything that moves a score, under a name."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import InputError, listing, unknown_name
from ..schema import check_whole

METHODS = ("ridge", "pls", "ols", "best-unit", "non-negative")
# Methods that choose a penalty.
PENALISED = ("ridge", "non-negative")
ALPHAS = ("relative", "brainscore")

# Published numbers differ in this; all keep the sign of r.
FORMULAS = {
    "r/sqrt(c)": "score / sqrt(ceiling)",
    "r^2/c": "sign(score) * score^2 / ceiling",
    "(r/c)^2": "sign(score) * (score / ceiling)^2",
    "r": "score",
    "%EV": "median over neuroids of 100 * sign(r) * r^2 / (ceiling * prediction_ceiling)",
}


@dataclass(frozen=True)
class Protocol:
    """How a score is made. Frozen under its name: last year's score reproduces.

    Parameters
    ----------
    name
        What results call it.
    method
        ``ridge``, ``pls``, ``ols``, ``best-unit`` or ``non-negative``.
    n_components
        Of PLS.
    targets
        ``joint``: PLS2, whose components are shared by all neuroids; ``separate``: one fit each.
        Only PLS can be joint.
    alphas
        Penalties to choose from: ``"relative"`` (scaled to the features: 25 of ridge, 9 of
        non-negative), ``"brainscore"`` (99 absolute ones), or numbers.
    alpha_per
        ``neuroid``: one penalty for each; ``all``: one for all neuroids of a time bin.
    standardize
        Whether units are brought to mean 0 and standard deviation 1 by the training stimuli of
        each fold.
    splits
        ``kfold``, ``shuffle``, ``held-out``, ``distance``, or ``stored``.
    n_splits, train_fraction, seed
        Of the splits; the fraction is used by ``shuffle`` only.
    stratify
        A coordinate of the stimuli whose values are balanced over train and test, if it is there.
    groups
        A coordinate of the stimuli whose values are never split, by folds or by the choice of a
        penalty.
    held_out
        A coordinate of the stimuli whose values are held out (``held-out``).
    space
        What distances are measured in (``distance``), in words.
    by
        A coordinate of the neuroids: what ties neuroids together (joint PLS, one penalty for all)
        ties those that share its value, and scores are summed up for each value too.
    ceiling
        ``split-half``, ``brainscore``, ``signal-power`` or ``nsd``.
    normalization
        A key of `FORMULAS`.
    pooled
        Correlate once over the held-out predictions of all folds, instead of within each.
    min_split_share
        Share of the splits in which a neuroid needs an r to count in the normalised score.
    min_reliability
        Only neuroids whose reliability lies above this are kept.
    window, bin_width
        Time bins of the responses, in ms, where nothing else is asked for.
    version
        Of the protocol: a change of anything above gets a new one.
    """

    name: str
    method: str = "ridge"
    n_components: int = 25
    targets: str = "separate"
    alphas: str | tuple[float, ...] = "relative"
    alpha_per: str = "neuroid"
    standardize: bool = False
    splits: str = "kfold"
    n_splits: int = 10
    train_fraction: float = 0.9
    seed: int = 0
    stratify: str | None = None
    groups: str | None = None
    held_out: str | None = None
    space: str | None = None
    by: str | None = None
    ceiling: str = "split-half"
    normalization: str = "r/sqrt(c)"
    pooled: bool = False
    min_split_share: float = 0.5
    min_reliability: float | None = None
    window: tuple[float, float] | None = None
    bin_width: float | None = None
    version: str = "1"

    @property
    def needs_predictions(self) -> bool:
        """Whether more than the correlation of each split is made from the predictions."""
        return self.pooled or self.normalization == "%EV"

    @property
    def ties_neuroids(self) -> bool:
        """Whether neuroids are fitted together, so that all of them need the same stimuli."""
        return self.targets == "joint" or (self.method in PENALISED and self.alpha_per == "all")

    def but(self, **changes: Any) -> Protocol:
        """Return the protocol with some settings replaced; None leaves a setting as it is."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})

    def _choice(self) -> str:
        if not isinstance(self.alphas, str) and len(self.alphas) == 1:
            return "given"
        of = "stimulus" if self.groups is None else "group"
        if self.method == "ridge":
            return f"leave-one-{of}-out within the training stimuli"
        return f"5-fold cross-validation within the training stimuli, by {of}"

    def describe(self) -> dict[str, Any]:
        """Return all settings as attributes for a result."""
        settings = asdict(self)
        if self.method != "pls":
            del settings["n_components"]
        if self.method not in PENALISED:
            del settings["alphas"], settings["alpha_per"]
        if self.splits != "shuffle":
            del settings["train_fraction"]
        if self.splits != "held-out":
            del settings["held_out"]
        if self.splits != "distance":
            del settings["space"]
        # What time bins were used is with the other arguments.
        del settings["window"], settings["bin_width"]
        settings["standardize"] = "within folds" if self.standardize else "none"
        if self.method in PENALISED:
            settings["alpha_chosen_by"] = self._choice()
        settings["correlation"] = "over all folds" if settings.pop("pooled") else "within splits"
        settings["protocol"] = settings.pop("name")
        settings["protocol_version"] = settings.pop("version")
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
        min_split_share=0.0,
    ),
    # Papale et al. 2025 (Neuron), as Brain-Score scores it: one split of the data set's own, ridge
    # with one penalty for each animal, electrodes of reliability above .3. The number published
    # there is the mean over animals, normalized_by.mean("by").
    "papale2025": Protocol(
        "papale2025",
        alphas="brainscore",
        alpha_per="all",
        splits="stored",
        n_splits=1,
        by="animal",
        ceiling="brainscore",
        normalization="r^2/c",
        min_split_share=0.0,
        min_reliability=0.3,
    ),
    # Li et al. 2026 (Nature Neuroscience; Triple-N), as Brain-Score scores it: responses of
    # 70-170 ms, units of reliability above .4, splits without stratification.
    "li2026": Protocol(
        "li2026",
        alphas="brainscore",
        alpha_per="all",
        splits="shuffle",
        seed=1,
        by="animal",
        normalization="r^2/c",
        min_split_share=0.0,
        min_reliability=0.4,
        window=(70.0, 170.0),
    ),
    # Kar et al. 2019 (Nature Neuroscience 22:974): correlates pooled predictions, as the original.
    "kar2019": Protocol(
        "kar2019",
        method="pls",
        n_components=20,
        targets="joint",
        normalization="%EV",
        pooled=True,
        bin_width=10.0,
    ),
    "kar2019-within": Protocol(
        "kar2019-within",
        method="pls",
        n_components=20,
        targets="joint",
        normalization="%EV",
        bin_width=10.0,
    ),
}


def find_protocol(name: str) -> Protocol:
    """Return a protocol by name."""
    if not isinstance(name, str) or name not in PROTOCOLS:
        raise unknown_name("protocol", str(name), list(PROTOCOLS))
    return PROTOCOLS[name]


def check_method(method: str) -> None:
    """Raise unless the method exists."""
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)


def check_settings(plan: Protocol) -> None:
    """Raise `InputError` for settings outside their range."""
    check_method(plan.method)
    check_whole(plan.n_components, "n_components")
    check_whole(plan.n_splits, "n_splits")
    if plan.n_components < 1:
        raise InputError(f"n_components must be at least 1, not {plan.n_components}")
    if plan.n_splits < 2 and plan.splits != "stored":
        raise InputError(f"n_splits must be at least 2, not {plan.n_splits}")
    if plan.targets not in ("joint", "separate"):
        raise InputError(f"targets must be 'joint' or 'separate', not '{plan.targets}'")
    if plan.targets == "joint" and plan.method != "pls":
        raise InputError(
            f"{plan.method} fits every neuroid by itself; targets='joint' goes with method='pls'"
        )
    if not isinstance(plan.standardize, bool):
        raise InputError(f"standardize must be True or False, not {plan.standardize!r}")
    if plan.standardize and plan.method == "best-unit":
        raise InputError(
            "best-unit correlates, which the scale of a unit does not change; leave out "
            "standardize=True (--standardize)"
        )
    if not isinstance(plan.normalization, str) or plan.normalization not in FORMULAS:
        raise unknown_name("normalization", str(plan.normalization), list(FORMULAS))
    if plan.needs_predictions and (plan.method not in ("ridge", "pls", "ols") or plan.standardize):
        raise InputError(
            "'%EV' and the kar2019 protocols need predictions through the Gram matrix: method "
            f"ridge, pls or ols, not standardised; '{plan.method}'"
            f"{' (standardised)' if plan.standardize else ''} was given"
        )
    if plan.alpha_per not in ("neuroid", "all"):
        raise InputError(f"alpha_per must be 'neuroid' or 'all', not '{plan.alpha_per}'")
    if isinstance(plan.alphas, str):
        if plan.alphas not in ALPHAS:
            raise unknown_name("grid of alphas", plan.alphas, ALPHAS)
    elif not plan.alphas or not all(0 < a < math.inf for a in plan.alphas):
        raise InputError(
            f"alphas must be one or more positive numbers, not {listing(plan.alphas) or 'none'}"
            "; without a penalty: method='ols'"
        )
