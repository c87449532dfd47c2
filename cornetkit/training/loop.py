"""The loop over epochs and steps, and what is done between two steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from ..errors import FileError, InputError, listing
from .checkpoints import STATE, weights_content, write
from .dataset import TrainingData
from .engine import Engine
from .loaders import make_loader
from .logs import EPOCH_COLUMNS, STEP_COLUMNS, Log
from .metrics import Meter
from .order import EpochOrder, steps_of
from .processes import Processes
from .progress import Progress
from .run_folder import RunFolder
from .samples import Part, TrainingSamples
from .schedule import learning_rate
from .settings import Settings
from .signals import StopRequest
from .validation import Validation

# On a GPU losses are looked at only every so many steps: looking means waiting for it.
_LOOK_EVERY = 10
_NAMED = 8


class Loop:
    """Trains from where the state stands to the end, or to where it is stopped.

    Parameters
    ----------
    engine, settings, data, processes, folder
        What, how, on which images, with whom, and where to.
    log
        Takes the rows; None in all processes but the main one.
    stop
        Whether a signal came.
    clock
        Seconds.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        data: TrainingData,
        processes: Processes,
        folder: RunFolder,
        progress: Progress,
        stop: StopRequest,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine, self.settings, self.data = engine, settings, data
        self.processes, self.folder = processes, folder
        self.progress, self.stop, self._clock = progress, stop, clock
        self.log: Log | None = None
        self.per_epoch = steps_of(len(data.train), settings.batch_size)
        self.order = EpochOrder(
            len(data.train),
            settings.batch_size,
            seed=settings.seed,
            epoch=0,
            rank=processes.rank,
            world=processes.world,
            accumulate=settings.accumulate,
        )
        samples = TrainingSamples(data.train, settings)
        self.loader = make_loader(samples, self.order, settings.workers, processes.device)
        self.validation = Validation(data.val, settings, processes)
        self.step, self.bad = 0, 0
        self.validating = False  # whether an epoch is trained, but not validated yet
        self.best = -1.0
        self.interval, self.epoch_meter = Meter(), Meter()
        self.last: dict[str, float] = {}
        self._pending: list[tuple[int, list[str], Tensor]] = []
        self._saved_at = clock()
        self.unsaved: FileError | None = None

    @property
    def total(self) -> int:
        """Steps of the whole run."""
        return self.per_epoch * self.settings.epochs

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.step >= self.total and not self.validating

    def restore(self, state: dict[str, Any]) -> None:
        """Put back where a run stood."""
        self.step, self.bad, self.best = state["step"], state["bad"], state["best"]
        self.validating = bool(state["validating"])
        self.interval = Meter(list(state["interval"]))
        self.epoch_meter = Meter(list(state["epoch_meter"]))
        self.last = dict(state["last"])

    def run(self) -> bool:
        """Train to the end; returns False where a signal stopped it, with the state saved."""
        if self.step == 0 and self.processes.main:
            # Before any work: a place that cannot be written is found now and not after hours.
            write(self._content(state=True), self.folder.latest)
            if self.settings.keep_every:
                write(self._content(state=False), self.folder.epoch(0))
        if self.validating and not self._end_of(self.step // self.per_epoch, float("nan")):
            return False
        while self.step < self.total:
            if not self._epoch():
                return False
        if self.unsaved is not None:
            raise self.unsaved
        return True

    def _epoch(self) -> bool:
        epoch, done = divmod(self.step, self.per_epoch)
        self.order.epoch, self.order.start = epoch, done
        begun = self._clock()
        self.progress.rest()
        batches = self._batches()
        for _ in range(done, self.per_epoch):
            before = self._clock()
            parts = next(batches)
            waited = self._clock() - before
            if not self._go_on(parts):
                return False
            self._train(parts, epoch, waited)
        self._look()
        return self._end_of(epoch + 1, self._clock() - begun)

    def _batches(self) -> Iterator[list[Part]]:
        """Put the parts of each batch together."""
        parts: list[Part] = []
        for part in self.loader:
            parts.append(part)
            if len(parts) == self.settings.accumulate:
                yield parts
                parts = []

    def _go_on(self, parts: list[Part]) -> bool:
        """Agree with the other processes before a step; returns False to stop."""
        bad = [one for part in parts for one in part.bad]
        minutes = self.settings.checkpoint_minutes
        due = bool(minutes) and self._clock() - self._saved_at >= 60 * minutes
        count, n_bad, stops, saves = self.processes.total(
            sum(len(part.labels) for part in parts),
            len(bad),
            self.stop.number is not None,
            due and self.processes.main,
        )
        self._count = int(count)
        if n_bad and not self.settings.skip_bad:
            self._save()
            which = listing((f"{one.name} {one.reason}" for one in bad), 3)
            raise FileError(
                f"an image cannot be read: {which or 'see the other process'}; replace it, or go "
                f"on with --set skip_bad=true (--skip-bad); all is saved up to step {self.step:,}"
            )
        self.bad += int(n_bad)
        if stops or saves:
            self._save()
        return not stops

    def _train(self, parts: list[Part], epoch: int, waited: float) -> None:
        lr = learning_rate(self.settings, self.step, self.per_epoch)
        names = [name for part in parts for name in part.names]
        if self._count:  # 0 where no image of the batch can be read
            sums = self.engine.backward(parts, self._count)
            self._pending.append((self.step, names, sums))
            at_once = self.processes.device.type == "cpu"
            if at_once or len(self._pending) >= _LOOK_EVERY:
                self._look()  # before the weights change, where that costs nothing
            self.engine.update(lr)
        self.step += 1
        self.progress.step(self._count, waited)
        if self.step % self.settings.log_every == 0:
            self._look()
            self._note(lr)

    def _look(self) -> None:
        """Fetch the losses of the last steps; raise where one is not a number."""
        if not self._pending:
            return
        local = [sums.tolist() for _, _, sums in self._pending]
        flat = self.processes.total(*(value for sums in local for value in sums))
        for place, (step, names, _) in enumerate(self._pending):
            sums = flat[4 * place : 4 * place + 4]
            if not abs(sums[0]) < float("inf"):  # NaN too
                mine = names if not abs(local[place][0]) < float("inf") else []
                raise self._not_finite(step, mine)
            self.interval.add(sums)
            self.epoch_meter.add(sums)
        self._pending.clear()

    def _not_finite(self, step: int, names: list[str]) -> InputError:
        which = f"; its images: {listing(names, _NAMED)}" if names else ""
        return InputError(
            f"the loss is no finite number at step {step:,} (epoch {step // self.per_epoch}, batch "
            f"{step % self.per_epoch}){which}; the last good state is {self.folder.latest}: "
            "try a lower learning rate (--set lr=...), --set clip_norm=1, or float32"
        )

    def _note(self, lr: float) -> None:
        """Write a row, show how it goes."""
        rate, wait = self.progress.rates()
        loss, top1, top5 = self.interval.means
        self.interval.clear()
        self.progress.show(loss, top1, top5, rate, wait)
        if self.log is not None:
            values = (self.step, self.step / self.per_epoch, lr, loss, top1, top5, rate, wait)
            self.log.add("steps", dict(zip(STEP_COLUMNS, values, strict=True)))

    def _end_of(self, epoch: int, seconds: float) -> bool:
        """Validate, keep weights, save what the next epoch begins with; False where stopped."""
        settings, last = self.settings, epoch == self.settings.epochs
        lr = learning_rate(settings, self.step - 1, self.per_epoch)
        if self.interval.n_images:  # of an epoch of few steps, or its rest
            self._note(lr)
        train = self.epoch_meter.means
        self.validating = epoch % settings.validate_every == 0 or last
        if self.validating:
            val = self.validation.run(self.engine, lambda: self.stop.number is not None)
            if val is None:
                self._save()
                return False
            if warning := self.validation.warning():
                self.progress.say(warning)
            self.last = dict(zip(("loss", "top1", "top5"), val, strict=True)) | {"epoch": epoch}
            values = (epoch, self.step, lr, *train, *val, seconds, self.bad)
            if self.log is not None:
                self.log.add("epochs", dict(zip(EPOCH_COLUMNS, values, strict=True)))
            self.progress.say(
                f"epoch {epoch} of {settings.epochs}: loss {train[0]:.3f}, top-1 {train[1]:.3f}; "
                f"validation loss {val[0]:.3f}, top-1 {val[1]:.3f}, top-5 {val[2]:.3f}"
            )
            if val[1] > self.best:
                self.best = val[1]
                self._keep(self.folder.best)
            self.validating = False
        self.epoch_meter.clear()
        if settings.keep_every and (epoch % settings.keep_every == 0 or last):
            self._keep(self.folder.epoch(epoch))
        self._save()
        return True

    def _keep(self, path: Any) -> None:
        if self.processes.main:
            self._try_to_write(path, state=False)

    def _save(self) -> None:
        """Write the state; where that fails the last one stays, and training goes on."""
        self._look()
        self._saved_at = self._clock()
        if not self.processes.main:
            return
        if not self.engine.is_finite():
            raise self._not_finite(self.step - 1, [])
        self._try_to_write(self.folder.latest, state=True)

    def _try_to_write(self, path: Any, *, state: bool) -> None:
        try:
            write(self._content(state=state), path)
        except FileError as error:
            self.unsaved = FileError(
                f"{error}; the last state is kept in {self.folder.latest}: free some space and "
                "give the same command again"
            )
            self.progress.say(f"warning: {error}; training goes on, and tries again later")
        else:
            if state:
                self.unsaved = None

    def _content(self, *, state: bool) -> dict[str, Any]:
        content = weights_content(
            self.engine.model,
            self.engine.averaged,
            self.settings,
            self.data,
            step=self.step,
            epoch=self.step / self.per_epoch,
        )
        if state:
            content[STATE] = {
                **self.engine.state(),
                "step": self.step,
                "validating": self.validating,
                "bad": self.bad,
                "best": self.best,
                "interval": self.interval.sums,
                "epoch_meter": self.epoch_meter.sums,
                "last": self.last,
                "world": self.processes.world,
                "data_sha256": self.data.fingerprint(),
            }
        return content
