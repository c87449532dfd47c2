"""A small, seeded part of benchmarks/coverage.py: intervals hold what is planted."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def coverage():
    """Return the benchmark as a module, not under its own name: a package is called that too."""
    spec = importlib.util.spec_from_file_location("benchmark_coverage", BENCHMARKS / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look it up
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def small(coverage, name):
    world = next(world for world in coverage.worlds() if world.name == name)
    return replace(world, n=40, n_neuroids=8, settings={**world.settings, "n_splits": 5})


def held(coverage, world, n_studies):
    """Return whether intervals hold 0, (study, claim), for the claims whose planted value is 0."""
    known = [c for c, (_, _, zero) in coverage.CLAIMS.items() if zero or not world.planted]
    studies = several(coverage, world, n_studies)
    found = np.array([[one[claim][1:] for claim in known] for one in studies])
    return (found[..., 0] <= 0) & (found[..., 1] >= 0)


def several(coverage, world, n_studies):
    return [coverage.study(world, seed, 100) for seed in range(n_studies)]


def test_intervals_of_noise_hold_zero_in_mostseveral(coverage):
    inside = held(coverage, small(coverage, "ridge, null"), 6)
    assert inside.mean() > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ridge", "ridge, null", "pls, null"])
def test_intervals_hold_zero_in_95_percent_ofseveral(coverage, name):
    inside = held(coverage, small(coverage, name), 40)
    # Claims of one study go together, so this is no more than 40 independent ones.
    assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40) <= inside.mean()


@pytest.mark.slow
def test_intervals_are_no_wider_than_the_spread_asks_for(coverage):
    world = small(coverage, "ridge")
    found = coverage.coverage(world, several(coverage, world, 40))
    ratios = [found[claim]["half_width_over_spread"] for claim in coverage.CLAIMS]
    assert 0.75 < np.median(ratios) < 1.35
