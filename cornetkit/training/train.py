"""`train`: a CORnet from its first weights, or from where a run stands, to its last epoch."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FileError, InputError
from ..models import load_model
from ..models.network import CORnet
from .checkpoints import read_state
from .config import read_config, write_config
from .data_open import open_data
from .dataset import TrainingData
from .engine import Engine, channels_last
from .logs import Log, check_tensorboard
from .loop import Loop
from .processes import Processes, joined
from .progress import Progress
from .recipes import CHANGES
from .run_folder import RunFolder, settle
from .schedule import rule
from .settings import Settings
from .signals import StopRequest


@dataclass(frozen=True)
class TrainingRun:
    """What a training came to.

    Attributes
    ----------
    out, latest, best : pathlib.Path
        The run's folder, the state to go on from, and the best weights.
    epochs, steps : int
        Done.
    top1, top5, loss : float
        On the validation images, after the last epoch that was validated.
    best_top1 : float
        The highest of all epochs.
    bad_images : int
        How often an image could not be read.
    """

    out: Path
    latest: Path
    best: Path
    epochs: int
    steps: int
    top1: float
    top5: float
    loss: float
    best_top1: float
    bad_images: int


def train(
    model: str | None = None,
    data: str | Path | None = None,
    out: str | Path = "run",
    *,
    recipe: str | None = None,
    settings: Mapping[str, Any] | None = None,
    config: str | Path | None = None,
    device: str = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    progress: bool | None = None,
) -> TrainingRun:
    """Train a CORnet on images of named classes.

    Parameters
    ----------
    model
        ``"Z"``, ``"R"``, ``"RT"`` or ``"S"``.
    data
        A folder with ``train/`` and ``val/`` (or ``val_in_folders/``) and in each a folder a
        class; a CSV with the columns filename, class, split; a folder of WebDataset shards
        (``train-*.tar``, ``val-*.tar``); or ``"shapes"``, ten classes that are drawn.
    out
        Folder of the run, see `RunFolder`.
    recipe
        ``"original"`` (as published; the default), ``"modern"``, or ``"shapes"`` (the default
        for the data of that name).
    settings
        Values that differ from the recipe's, by name: see `Settings`.
    config
        The ``config.json`` of a run, to train another like it.
    device
        ``"cpu"`` or ``"cuda"``. Under torchrun each process takes its own GPU.
    resume
        Go on with the run in `out`; what is left out is as it has it. Nothing there: starts.
        Without it the same arguments go on too, and say so.
    overwrite
        Start anew.
    progress
        Show how it goes on stderr; None: on terminals only.

    Returns
    -------
    TrainingRun

    Raises
    ------
    InputError
        Settings that make no sense, data that does not fit together, a run with other settings
        in `out`, or a loss that is no finite number (with the step and its images).
    FileError
        Data that is not there, an image that cannot be read (without ``skip_bad``; the state is
        saved first), a run that is complete already, or a place that cannot be written.

    References
    ----------
    Kubilius et al. 2018, 2019 (the recipes).

    Examples
    --------
    >>> import tempfile, cornetkit as ck
    >>> few = {"epochs": 1, "subset": 2, "image_size": 32}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = ck.train("Z", "shapes", folder, settings=few, progress=False)
    ...     trained = ck.load_model(run.latest)
    >>> run.steps, trained.classes[:2], trained.input_size
    (1, ['arrow', 'bar'], 32)
    """
    folder = RunFolder(out)
    begun = folder.exists() and not overwrite
    given = read_config(config) if config is not None else None
    if not overwrite:
        folder.check_whole(can_begin=not resume or model is not None or given is not None)
    chosen, source = settle(
        folder if begun else None,
        model, None if data is None else str(data), recipe, settings or {}, given, resume,
    )  # fmt: skip
    if chosen.tensorboard:
        check_tensorboard()
    with joined(device) as processes:
        opened = open_data(source, subset=chosen.subset)
        _check(chosen, opened, processes)
        alone = folder.alone() if processes.main else contextlib.nullcontext()
        with StopRequest() as stop, alone:
            return _run(chosen, source, opened, processes, folder, begun, resume, overwrite,
                        progress, stop)  # fmt: skip


def _run(
    settings: Settings,
    source: str,
    data: TrainingData,
    processes: Processes,
    folder: RunFolder,
    begun: bool,
    resume: bool,
    overwrite: bool,
    show: bool | None,
    stop: StopRequest,
) -> TrainingRun:
    network = first_weights(settings, len(data.classes))
    engine = Engine(network, settings, processes)
    progress = Progress(show if processes.main else False, settings.workers)
    loop = Loop(engine, settings, data, processes, folder, progress, stop)
    if begun:
        weights, averaged, state = read_state(folder.latest)
        if state["data_sha256"] != data.fingerprint():
            raise InputError(
                f"the training images of {source} are not those that the run in {folder.path} "
                "began with; give the same, or another --out"
            )
        engine.restore(weights, averaged, state)
        loop.restore(state)
        if loop.complete and not resume:
            raise FileError(
                f"{folder.path} holds this run, complete; give overwrite=True (--overwrite) to "
                "train it again, or another place (--out)"
            )
        how = "complete:" if loop.complete else "going on"
        progress.say(f"{folder.path}: {how} after step {loop.step:,} of {loop.total:,}")
        if state["world"] != processes.world:
            progress.say(
                f"note: begun with {state['world']} processes, now {processes.world}: the same "
                "batches, but not the same rounding"
            )
    if processes.main:
        if overwrite:
            folder.clear()
        folder.make()
        told = {
            "processes": processes.world,
            "n_train": len(data.train),
            "n_val": len(data.val),
            "classes": data.classes,
        }
        write_config(folder.config, settings, source, told)
        for line in describe(settings, data, processes, network):
            progress.say(line)
        loop.log = Log(folder.path, loop.step, tensorboard=settings.tensorboard, say=progress.say)
    progress.start(loop.total, loop.step)
    try:
        finished = loop.run()
    finally:
        progress.close()
        if loop.log is not None:
            loop.log.close()
    if not finished:
        stop.answer(
            f" after step {loop.step:,} of {loop.total:,}, which is saved in {folder.latest}; "
            "give the same command again to go on"
        )
    return _result(loop, folder)


def _result(loop: Loop, folder: RunFolder) -> TrainingRun:
    last = {"top1": float("nan"), "top5": float("nan"), "loss": float("nan")} | loop.last
    return TrainingRun(
        out=folder.path,
        latest=folder.latest,
        best=folder.best,
        epochs=loop.step // loop.per_epoch,
        steps=loop.step,
        top1=last["top1"],
        top5=last["top5"],
        loss=last["loss"],
        best_top1=loop.best,
        bad_images=loop.bad,
    )


def first_weights(settings: Settings, n_classes: int) -> CORnet:
    """Return the model to train, with its first weights and the input size of the settings."""
    model = load_model(
        settings.model,
        settings.weights,
        seed=settings.seed,
        times=settings.times,
        num_classes=n_classes,
    )
    late = [a for a in model.areas if model.first_driven[a] >= model.steps[a]]
    if late:
        raise InputError(
            f"{model.name} with {model.steps['IT']} steps: the image never arrives in {late[0]}, "
            f"so nothing can be learned; give times={model.first_driven['IT'] + 1} or more"
        )
    model.input_size = settings.image_size
    model.provenance = {}
    return model


def describe(
    settings: Settings, data: TrainingData, processes: Processes, model: CORnet
) -> list[str]:
    """Say what is about to be trained, in a few lines."""
    share = settings.batch_size // (processes.world * settings.accumulate)
    return [
        f"{model.name}, steps {model.times}: {sum(p.numel() for p in model.parameters()):,} "
        f"parameters; {len(data.train):,} training and {len(data.val):,} validation images of "
        f"{len(data.classes)} classes, {settings.image_size} pixels",
        f"recipe {settings.recipe}: {CHANGES[settings.recipe]}",
        f"effective batch {settings.batch_size} = {processes.world} x {settings.accumulate} x "
        f"{share} (processes x parts x images); {rule(settings)}; {settings.epochs} epochs; "
        f"{'AdamW' if settings.optimizer == 'adamw' else 'SGD'}",
        f"{processes.device}, {settings.precision}"
        f"{', channels-last' if channels_last(settings, processes.device) else ''}"
        f"{', compiled' if settings.compile else ''}; {settings.workers} workers a process",
    ]


def _check(settings: Settings, data: TrainingData, processes: Processes) -> None:
    parts = processes.world * settings.accumulate
    if settings.batch_size % parts:
        nearest = max(parts, round(settings.batch_size / parts) * parts)
        raise InputError(
            f"a batch of {settings.batch_size} does not divide by {processes.world} processes x "
            f"{settings.accumulate} parts; give --set batch_size={nearest}"
        )
    if len(data.classes) < 2:
        raise InputError(f"{data.source} has one class ({data.classes[0]}); expected 2 or more")
