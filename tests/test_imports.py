"""Who may import whom, and what an import costs. The directions are the design's."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "cornetkit"

# Besides errors and schema, which everything may import.
MAY_IMPORT = {
    "allocator": set(),
    "inputs": set(),
    "outputs": set(),
    "uninterrupted": set(),
    "unused": set(),
    "file_signatures": set(),
    "result_files": set(),
    "result_contents": set(),
    "schema": set(),
    "errors": set(),
    "activations": set(),
    "neural": set(),
    "kernels": set(),
    "models": set(),
    "stimuli": set(),
    # Of recordings it takes labels, and the other animals as a baseline to beat.
    "recording": {"models", "stimuli", "activations", "kernels", "neural"},
    "predictivity": {"kernels", "activations", "neural"},
    "similarity": {"kernels", "activations", "neural"},
    "behavior": {"kernels", "activations", "neural"},
    "temporal": {"predictivity", "similarity", "behavior", "kernels", "activations", "neural"},
    "training": {"models", "stimuli", "simulation"},
    "simulation": {"kernels"},
    "plotting": set(),
}
EVERYWHERE = {
    *("schema", "errors", "inputs", "outputs", "result_contents", "result_files"),
    *("uninterrupted", "allocator", "unused", "file_signatures"),
}
TORCH_ROOMS = {"models", "recording", "training"}
# Kernels are arrays in, arrays out; models know no labels.
NOT_IN = {
    "kernels": {"xarray", "pandas", "sklearn", "matplotlib", "netCDF4"},
    "models": {"xarray", "pandas", "sklearn", "matplotlib", "netCDF4"},
    "plotting": {"sklearn", "netCDF4", "pandas"},
}


def files(folder):
    found = sorted(path for path in folder.rglob("*.py"))
    assert found, f"no Python file in {folder}"
    return found


def name_of(path):
    """Return the dotted name of a module, and the package that its relative imports start from."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[-1] == "__init__":
        return parts[:-1], parts[:-1]
    return parts, parts[:-1]


def imports(path):
    """Yield (line, dotted module, names) of every import, those inside functions too."""
    _, package = name_of(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, []
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, module, [alias.name for alias in node.names]


def rooms_imported(path):
    """Yield (line, room) for every room of cornetkit that a file imports."""
    for line, module, names in imports(path):
        top, *rest = module.split(".")
        if top == "cornetkit":
            for room in rest[:1] or names:
                yield line, room


def room_of(path):
    parts, _ = name_of(path)
    return parts[1] if len(parts) > 1 else "__init__"


def test_every_room_has_its_place_in_the_design():
    found = {room_of(path) for path in files(PACKAGE)} - {"__init__"}
    assert {"models", "recording", "kernels", "predictivity", "similarity"} <= found
    assert found <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", files(PACKAGE), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_import_only_what_they_may(path):
    room = room_of(path)
    allowed = MAY_IMPORT.get(room, set()) | EVERYWHERE | {room, "__version__"}
    if room == "__init__":
        allowed = set()  # it loads its rooms by name, when they are asked for
    wrong = [f"{path.name}:{line} imports {to}" for line, to in rooms_imported(path)]
    assert [text for text in wrong if text.split()[-1] not in allowed] == []


@pytest.mark.parametrize("folder", ["cornetkit", "cli"])
def test_nothing_imports_the_command_line(folder):
    seen = 0
    for path in files(ROOT / folder):
        for line, module, _ in imports(path):
            seen += 1
            inside = folder == "cli" and module.split(".")[0] == "cli"
            top = module.split(".")[0]
            assert inside or top not in ("cli", "cornetkit_cli"), f"{path}:{line}"
    assert seen


def test_the_command_line_imports_public_names_only():
    private, seen = set(), set()
    for path in files(ROOT / "cli"):
        for _, module, names in imports(path):
            if module.split(".")[0] != "cornetkit" or module == "cornetkit":
                continue
            seen.add(module)
            found = importlib.import_module(module)
            shared = {f"cornetkit.{name}" for name in EVERYWHERE}
            public = vars(found) if module in shared else getattr(found, "__all__", ())
            if module.count(".") > 1:
                public = ()
            private |= {(module, n) for n in names if n not in public or n.startswith("_")}
    assert {"cornetkit.errors", "cornetkit.neural"} <= seen
    assert private == set()


@pytest.mark.parametrize("path", files(PACKAGE), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_stay_in_their_rooms(path):
    room = room_of(path)
    tops = {module.split(".")[0] for _, module, _ in imports(path)}
    if room not in TORCH_ROOMS:
        assert not tops & {"torch", "torchvision"}
    assert not tops & NOT_IN.get(room, set())
    if room in ("schema", "errors", "__init__"):
        assert not tops & {"torch", "pandas", "matplotlib", "sklearn", "netCDF4", "scipy"}


def loaded_by(code):
    """Return the top-level packages that a fresh interpreter holds after running `code`."""
    report = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


HEAVY = {"torch", "torchvision", "xarray", "pandas", "matplotlib", "sklearn", "scipy", "numpy"}


def test_importing_cornetkit_loads_nothing_heavy():
    assert not loaded_by("import cornetkit") & (HEAVY | {"PIL", "netCDF4", "tqdm"})


def test_the_command_line_starts_without_anything_heavy():
    assert not loaded_by("import cornetkit_cli.main") & HEAVY


def test_kernels_load_no_labels_and_no_scikit_learn():
    names = [path.stem for path in files(PACKAGE / "kernels") if path.stem != "__init__"]
    assert {"gram", "ridge", "rdm"} <= set(names)
    code = "\n".join(f"import cornetkit.kernels.{name}" for name in names)
    assert not loaded_by(code) & {"torch", "xarray", "pandas", "matplotlib", "sklearn"}


def test_opening_activations_loads_no_torch(tmp_path):
    import numpy as np
    import xarray as xr

    area = xr.DataArray(
        np.zeros((2, 1, 3), np.float32),
        dims=("stimulus", "time", "unit"),
        coords={"stimulus": ["a", "b"], "time": [0], "unit": [0, 1, 2]},
        name="activation",
    )
    path = tmp_path / "acts.nc"
    area.to_netcdf(path, group="IT")
    code = (
        f"import cornetkit as ck; acts = ck.open_activations({str(path)!r}); acts['IT'].load()\n"
        "from cornetkit.predictivity import predict"
    )
    assert not loaded_by(code) & {"torch", "torchvision"}


def test_analyses_load_no_torch():
    rooms = sorted({room_of(path) for path in files(PACKAGE)} - TORCH_ROOMS - {"__init__"})
    assert {"predictivity", "similarity", "plotting"} <= set(rooms)
    code = "\n".join(f"import cornetkit.{room}" for room in rooms)
    assert not loaded_by(code) & {"torch", "torchvision"}
