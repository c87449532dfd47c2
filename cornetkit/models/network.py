"""What the four CORnets have in common: areas, input, decoder, and who is called when."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections import OrderedDict
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ..errors import InputError, unknown_name
from .lesions import FREEZE, Lesion, driven_steps
from .timing import Timing, committed_timing

AREA_NAMES = ("V1", "V2", "V4", "IT")
AREA_CHANNELS = {"V1": 64, "V2": 128, "V4": 256, "IT": 512}
# V1 divides the side by 4, every later area by 2.
SIDE_MULTIPLE = 32


def check_count(value: Any, what: str) -> int:
    """Return `value` as an int, or raise `InputError` unless it is a whole number >= 1."""
    try:
        count = operator.index(value)
    except TypeError:
        count = 0
    if isinstance(value, bool) or count < 1:
        raise InputError(f"{what} must be a whole number of 1 or more, not {value!r}")
    return count


class CORnet(nn.Module, ABC):
    """A CORnet: four areas V1, V2, V4, IT and a linear decoder.

    Every area ends in a submodule ``output`` that is called exactly once per recurrent step,
    so a hook on ``<area>.output`` sees each step once and in order.

    Attributes
    ----------
    letter : str
        ``"Z"``, ``"R"``, ``"RT"`` or ``"S"``.
    areas : tuple of str
        ``("V1", "V2", "V4", "IT")``.
    times : int or tuple of int
        The step counts the model was made with.
    steps : dict of str to int
        Outputs of each area per forward.
    first_driven : dict of str to int
        The first step of each area that depends on the image; a value that is not below
        ``steps[area]`` means that the image never arrives.
    timing_ms : dict
        Each area's committed windows in ms, see `cornetkit.models.timing.committed_timing`.
    input_size, mean, std
        The side in pixels and the RGB normalisation the models were trained with.
    provenance : dict
        Where the weights come from; empty until `load_model` fills it.
    weights_file : pathlib.Path or None
        The checkpoint that they were read from.
    classes : list of str or None
        Names of the decoder's outputs, where the checkpoint has them.
    stated_transform : dict
        That of the validation images in training, where the checkpoint has it.
    lesion, blank_from
        What `cornetkit.models.lesions.lesioned` does to the forward; empty and None otherwise.
    """

    letter: str
    areas = AREA_NAMES
    input_size = 224
    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)

    def __init__(
        self,
        times: int | tuple[int, ...],
        steps: dict[str, int],
        first_driven: dict[str, int],
    ) -> None:
        super().__init__()
        self.times = times
        self.steps = steps
        self.first_driven = first_driven
        self.timing_ms: Timing = committed_timing(self.letter, times)
        self.provenance: dict[str, Any] = {}
        self.weights_file: Path | None = None
        self.classes: list[str] | None = None
        self.stated_transform: dict[str, Any] = {}
        self.lesion: Lesion = {}
        self.blank_from: int | None = None

    @classmethod
    @abstractmethod
    def check_times(cls, times: Any) -> Any:
        """Return the step counts in their usual form, or raise `InputError`."""

    @property
    def name(self) -> str:
        """The model's full name, like ``CORnet-S``."""
        return f"CORnet-{self.letter}"

    def schedule(self, layer_name: str) -> list[int]:
        """Return the recurrent step of each call of a submodule in one forward.

        Parameters
        ----------
        layer_name
            An area (meaning its output) or a dotted submodule name, like ``"V4.conv1"``.

        Returns
        -------
        list of int
            One entry a call, in order; empty where a submodule is never called. The decoder
            and its parts belong to IT's last step.

        Raises
        ------
        UnknownNameError
            The model has no such submodule.

        Examples
        --------
        >>> from cornetkit.models import CORnetS
        >>> CORnetS().schedule("IT.conv1")
        [0, 1]
        """
        known = [name for name, _ in self.named_modules() if name]
        if layer_name not in known:
            raise unknown_name("layer", layer_name, known)
        area, _, part = layer_name.partition(".")
        if area not in self.areas:
            return [self.steps["IT"] - 1]
        return self._calls(area, part or "output")

    def driven(self, layer_name: str) -> list[bool]:
        """Return, for each entry of `schedule`, whether the image can reach that call."""
        area = layer_name.partition(".")[0]
        area = area if area in self.areas else "IT"
        if not self.lesion and self.blank_from is None:
            return [step >= self.first_driven[area] for step in self.schedule(layer_name)]
        reached = self._driven_under_lesion()[area]
        return [reached[step] for step in self.schedule(layer_name)]

    def state_steps(self, area: str) -> list[int]:
        """Return the steps at which an area reads its own state of the step before."""
        return list(range(1, self.steps[area]))

    def _driven_under_lesion(self) -> dict[str, list[bool]]:
        """Return for each area and step whether the image reaches it past the lesion.

        Here: an area takes in the last output of the one below, once.
        """
        reached, incoming = {}, True
        for area in self.areas:
            arrives = [incoming] + [False] * (self.steps[area] - 1)
            reached[area] = driven_steps(self, area, arrives)
            incoming = reached[area][-1]
        return reached

    def _calls(self, area: str, part: str) -> list[int]:
        """Return the steps at which one part of an area is called."""
        frozen = self.lesion.get(area, {}) if part != "output" else {}
        return [step for step in range(self.steps[area]) if frozen.get(step) != FREEZE]

    def check_images(self, images: Tensor) -> None:
        """Raise `InputError` unless `images` are floats of shape (N, 3, H, W), H and W in 32s."""
        expected = f"{self.name} takes a float tensor (N, 3, H, W), H and W multiples of 32"
        if not isinstance(images, Tensor):
            raise InputError(f"{expected}; got {type(images).__name__}")
        shape = tuple(images.shape)
        if images.ndim == 3:
            raise InputError(f"{expected}; got {shape}: add the batch with images[None]")
        if images.ndim != 4:
            raise InputError(f"{expected}; got {shape}")
        if shape[1] != 3:
            raise InputError(
                f"{expected}; got {shape}, which has {shape[1]} channels: the second dimension "
                "is RGB (grey images: repeat the channel three times)"
            )
        if min(shape[2:]) < SIDE_MULTIPLE or shape[2] % SIDE_MULTIPLE or shape[3] % SIDE_MULTIPLE:
            raise InputError(f"{expected}; got {shape}: resize the images, 224 x 224 is usual")
        if not images.is_floating_point():
            raise InputError(
                f"{expected}; got {images.dtype}: scale to 0-1 and normalise with "
                "model.mean and model.std"
            )


def make_decoder(num_classes: int) -> nn.Sequential:
    """Build the decoder that reads IT's last step: average pool, flatten, linear."""
    return nn.Sequential(
        OrderedDict(
            avgpool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            linear=nn.Linear(AREA_CHANNELS["IT"], check_count(num_classes, "num_classes")),
            output=nn.Identity(),
        )
    )
