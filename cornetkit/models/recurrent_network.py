"""Unrolling CORnet-R and CORnet-RT over time."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .lesions import FREEZE, driven_steps
from .network import AREA_CHANNELS, AREA_NAMES, CORnet, check_count, make_decoder
from .recurrent_area import RecurrentArea


class RecurrentCORnet(CORnet):
    """Four recurrent areas on one common clock.

    At step 0 the areas above V1 receive nothing. Later each reads its predecessor's output,
    of the same step or of the step before: `reads_same_step` says which.
    """

    reads_same_step: bool
    reads_image_each_step = True

    def __init__(self, times: int = 5, num_classes: int = 1000) -> None:
        count = self.check_times(times)
        # One area is crossed a step; when outputs of the same step are read, all at step 1.
        delays = (0, 1, 1, 1) if self.reads_same_step else (0, 1, 2, 3)
        super().__init__(
            times=count,
            steps=dict.fromkeys(AREA_NAMES, count),
            first_driven=dict(zip(AREA_NAMES, delays, strict=True)),
        )
        self.V1 = RecurrentArea(3, AREA_CHANNELS["V1"], kernel=7, stride=4)
        self.V2 = RecurrentArea(AREA_CHANNELS["V1"], AREA_CHANNELS["V2"], kernel=3, stride=2)
        self.V4 = RecurrentArea(AREA_CHANNELS["V2"], AREA_CHANNELS["V4"], kernel=3, stride=2)
        self.IT = RecurrentArea(AREA_CHANNELS["V4"], AREA_CHANNELS["IT"], kernel=3, stride=2)
        self.decoder = make_decoder(num_classes)

    @classmethod
    def check_times(cls, times: Any) -> int:
        """Return the number of steps, or raise `InputError` unless it is 1 or more."""
        return check_count(times, f"times of CORnet-{cls.letter} (steps of every area)")

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of images (N, 3, H, W), from IT's last step."""
        self.check_images(images)
        states = self._zero_states(images)
        for step in range(self.steps["IT"]):
            states = self._advance(images, states, step)
        return self.decoder(states["IT"])

    def _zero_states(self, images: Tensor) -> dict[str, Tensor]:
        """Return zeros of each area's output shape, whatever the size of the images."""
        states = {}
        height, width = images.shape[2:]
        for area in AREA_NAMES:
            module: RecurrentArea = getattr(self, area)
            height, width = module.output_side(height), module.output_side(width)
            states[area] = images.new_zeros(len(images), AREA_CHANNELS[area], height, width)
        return states

    def _advance(self, images: Tensor, states: dict[str, Tensor], step: int) -> dict[str, Tensor]:
        """Run every area once, from V1 to IT, and return the new states."""
        new: dict[str, Tensor] = {}
        blank = self.blank_from is not None and step >= self.blank_from
        # Zero after normalisation: a screen of the mean colour that the model was trained with.
        incoming: Tensor | None = images.new_zeros(images.shape) if blank else images
        for area in AREA_NAMES:
            module, state = getattr(self, area), states[area]
            factor = self.lesion.get(area, {}).get(step)
            if factor == FREEZE:
                new[area] = module.output(state)
            else:
                new[area] = module(incoming, state if factor is None else state * factor)
            incoming = (new if self.reads_same_step else states)[area] if step > 0 else None
        return new

    def _driven_under_lesion(self) -> dict[str, list[bool]]:
        reached: dict[str, list[bool]] = {}
        shown = [self.blank_from is None or t < self.blank_from for t in range(self.steps["V1"])]
        incoming = shown
        for area in AREA_NAMES:
            reached[area] = driven_steps(self, area, incoming)
            # At step 0 nothing above V1 is read; later the output of this step or of the last.
            late = 0 if self.reads_same_step else 1
            incoming = [False, *reached[area][1 - late : len(shown) - late]]
        return reached

    def _calls(self, area: str, part: str) -> list[int]:
        steps = super()._calls(area, part)
        return (
            [step for step in steps if step > 0]
            if part.endswith("_input") and area != "V1"
            else steps
        )
