"""``cornetkit demo``: the whole path on stimuli and recordings with a known answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import xarray as xr

# RT's IT is driven from step 3 on; the planted population walks through the driven steps.
COURSE = (None, 3, 4, 4, 5, 6, 7)
N_STIMULI, N_NEUROIDS, N_REPETITIONS = 160, 60, 12
# Tells a folder of the demo's, which it may write over, from anybody else's.
MARK = "made-by-cornetkit-demo.txt"


@click.command("demo")
@click.option("--out", default="demo", show_default=True, help="Folder for everything it makes.")
@click.option("--stimuli", default=N_STIMULI, show_default=True, type=click.IntRange(min=40))
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), default=0, show_default=True)
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def command(out: str, stimuli: int, seed: int, quiet: bool) -> None:
    """Make stimuli and recordings with a known answer and find it again.

    Draws objects on backgrounds, records CORnet-S and CORnet-RT (8 steps), simulates an IT
    population that follows RT's steps and tells objects apart, predicts it, and prints what was
    planted beside what was found. The weights are random: this shows the path, not the models.
    """
    import numpy as np

    import cornetkit as ck
    from cornetkit.errors import FileError
    from cornetkit.inputs import look
    from cornetkit.simulation import make_stimuli, simulate_recordings

    folder = Path(out)
    there = look(folder) is not None
    if there and not folder.is_dir():
        raise FileError(f"{folder} is a file; give a folder for --out")
    if there and any(folder.iterdir()) and not (folder / MARK).exists():
        raise FileError(
            f"{folder} holds files that no demo made, and the demo would write over files of its "
            "names; give an empty or a new folder for --out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Everything here was made by cornetkit demo and can be deleted.\n")
    progress = False if quiet else None
    table = make_stimuli(folder / "stim", stimuli, rng=seed)
    images = ck.load_stimuli(table)
    print(f"1. {len(images)} stimuli: {table}")
    print("2. activations (UNTRAINED, random weights: they show the path, not the models)")
    recorded = {}
    # RT's V1 and V2 over 8 steps would take another 1.5 GB and add nothing to the point.
    for letter, times, areas in (("S", None, None), ("RT", 8, ["V4", "IT"])):
        model = ck.load_model(letter, weights="random", seed=seed, times=times)
        path = folder / f"{letter.lower()}.nc"
        recorded[letter] = ck.record(
            model, images, path, areas=areas, overwrite=True, progress=progress
        )
        print(f"   CORnet-{letter}: {path}")
    rng = np.random.default_rng(seed)
    reliability = rng.uniform(0.5, 0.9, N_NEUROIDS)
    population = simulate_recordings(
        recorded["RT"]["IT"],
        COURSE,
        n_neuroids=N_NEUROIDS,
        reliability=reliability,
        n_repetitions=N_REPETITIONS,
        onset_ms=50,
        labels="object_name",
        rng=rng,
    )
    neural = folder / "it.nc"
    ck.save_recordings(population, neural, overwrite=True)
    print(
        f"3. recordings: {neural} ({N_NEUROIDS} neuroids, {N_REPETITIONS} repetitions; a tenth of"
    )
    print("   their signal is which object is shown, which these models do not hold)\n")
    _show(recorded, population, images, folder, progress)


def _show(
    recorded: dict, population: xr.DataArray, images: object, folder: Path, progress: bool | None
) -> None:
    import cornetkit as ck
    from cornetkit.plotting import plot_scores
    from cornetkit.predictivity import save_scores, score_table

    from .figures import save_figure
    from .report import report
    from .scoring import scored

    settings = {"progress": progress}
    baseline, _ = scored(ck.baselines(images, "pixels"), population, settings)
    found = {}
    for letter, acts in recorded.items():
        scores, _ = scored(acts, population, settings)
        found[letter] = scores
        name = f"{letter.lower()}_scores"
        save_scores(scores, folder / f"{name}.nc", overwrite=True)
        title = f"CORnet-{letter}, untrained, and a simulated IT population that follows RT's steps"
        axes = plot_scores(scores, baseline=baseline, title=title)
        save_figure(axes, folder / f"{name}.png")
        table = score_table(scores).assign(model="", baseline=False)
        print(report([scores], table, "it.nc (simulated)"), "\n")
    print("\n".join(planted_beside_found(found["RT"], baseline, population)))
    print(f"\nfigures: {folder / 'rt_scores.png'}, {folder / 's_scores.png'}")
    print("next: cornetkit record --help, cornetkit predict --help")


def planted_beside_found(
    scores: xr.Dataset, baseline: xr.Dataset, population: xr.DataArray
) -> list[str]:
    """Return lines that set the planted truth beside what was found.

    r is that of the best step; of bins without signal it is the median over steps.
    """
    import numpy as np

    it = scores.sel(area="IT")
    planted = population["planted_step"].values
    signal = planted >= 0
    lines = ["planted beside found (RT, IT; no signal: median over steps):"]
    lines.append("  neural ms   planted step   best step   r      pixels   ceiling (planted)")
    mean_planted = np.median(population["planted_reliability"].values)
    hits = 0
    for k, step in enumerate(planted):
        values = it["score"].values[:, k]
        best = int(it["time"].values[np.nanargmax(values)])
        window = f"{scores['time_bin_start'].values[k]:g}-{scores['time_bin_end'].values[k]:g}"
        ceiling = f"{scores['ceiling_score'].values[k]:.2f}" if step >= 0 else "-"
        base = float(baseline["score"].values[0, 0, k])
        r = np.nanmax(values)
        if step < 0:
            # The highest of several scores of noise would be above 0 by choice.
            shown, found, truth, r = "no signal", "-", "none", np.nanmedian(values)
        else:
            shown, found, truth = str(step), str(best), f"{mean_planted:.2f}"
            hits += best == step
        lines.append(
            f"  {window:<9}   {shown:<12}   {found:<9}   {r:5.2f}  {base:6.2f}   "
            f"{ceiling:>7} ({truth})"
        )
    lines.append(
        f"  the planted step predicts best in {hits} of {int(signal.sum())} bins with signal"
    )
    ceiling_found = scores["ceiling"].values[signal].mean(axis=0)
    difference = np.abs(ceiling_found - population["planted_reliability"].values)
    lines.append(
        "  reliability of each neuroid, mean over bins: planted and found differ by "
        f"{difference.mean():.3f} on average"
    )
    return lines
