# `make demo` and `make test` need only Python 3.11 and make: the first sets up .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types pytest slow clean

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $(READY)

demo: $(READY)
	$(BIN)/cornetkit demo --out demo/

test: lint types pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

pytest: $(READY)
	$(BIN)/python -m pytest -m "not slow and not realdata"

# The slow tests, and those on real recordings (skipped where these are not at hand).
slow: $(READY)
	$(BIN)/python -m pytest -m "slow or realdata"

clean:
	rm -rf $(VENV) demo
