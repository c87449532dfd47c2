"""One optimisation step: forward, backward, update. torch's own parts, put together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel

from ..allocator import keep_large_buffers
from ..errors import InputError
from ..models.network import CORnet
from .activation_checkpointing import checkpoint_steps
from .metrics import count_right
from .processes import Processes
from .samples import Part
from .settings import Settings
from .small_maps import multiply_small_maps


class Engine:
    """A model with what trains it.

    Parameters
    ----------
    model
        With its first weights.
    settings
        How.
    processes
        On what, and with whom.

    Attributes
    ----------
    model : CORnet
        The bare model, whose weights are trained.
    averaged : CORnet or None
        The model with the running mean of the weights.
    """

    def __init__(self, model: CORnet, settings: Settings, processes: Processes) -> None:
        self.settings, self.processes = settings, processes
        self.device = processes.device
        last = channels_last(settings, self.device)
        self._format = torch.channels_last if last else torch.contiguous_format
        if self.device.type == "cpu":
            keep_large_buffers()
        if settings.sync_batch_norm:
            if self.device.type != "cuda":
                raise InputError("sync_batch_norm needs GPUs; leave it out on the CPU")
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        self.model: CORnet = model.to(self.device).to(memory_format=self._format)
        self._ema: AveragedModel | None = None
        if settings.ema_decay:
            self._ema = AveragedModel(self.model, multi_avg_fn=_towards(settings.ema_decay))
        # In float32 it would gain a sixth, and cost the equality with a plain loop to six digits.
        if self.device.type == "cpu" and settings.precision == "bf16":
            multiply_small_maps(self.model, settings.image_size)
        # After the copy: the mean is only evaluated, and need not compute anything twice.
        if settings.checkpoint_activations:
            checkpoint_steps(self.model)
        self.optimizer = make_optimizer(self.model, settings, self.device)
        self._forward: Any = torch.compile(self.model) if settings.compile else self.model
        if processes.world > 1:
            # In a recurrent model of one step, areas above V1 take nothing in.
            idle = self.model.letter in ("R", "RT") and self.model.steps["IT"] == 1
            self._forward = DistributedDataParallel(self._forward, find_unused_parameters=idle)
        self._mean, self._std = (
            torch.tensor(values, device=self.device).reshape(1, 3, 1, 1)
            for values in (model.mean, model.std)
        )

    @property
    def averaged(self) -> CORnet | None:
        """The model with the running mean of the weights, if there is one."""
        return None if self._ema is None else cast(CORnet, self._ema.module)

    @property
    def judged(self) -> CORnet:
        """The model that validation looks at."""
        return self.averaged or self.model

    def images(self, pixels: Tensor) -> Tensor:
        """Move pixels to the device and normalise them there."""
        moved = pixels.to(self.device, non_blocking=True)
        images = moved.to(torch.float32, memory_format=self._format)
        return images.div_(255).sub_(self._mean).div_(self._std)

    def autocast(self) -> torch.autocast:
        """Compute in bf16 where the settings ask for it."""
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.settings.precision == "bf16"
        )

    def backward(self, parts: Sequence[Part], count: int) -> Tensor:
        """Add up the gradients of a step.

        Parameters
        ----------
        parts
            This process's share of the batch.
        count
            Images of the step, over all processes.

        Returns
        -------
        Tensor of shape (4,)
            Sums over this process's images: loss, images, right among the first 1 and 5.
        """
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        sums = torch.zeros(4, device=self.device)
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            weight = 1.0
            if not len(part.labels):
                if self.processes.world == 1 or not last:
                    continue
                # The others wait for this one's gradients: an image that counts nothing.
                side = self.settings.image_size
                part = Part(
                    torch.zeros(1, 3, side, side), torch.zeros(1, dtype=torch.int64), [], []
                )
                weight = 0.0
            labels = part.labels.to(self.device, non_blocking=True)
            with self._synchronising(last):
                with self.autocast():
                    logits = self._forward(self.images(part.pixels))
                loss = weight * F.cross_entropy(
                    logits.float(),
                    labels,
                    reduction="sum",
                    label_smoothing=self.settings.label_smoothing,
                )
                # Gradients are averaged over processes: the mean over all images of the step.
                (loss * (self.processes.world / count)).backward()
            if weight:
                right = count_right(logits.detach(), labels)
                sums += torch.stack([loss.detach(), loss.new_tensor(float(len(labels))), *right])
        return sums

    def update(self, lr: float) -> None:
        """Take the step."""
        if self.settings.clip_norm:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        if self._ema is not None:
            self._ema.update_parameters(self.model)

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        return all(bool(torch.isfinite(p).all()) for p in self.model.parameters())

    def state(self) -> dict[str, Any]:
        """Return what has to be kept beside the weights."""
        return {
            "optimizer": self.optimizer.state_dict(),
            "n_averaged": 0 if self._ema is None else int(self._ema.n_averaged),
        }

    def restore(
        self, weights: dict[str, Tensor], averaged: dict[str, Tensor] | None, state: dict[str, Any]
    ) -> None:
        """Put back weights and what was kept beside them."""
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(state["optimizer"])
        if self._ema is not None and averaged is not None:
            self._ema.module.load_state_dict(averaged)
            self._ema.n_averaged.fill_(state["n_averaged"])

    @contextlib.contextmanager
    def _synchronising(self, last: bool) -> Iterator[None]:
        """Exchange gradients only with the last part of a batch."""
        if self.processes.world > 1 and not last:
            with self._forward.no_sync():
                yield
        else:
            yield


def channels_last(settings: Settings, device: torch.device) -> bool:
    """Return whether channels lie innermost in memory.

    On GPUs that is what bf16 convolutions are made for. oneDNN on the CPU brings tensors into an
    order of its own anyway: there channels-first took 3-8 % less time a step of CORnet-S and 3-18 %
    less of RT, in float32 and in bf16.
    """
    if settings.memory_format == "auto":
        return device.type == "cuda"
    return settings.memory_format == "channels_last"


def make_optimizer(model: nn.Module, settings: Settings, device: torch.device) -> Optimizer:
    """Return stochastic gradient descent or AdamW, in one kernel where torch has that."""
    groups: list[dict[str, Any]] = [{"params": list(model.parameters())}]
    if not settings.decay_norms:
        decayed = [p for p in model.parameters() if p.ndim > 1]
        groups = [
            {"params": decayed},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ]
    common: dict[str, Any] = {
        "lr": settings.lr,
        "weight_decay": settings.weight_decay,
        "fused": (settings.fused and device.type in ("cpu", "cuda")) or None,
    }
    if settings.optimizer == "adamw":
        return AdamW(groups, betas=(settings.momentum, 0.999), **common)
    return SGD(groups, momentum=settings.momentum, nesterov=settings.nesterov, **common)


def _towards(decay: float) -> Any:
    """Move a mean towards the weights; the first steps count more, or it would stay untrained."""

    @torch.no_grad()
    def update(means: list[Tensor], weights: list[Tensor], n_averaged: Tensor) -> None:
        n = int(n_averaged)
        torch._foreach_lerp_(means, weights, 1 - min(decay, (1 + n) / (10 + n)))

    return update
