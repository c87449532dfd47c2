"""Rows to set beside a model's: pixels, Gabor energies, labels, untrained seeds, other animals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cornetkit.errors import listing

from .baseline_rows import Baseline, animal_rows, rows_of, untrained_rows
from .printing import settings_of
from .scoring import scored

if TYPE_CHECKING:
    import xarray as xr

    from cornetkit.stimuli import ImageSet

# What untrained seeds of two files share, if they are the same.
_RECIPE = (
    *("model", "times", "areas", "transform"),
    *("reduction_pool", "reduction_units", "reduction_project", "reduction_seed"),
)


@dataclass(frozen=True)
class Plan:
    """The baselines that are wanted; all that can be refused is refused when it is made.

    Parameters
    ----------
    kinds
        Their names.
    made
        Activations of those that are the same for all models: pixels, gabor, labels.
    images
        The images that the recordings hold, without those that cannot be read where the
        activations were recorded so; None without images.
    crop
        Whether the activations were recorded with the central square.
    seeds
        Of untrained.
    acts
        The files of activations that untrained seeds are recorded like.
    notes
        What a reader has to know.
    """

    kinds: Sequence[str]
    made: Mapping[str, xr.DataArray]
    images: ImageSet | None
    crop: bool
    seeds: Sequence[int]
    acts: Sequence[str]
    notes: list[str]

    @classmethod
    def of(
        cls,
        kinds: Sequence[str],
        images: str | None,
        recordings: xr.DataArray,
        acts: Sequence[str],
        seeds: Sequence[int],
        labels: Sequence[str] | None,
    ) -> Plan:
        """Load the images, look up how the activations were recorded, and make what is quick."""
        if not kinds:
            return cls((), {}, None, False, seeds, acts, [])
        import cornetkit as ck
        from cornetkit.neural import animals
        from cornetkit.recording import Recipe, was_cropped

        if "animal" in kinds:
            animals(recordings)
        stimuli, crop = None, False
        notes: list[str] = []
        if images is not None:
            with ck.open_activations(acts[0]) as opened:
                attrs = dict(opened.attrs)
            crop = was_cropped(attrs)
            stimuli, notes = _images(images, recordings, skip_bad="skipped" in attrs)
        if "untrained" in kinds:
            for path in acts:
                with ck.open_activations(path) as opened:
                    Recipe.of(opened)
        quick = [kind for kind in kinds if kind not in ("untrained", "animal")]
        made: Mapping[str, xr.DataArray] = {}
        if quick:
            made = ck.baselines(stimuli, quick, recordings=recordings, labels=labels, crop=crop)
        return cls(kinds, made, stimuli, crop, seeds, acts, notes)

    @property
    def ids(self) -> list[str] | None:
        """Stimulus ids of the images, None without images."""
        return None if self.images is None else self.images.ids

    def score(
        self,
        recordings: xr.DataArray,
        settings: Mapping[str, Any],
        areas: Sequence[str] | None,
        scores: xr.Dataset,
    ) -> Iterator[Baseline]:
        """Score one baseline after the other.

        Parameters
        ----------
        recordings
            Trial rows of the stimuli that all rows rest on.
        settings
            Arguments of `predict`.
        areas
            Of the untrained models.
        scores
            A model's, from `predict`: say which time bins were used.
        """
        for kind in self.kinds:
            if kind == "untrained":
                yield from self._untrained(recordings, settings, areas)
            elif kind == "animal":
                yield from animal_rows(recordings, settings, scores)
            else:
                yield self._quick(kind, recordings, settings)

    def _quick(self, kind: str, recordings: xr.DataArray, settings: Mapping[str, Any]) -> Baseline:
        acts = self.made[kind]
        # A table of steps is the model's; these have one step, which stands for every time bin.
        own = {**settings, "alignment": None}
        alike = kind == "labels" and settings.get("groups") == "duplicates"
        if alike:  # every category would be taken for copies of one image
            own["groups"] = None
        scores, notes = scored(acts, recordings, own)
        if alike:
            notes = ["splits do not keep duplicates together, which labels cannot tell", *notes]
        names = acts.attrs.get("labels", [])
        remark = f"labels: {', '.join(names)}, and nothing of the image" if names else ""
        return Baseline(kind, scores, rows_of(scores), notes, settings_of(scores), remark)

    def _untrained(
        self, recordings: xr.DataArray, settings: Mapping[str, Any], areas: Sequence[str] | None
    ) -> Iterator[Baseline]:
        import cornetkit as ck

        if self.images is None:
            return
        done = []
        for path in self.acts:
            with ck.open_activations(path) as like:
                recipe = [like.attrs.get(name) for name in _RECIPE]
                if recipe in done:
                    continue
                done.append(recipe)
                yield untrained_rows(
                    like, self.seeds, self.images, recordings, settings, areas, self.crop
                )


def _images(source: str, recordings: xr.DataArray, skip_bad: bool) -> tuple[ImageSet, list[str]]:
    """Load the images that the recordings hold, and say which of them cannot be read."""
    import cornetkit as ck

    stimuli = ck.load_stimuli(source)
    wanted = set(recordings["stimulus"].values.tolist())
    chosen = [i for i, name in enumerate(stimuli.ids) if name in wanted]
    stimuli = stimuli.select(chosen) if chosen else stimuli
    if not skip_bad:
        return stimuli, []
    readable = stimuli.check(skip_bad=True)
    if not readable.skipped:
        return readable, []
    return readable, [
        f"left out {len(readable.skipped)} images that cannot be read, as the activations do: "
        f"{listing(readable.skipped, 3)}"
    ]
