"""`load_model`: a CORnet with published, random or own weights."""

from __future__ import annotations

import os
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError, WeightsError, did_you_mean
from ..inputs import is_file, look
from .checkpoints import read_checkpoint
from .cornet_r import CORnetR
from .cornet_rt import CORnetRT
from .cornet_s import CORnetS
from .cornet_z import CORnetZ
from .fitting import check_steps, load_into, stored_classes, stored_times
from .identity import identify, metadata_values
from .naming import letter_of, unknown_model
from .network import CORnet, check_count
from .official import official_file, official_letter
from .trained import stated_letter, take_over, training_of, with_averaged_weights
from .weights_hash import hash_weights

MODELS: dict[str, type[CORnetZ] | type[CORnetR] | type[CORnetRT] | type[CORnetS]] = {
    "Z": CORnetZ,
    "R": CORnetR,
    "RT": CORnetRT,
    "S": CORnetS,
}
# Of ImageNet, for which all four were made.
_N_CLASSES = 1000
_NAMES = "give 'imagenet', 'random' or the path of a checkpoint"


def load_model(
    name: str | Path,
    weights: str | Path = "imagenet",
    *,
    seed: int = 0,
    times: int | tuple[int, ...] | None = None,
    num_classes: int | None = None,
    ema: bool = False,
) -> CORnet:
    """Return a CORnet in eval mode, on the CPU.

    Parameters
    ----------
    name
        ``"Z"``, ``"R"``, ``"RT"`` or ``"S"``, also spelled like ``"CORnet-S"``. Or the path of a
        checkpoint that says which of them it is, as those of `cornetkit.training` do.
    weights
        ``"imagenet"``: the published checkpoint, downloaded once. ``"random"``: an untrained
        network. Anything else is the path of a checkpoint.
    seed
        Of the random weights: the same seed gives the same weights, and torch's global random
        state is left as it was.
    times
        Recurrent steps: an int for R and RT, ``(V2, V4, IT)`` for S. Left out: as the
        checkpoint says, otherwise 5 and (2, 4, 2). Fewer steps of S than its checkpoint has
        are a lesion, and the provenance calls them so.
    num_classes
        Outputs of the decoder. Left out: as many as the checkpoint has, 1000 of random weights.
    ema
        Take the running mean of the weights over training, of a checkpoint that holds it.

    Returns
    -------
    CORnet
        With ``model.provenance``, a dict: ``weights`` (``"imagenet"``, ``"random"`` or
        ``"file"``), ``num_classes``, ``seed``, ``weights_sha256`` (of the weights, the same
        whatever file they came from), ``weights_file_sha256``, ``identity`` (how it is known
        whose weights they are), ``trained`` (bool or ``"unknown"``), ``lesion`` (a sentence or
        None). A checkpoint of `cornetkit.training` also gives the model its input size, its
        normalisation and ``model.classes``, and the provenance how it was trained.

    Raises
    ------
    UnknownNameError
        There is no such model.
    InputError
        `times`, `seed` or `num_classes` make no sense.
    WeightsError
        The weights cannot be had, are damaged, or belong to another model.

    References
    ----------
    Kubilius et al. 2018 (CORnet-Z, R, RT) and 2019 (CORnet-S).

    Examples
    --------
    >>> import cornetkit as ck
    >>> model = ck.load_model("RT", weights="random", seed=1, times=8)
    >>> model.first_driven["IT"], model.provenance["identity"]
    (3, 'untrained (random weights, seed 1)')
    """
    letter = letter_of(name)
    if letter is None:
        if not _is_path(name):
            raise unknown_model(name)
        if weights != "imagenet":
            raise InputError(
                f"two checkpoints were given: {name} and weights={str(weights)!r}; give one of them"
            )
        weights = Path(name)
        letter = stated_letter(read_checkpoint(weights))
    # Before a download: a mistyped argument should not cost 200 MB.
    if num_classes is not None:
        num_classes = check_count(num_classes, "num_classes")
    if times is not None:
        times = MODELS[letter].check_times(times)
    if ema and weights in ("random", "imagenet"):
        raise InputError(f"ema=True is for checkpoints of a training; weights are '{weights}'")
    if weights == "random":
        return _random_model(letter, seed, times, num_classes or _N_CLASSES)
    if weights == "imagenet":
        return _stored_model(letter, official_file(letter), "imagenet", times, num_classes)
    hint = did_you_mean(str(weights), ("imagenet", "random"))
    if hint and look(Path(os.path.expanduser(weights)), WeightsError) is None:
        raise WeightsError(f"no weights '{weights}'{hint}; {_NAMES}")
    return _stored_model(letter, Path(weights), "file", times, num_classes, ema)


def _is_path(name: object) -> bool:
    text = os.path.expanduser(str(name))
    return os.sep in text or text.endswith((".pth", ".pt")) or is_file(Path(text))


def _make(letter: str, times: Any, num_classes: int) -> CORnet:
    steps = {} if times is None else {"times": times}
    return MODELS[letter](num_classes=num_classes, **steps)


def _random_model(letter: str, seed: int, times: Any, num_classes: int) -> CORnet:
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed < 2**63:
        raise InputError(f"seed must be a whole number from 0 up, not {seed!r}")
    seed = int(seed)
    # Only the CPU's generator: torch.manual_seed would seed the GPUs too, and leave them so.
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)
        model = _make(letter, times, num_classes)
    model.provenance = {
        "weights": "random",
        "num_classes": num_classes,
        "seed": seed,
        "weights_sha256": hash_weights(model),
        "weights_file_sha256": None,
        "identity": f"untrained (random weights, seed {seed})",
        "trained": False,
        "lesion": None,
    }
    return model.eval()


def _stored_model(
    letter: str,
    path: Path,
    source: str,
    times: Any,
    num_classes: int | None,
    ema: bool = False,
) -> CORnet:
    checkpoint = read_checkpoint(path, _NAMES)
    if ema:
        checkpoint = with_averaged_weights(checkpoint)
    identity = identify(checkpoint, letter)
    stored = stored_times(checkpoint, letter)
    lesion = ""
    if times is None:
        times = stored
    elif isinstance(stored, tuple):
        lesion = check_steps(checkpoint, times, stored)
    if num_classes is None:
        num_classes = stored_classes(checkpoint) or _N_CLASSES
    # Without values at first: every one is about to be copied in, so none is drawn at random.
    with torch.device("meta"):
        model = _make(letter, times, num_classes)
    model.to_empty(device="cpu")
    load_into(model, checkpoint)
    model.weights_file = checkpoint.path
    take_over(model, checkpoint)

    official = official_letter(checkpoint.sha256) is not None
    if ema:
        identity += "; running mean of the weights"
    epochs = [e for e in metadata_values(checkpoint.metadata, "epoch") if isinstance(e, Real)]
    model.provenance = {
        "weights": source,
        "num_classes": num_classes,
        "seed": None,
        "weights_sha256": hash_weights(model),
        "weights_file_sha256": checkpoint.sha256,
        "identity": f"{identity}; {lesion}" if lesion else identity,
        "trained": True if official or any(float(epoch) > 0 for epoch in epochs) else "unknown",
        "lesion": lesion or None,
        **training_of(checkpoint),
    }
    return model.eval()
