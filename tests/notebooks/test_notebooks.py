"""Every notebook runs to its end with small parameters, and is stored without outputs."""

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = "N_STIMULI, N_NEUROIDS, N_REPETITIONS = 40, 12, 6"


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One folder for all: the first records what the others open."""
    return tmp_path_factory.mktemp("notebooks")


def test_they_are_there():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_cleared(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, files, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "2"))
    notebook = read(path)
    at = [
        k for k, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ())
    ]
    assert len(at) == 1
    notebook.cells.insert(at[0] + 1, nbformat.v4.new_code_cell(f'{SMALL}\nFOLDER = "{files}"'))
    client = nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(files)}}
    )
    client.execute()
    shown = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type in ("execute_result", "display_data")
    ]
    assert any("image/png" in output.data for output in shown)
    streams = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert streams == []
