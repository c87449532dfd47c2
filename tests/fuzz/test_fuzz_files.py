"""Damaged files and odd options end in a result or in one line that says what is wrong.

How many cases: CORNETKIT_FUZZ (default 100).
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CASES = int(os.environ.get("CORNETKIT_FUZZ", "100"))
# On damaged bytes the HDF5 library may crash, or go round in circles, whoever opens the file.
OF_LIBRARY = 0.02
KINDS = {"recordings", "activations", "scores", "predict", "images"}


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """How each case ended; the cases run in children of another process."""
    folder = tmp_path_factory.mktemp("fuzz")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent.parent)}
    command = [sys.executable, str(HERE / "cases.py"), str(folder / "files"), str(CASES)]
    limit = 120 + 2 * CASES
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {case["kind"] for case in found} == KINDS, "not all kinds of cases were run"
    print(Counter(f"{case['kind']}: {case['end']}" for case in found))
    return found


def test_every_case_ends(ends: list[dict[str, Any]]) -> None:
    assert [case["seed"] for case in ends] == list(range(CASES))


def test_damaged_files_raise_nothing_but_errors_of_cornetkit(ends: list[dict[str, Any]]) -> None:
    bad = [case for case in ends if case["bad"] and case["end"] not in ("crash", "hang")]
    assert not bad, "\n".join(f"seed {case['seed']} {case['kind']}: {case['told']}" for case in bad)


def test_damaged_images_never_end_the_process(ends: list[dict[str, Any]]) -> None:
    killed = [c["seed"] for c in ends if c["end"] in ("crash", "hang") and c["kind"] == "images"]
    assert killed == []


def test_the_library_crashes_or_hangs_on_few_damaged_files(ends: list[dict[str, Any]]) -> None:
    killed = [(c["seed"], c["kind"], c["end"]) for c in ends if c["end"] in ("crash", "hang")]
    assert len(killed) <= max(1, OF_LIBRARY * CASES), killed


def test_the_damage_reaches_results_and_refusals(ends: list[dict[str, Any]]) -> None:
    for kind in KINDS:
        ways = {case["end"] == "result" for case in ends if case["kind"] == kind}
        assert ways == {True, False}, kind
