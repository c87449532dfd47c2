"""The figure of ``cornetkit rsa``: the RDM of the brain beside those of the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .figures import save_figure

if TYPE_CHECKING:
    import xarray as xr


def draw(
    result: xr.Dataset,
    acts: str,
    neural: str,
    path: str,
    *,
    category: str | None,
    groups: tuple[str | None, str | None],
    brain: dict[str, Any],
    distances: dict[str, Any],
) -> None:
    """Draw the mean RDM of the brain, and the model's: of each area's last step.

    The last step, not the best one: that would be chosen on the scores that it shows.

    Parameters
    ----------
    result
        Of `rsa`.
    acts, neural
        The two files.
    path
        Where to.
    category
        Coordinate of the stimuli.
    groups
        Of the two files, where they hold RDMs.
    brain
        Time bins of the recordings.
    distances
        Settings of `ck.rdm` on both sides, so that what is drawn is what was compared.
    """
    import xarray as xr

    import cornetkit as ck

    from_brain = _brain(neural, result.attrs["neural_metric"], groups[1], brain, distances)
    dims = [str(dim) for dim in from_brain.dims if dim not in ("stimulus_a", "stimulus_b")]
    name = f"brain{', mean over ' + ' and '.join(dims) if dims else ''}"
    panels = {name: from_brain.mean(dims) if dims else from_brain}
    panels |= dict(_model(result, acts, groups[0], distances))
    ids = [
        i
        for i in from_brain["stimulus_a"].values
        if all(i in p["stimulus_a"] for p in panels.values())
    ]
    labels = None if category is None else _labels(category, panels.values())
    plain = [p.sel(stimulus_a=ids, stimulus_b=ids).reset_coords(drop=True) for p in panels.values()]
    together = xr.concat(plain, xr.Variable("rdm", list(panels))).assign_coords(rdm=list(panels))
    title = f"{result.attrs['neural_metric']} (brain), {result.attrs['metric']} (model)"
    axes = ck.plot_rdm(together.drop_attrs(), category=labels, ranks=True, title=title)
    save_figure(axes, path)


def _brain(
    path: str, metric: str, group: str | None, bins: dict[str, Any], distances: dict[str, Any]
) -> xr.DataArray:
    import cornetkit as ck
    from cornetkit.similarity import kind_of, to_form

    if kind_of(path) == "rdms":
        return to_form(ck.open_rdms(path, group=group), "square")
    return ck.rdm(path, metric, **bins, **_used(metric, distances))


def _used(metric: str, distances: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that this metric has a use for: the two sides may differ in it."""
    mine = "noise" if metric in ("crossnobis", "mahalanobis") else "constant_units"
    return {mine: distances[mine]}


def _model(
    result: xr.Dataset, path: str, group: str | None, distances: dict[str, Any]
) -> Iterator[tuple[str, xr.DataArray]]:
    import numpy as np

    import cornetkit as ck
    from cornetkit.similarity import kind_of, to_form

    if kind_of(path) == "rdms":
        rdms = to_form(ck.open_rdms(path, group=group), "square")
        dims = [str(dim) for dim in rdms.dims if dim not in ("stimulus_a", "stimulus_b")]
        for place in np.ndindex(*(rdms.sizes[dim] for dim in dims)):
            at = dict(zip(dims, place, strict=True))
            name = ", ".join(
                str(rdms[d].values[k] if d in rdms.coords else k) for d, k in at.items()
            )
            yield name or "model", rdms.isel(at)
        return
    with ck.open_activations(path) as opened:
        for area in result["area"].values.tolist():
            array = opened[area]
            steps = np.arange(array.sizes["time"])
            if "driven" in array.coords:
                steps = steps[array["driven"].values]
            if steps.size:
                last = array.isel(time=int(steps[-1]))
                metric = result.attrs["metric"]
                found = ck.rdm(last, metric, **_used(metric, distances))
                yield f"{area}, step {int(last['time'])}", found


def _labels(category: str, panels: Any) -> dict[Any, Any]:
    """Return the category of each stimulus, from whichever side has it."""
    from cornetkit.errors import unknown_name

    known: set[str] = set()
    for panel in panels:
        names = {str(n) for n, c in panel.coords.items() if c.dims == ("stimulus_a",)}
        known |= names - {"stimulus_a"}
        if category in names:
            return dict(
                zip(
                    panel["stimulus_a"].values.tolist(),
                    panel[category].values.tolist(),
                    strict=True,
                )
            )
    raise unknown_name("coordinate of the stimuli", category, sorted(known))
