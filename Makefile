# `make demo` and `make test` need only Python 3.11 and make: the first sets up .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools

.PHONY: demo test lint types pytest slow fuzz coverage clean

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade pip
	$(BIN)/python -m pip install -qq --editable .
	touch $(READY)

# The test tools, and the libraries that the numbers are checked against.
$(TOOLS): $(READY)
	$(BIN)/python -m pip install -qq --editable ".[dev]"
	touch $(TOOLS)

demo: $(READY)
	$(BIN)/cornetkit demo --out demo/

test: lint types pytest

lint: $(TOOLS)
	$(BIN)/ruff check cornetkit cli tests benchmarks
	$(BIN)/ruff format --check cornetkit cli tests benchmarks

types: $(TOOLS)
	$(BIN)/mypy

pytest: $(TOOLS)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile -m "not slow and not realdata"
	$(BIN)/python -m pytest --doctest-modules cornetkit

# The slow tests, and those on real recordings (skipped where these are not at hand).
slow: $(TOOLS)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile -m "slow or realdata"

# 2,000 damaged files and option combinations; `make test` runs 100 of them.
fuzz: $(TOOLS)
	CORNETKIT_FUZZ=2000 $(BIN)/python -m pytest tests/fuzz

# Simulated studies: do 95 % intervals hold the planted value in 95 % of them? An hour by default,
# and some minutes for RSA, CKA and the matchings.
coverage: $(TOOLS)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/coverage.py $(COVERAGE)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/rsa_coverage.py

clean:
	rm -rf $(VENV) demo
