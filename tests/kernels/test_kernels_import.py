"""What loading the kernels costs."""

import subprocess
import sys
from pathlib import Path

import cornetkit.kernels

MODULES = sorted(path.stem for path in Path(cornetkit.kernels.__path__[0]).glob("[a-z]*.py"))


def test_kernels_load_neither_scikit_learn_nor_torch_nor_xarray():
    heavy = "{'sklearn', 'torch', 'xarray', 'pandas', 'matplotlib'}"
    lines = [f"import cornetkit.kernels.{module}" for module in MODULES]
    code = "; ".join(["import sys", *lines, f"print(sorted({heavy} & set(sys.modules)))"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
