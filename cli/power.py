"""``cornetkit power``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import click

from .checked_outputs import check_outputs
from .columns import lay_out
from .figures import check_figure, save_figure
from .options import parse_names
from .printing import print_json, print_notes, settings_of

if TYPE_CHECKING:
    import xarray as xr


@click.command("power")
@click.option(
    "--acts", multiple=True, help="Activations; several models: repeat. [default: acts.nc]"
)
@click.option("--neural", help="Recordings to take the design from.")
@click.option("--areas", help="Only these, such as IT. [default: all]")
@click.option(
    "--planted", default="random", show_default=True, help="random, or fitted to --neural."
)
@click.option("--n-stimuli", type=int, help="[default: all]")
@click.option("--n-neuroids", type=int, help="[default: the recordings', or 60]")
@click.option("--n-repetitions", type=int, help="[default: the recordings', or 10]")
@click.option(
    "--reliability", type=float, help="Of single trials, in r^2. [default: the recordings', or .1]"
)
@click.option("--bins", help="Time bins START:END:WIDTH in ms, such as 50:250:20, for the lag.")
@click.option("--window", help="Of the recordings' reliability: START:END ms, such as 70:170.")
@click.option("--onset", type=float, help="Planted onset of the first driven step in ms.")
@click.option("--step", type=float, help="Planted length of a step in ms.")
@click.option("--dimensions", type=int, help="That neuroids mix. [20]")
@click.option("--n-splits", default=5, show_default=True, type=int, help="Folds.")
@click.option("--simulations", default=50, show_default=True, type=int)
@click.option(
    "--separate", metavar="A,B", help="Rank the images that separate two, such as IT@1,IT@2."
)
@click.option("--top", type=click.IntRange(min=1), help="How many of them are printed. [20]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", help="Write the result to this netCDF file.")
@click.option("--plot", help="Write the recovery matrix to this figure.")
@click.option("--overwrite", is_flag=True, help="Replace an output file that is there already.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors and the result.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the tables.")
def command(
    acts: tuple[str, ...],
    neural: str | None,
    areas: str | None,
    planted: str,
    n_stimuli: int | None,
    n_neuroids: int | None,
    n_repetitions: int | None,
    reliability: float | None,
    bins: str | None,
    window: str | None,
    onset: float | None,
    step: float | None,
    dimensions: int | None,
    n_splits: int,
    simulations: int,
    separate: str | None,
    top: int | None,
    seed: int,
    plot: str | None,
    out: str | None,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say what a design could tell: steps or models, a lag, a gain by recurrence.

    \b
    cornetkit power --acts rt.nc --areas IT --n-neuroids 168 --bins 50:250:20
    cornetkit power --acts rt.nc --areas IT --neural it.nc --window 70:170
    cornetkit power --acts rt.nc --acts s.nc --areas IT --separate rt/IT@5,s/IT@1
    """
    from cornetkit.errors import InputError

    files = list(acts) or ["acts.nc"]
    names, time_bins = parse_names(areas), _bins(bins)
    sides = parse_names(separate, "steps to separate", "IT@1,IT@2")
    if sides is not None and len(sides) != 2:
        raise InputError(f"--separate {separate}: expected two, such as IT@1,IT@2")
    if sides is None and top is not None:
        raise InputError(f"--top {top} is of the images that --separate ranks; add --separate A,B")
    n_top = 20 if top is None else top
    inputs = {"--acts": files, "--neural": neural}
    check_outputs({"--out": out, "--plot": plot}, inputs, overwrite=overwrite)
    check_figure(plot)

    import cornetkit as ck
    from cornetkit.neural import parse_window

    limits = parse_window(window) if window is not None else None
    source: Any = files[0] if len(files) == 1 else files
    ranked = None
    if sides is not None:  # quickly wrong, so first
        ranked = ck.separating_stimuli(
            source, *sides, areas=names, n_splits=n_splits, rng=seed,
            n_dimensions=20 if dimensions is None else dimensions,
        )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)  # told below, as notes
        result = ck.power(
            source,
            neural,
            areas=names,
            planted=planted,
            n_stimuli=n_stimuli,
            n_neuroids=n_neuroids,
            n_repetitions=n_repetitions,
            trial_reliability=reliability,
            time_bins=time_bins,
            window=limits,
            onset_ms=onset,
            step_ms=step,
            n_dimensions=None if planted == "fitted" and sides is not None else dimensions,
            n_splits=n_splits,
            n_simulations=simulations,
            rng=seed,
            progress=False if quiet else None,
        )
    if out is not None:
        ck.save_temporal(result, out, overwrite=overwrite)
    if plot is not None:
        save_figure(ck.plot_power(result), plot)
    print_notes(result.attrs["notes"], quiet)
    if as_json:
        _print_json(result, ranked, n_top)
    else:
        print("\n".join([*report(result), *_ranking(ranked, n_top)]))


def _bins(text: str | None) -> list[tuple[float, float]] | None:
    from cornetkit.errors import InputError

    if text is None:
        return None
    try:
        start, end, width = (float(part) for part in text.split(":"))
    except ValueError:
        start = end = width = 0.0
    if not (width > 0 and end > start):
        raise InputError(f"--bins {text}: expected START:END:WIDTH in ms, such as 50:250:20")
    count = int((end - start) / width + 1e-9)
    return [(start + k * width, start + (k + 1) * width) for k in range(count)]


def report(result: xr.Dataset) -> list[str]:
    """Return in lines what a design could tell."""
    from cornetkit.schema import whose

    a = result.attrs
    names = [str(name) for name in result["candidate"].values]
    lines = [
        f"{a['n_stimuli']:,} stimuli x {a['n_repetitions']} repetitions, {a['n_neuroids']:,} "
        f"neuroids of reliability {a['reliability']:.2f} ({a['trial_reliability']:.3f} a trial)",
        f"{a['n_simulations']} recordings simulated from each, planted {a['planted']}, seed "
        f"{a['seed']}; shares are known within {2 * (0.25 / a['n_simulations']) ** 0.5:.2f}",
        *([f"of {who}"] if (who := whose(a)) else []),
        "",
        "how often it scores best, by what was planted:",
    ]
    shown = {"planted": names}
    for k, name in enumerate(names):
        shown[name] = [f"{value:.2f}" for value in result["recovery"].values[:, k]]
    lines += [*lay_out(shown, left=["planted"]), ""]
    lines += _pairs(result, names)
    for group in result["group"].values:
        one = result.sel(group=group)
        if int(one["n_steps"]) > 1:
            lines.append(
                f"{group}: a gain by recurrence is seen in {float(one['gain_power']):.0%} "
                f"(r {float(one['gain']):+.3f}; {float(one['gain_static']):+.3f} without any)"
            )
        reason = str(one["lag_reason"].item())
        if reason:
            lines.append(f"{group}: onset and step length: {reason}")
        else:
            lines.append(
                f"{group}: onset and step length found within a bin in "
                f"{float(one['lag_power']):.0%} (planted {float(one['planted_onset_ms']):g} ms and "
                f"{float(one['planted_step_ms']):g} ms a step)"
            )
    return lines


def _pairs(result: xr.Dataset, names: list[str]) -> list[str]:
    told, fine = result["told"].values, result["identifiable"].values
    lines = []
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            if not fine[a, b]:
                lines.append(
                    f"not identifiable by this design: {names[a]} and {names[b]} (told apart in "
                    f"{told[a, b]:.0%} and {told[b, a]:.0%})"
                )
    if len(names) > 1 and not lines:
        lines = [f"every pair is told apart in {result.attrs['enough']:.0%} or more"]
    return [*lines, ""]


def _ranking(ranked: xr.DataArray | None, top: int) -> list[str]:
    if ranked is None:
        return []
    a = ranked.attrs
    rows = zip(ranked["stimulus"].values[:top], ranked.values[:top], strict=True)
    return [
        "",
        f"images that separate {a['first']} and {a['second']} most (mean over all "
        f"{a['mean']:.3f} of the variance):",
        *[f"{stimulus}  {value:.3f}" for stimulus, value in rows],
    ]


def _print_json(result: xr.Dataset, ranked: xr.DataArray | None, top: int) -> None:
    found: dict[str, Any] = {
        "candidates": [str(name) for name in result["candidate"].values],
        **{n: result[n].values for n in ("recovery", "told", "identifiable", "score")},
        "groups": [
            {
                "group": str(group),
                **{
                    n: result[n].sel(group=group).item()
                    for n in ("n_steps", "gain_power", "gain", "gain_static", "lag_power")
                },
                "lag_reason": str(result["lag_reason"].sel(group=group).item()),
            }
            for group in result["group"].values
        ],
        "notes": result.attrs["notes"],
        "settings": settings_of(result),
    }
    if ranked is not None:
        rows = zip(ranked["stimulus"].values[:top], ranked.values[:top], strict=True)
        found["separating"] = [{"stimulus": s, "separation": v} for s, v in rows]
    print_json(found)
