"""The figures of ``cornetkit dynamics``: one file each, in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .figures import KINDS, save_figure

if TYPE_CHECKING:
    import xarray as xr

# Group of the result: name of the file, and the public function that draws it.
FIGURES = {
    "matrix": {"dynamics": "plot_dynamics", "step_matrix": "plot_step_matrix"},
    "rsa": {"rsa_matrix": "plot_step_matrix"},
    "alignment": {"alignment": "plot_alignment"},
    "mapping": {"mappings": "plot_mappings"},
    "gain": {"recurrence_gain": "plot_gain"},
    "generalization": {"generalization": "plot_generalization"},
    "decoding_model": {"decoding_model": "plot_decoding"},
    "decoding_neural": {"decoding_neural": "plot_decoding"},
    "decoding_matched": {"decoding_matched": "plot_decoding"},
    "latency": {"latency": "plot_latency"},
    "rdms_model": {"rdms_model": "plot_rdm_movie"},
    "rdms_neural": {"rdms_neural": "plot_rdm_movie"},
    "trajectories_model": {"trajectories_model": "plot_trajectories"},
    "trajectories_neural": {"trajectories_neural": "plot_trajectories"},
}


def check_figures(folder: str | None, suffix: str, overwrite: bool) -> dict[str, Path]:
    """Return where each figure goes, or raise before any work where one may not."""
    from cornetkit.errors import InputError
    from cornetkit.outputs import check_output

    if folder is None:
        return {}
    if suffix not in KINDS:
        raise InputError(f"--format {suffix}: expected png, pdf or svg")
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise InputError(f"--plots {folder} is a file; give a folder")
    names = [name for group in FIGURES.values() for name in group]
    paths = {name: place / f"{name}.{suffix}" for name in names}
    if place.is_dir():
        for path in paths.values():
            check_output(path, overwrite=overwrite, inputs={}, name="--plots")
    return paths


def draw_figures(tree: xr.DataTree, paths: dict[str, Path]) -> list[Path]:
    """Draw what the result has; return the files."""
    import cornetkit as ck

    drawn = []
    for group, figures in FIGURES.items() if paths else ():
        if group not in tree.children:
            continue
        for name, function in figures.items():
            if function == "plot_rdm_movie" and "rdm" not in tree[group]:
                continue  # too large to be held
            axes: Any = getattr(ck, function)(tree[group].to_dataset())
            paths[name].parent.mkdir(parents=True, exist_ok=True)
            save_figure(axes, paths[name])
            drawn.append(paths[name])
    return drawn
