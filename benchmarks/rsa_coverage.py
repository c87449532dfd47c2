"""In what share of simulations 95 % intervals of RSA, CKA and the matchings hold the truth.

    python benchmarks/rsa_coverage.py [--runs 300] [--worlds 6]

The simulations are those of tests/similarity: test_rsa_coverage.py and test_matching_coverage.py
(stimuli, and subjects, drawn at random, two steps of a model, a score of each and their paired
difference) and test_redrawn_coverage.py (neuroids, animals or trials drawn anew; a fifth of the
runs in each of the worlds). ``standard_error`` is that of a share of .95 over so many runs.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
from machine import save

import cornetkit as ck

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "similarity"))
from test_matching_coverage import of_cka, of_matching
from test_redrawn_coverage import FACTORS, METHODS, covered_redrawn, p_of_noise
from test_rsa_coverage import BOTH, World, covered


def main() -> None:
    """Run all simulations and print the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--worlds", type=int, default=6)
    arguments = parser.parse_args()
    runs = arguments.runs
    warnings.simplefilter("ignore", ck.CornetkitWarning)
    figures: dict[str, object] = {
        "runs": runs,
        "standard_error": round(float(np.sqrt(0.95 * 0.05 / runs)), 4),
    }
    for name, world, asked in (
        ("Pearson", World(), {"compare": "pearson"}),
        ("Spearman", World(), {"compare": "spearman"}),
        ("Spearman, unrelated", World(related=False), {"compare": "spearman"}),
        (
            "Pearson, stimuli and 8 subjects",
            World(vary=True, n_subjects=8),
            {"compare": "pearson", "resample": BOTH},
        ),
        (
            "the same, unrelated",
            World(related=False, vary=True, n_subjects=8),
            {"compare": "pearson", "resample": BOTH},
        ),
    ):
        truth = world.truth(asked["compare"])
        early, late, difference = covered(world, truth, runs, 40, bootstrap=200, **asked)
        shares = {"early": early, "late": late, "difference": difference}
        figures[name] = {key: round(float(share), 3) for key, share in shares.items()}
    figures |= {
        "CKA": round(float(of_cka(runs)), 3),
        "CKA, unrelated": round(float(of_cka(runs, related=False)), 3),
        "one-to-one": round(float(of_matching(ck.one_to_one, runs)), 3),
        "soft matching": round(float(of_matching(ck.soft_matching, runs)), 3),
    }
    world = World(related=False)
    p = np.array([world.result(20, permutations=199, rng=k)["p"].values[0] for k in range(runs)])
    figures["p of unrelated RDMs, share below .05, .2, .5"] = [
        round(float((p <= limit).mean()), 3) for limit in (0.05, 0.2, 0.5)
    ]
    figures["others drawn"] = redrawn(arguments.worlds, runs // 5)
    figures["p of noise, share below .05"] = {
        name: round(float((p_of_noise(method, runs) <= 0.05).mean()), 3)
        for name, method in METHODS.items()
    }
    save("rsa_coverage", figures)


def redrawn(worlds: int, runs: int) -> dict[str, object]:
    """Return by what is drawn and method: the share, and half the interval by the true spread."""
    rows: dict[str, object] = {"worlds": worlds, "runs in each": runs}
    for factors in FACTORS:
        name = factors if isinstance(factors, str) else " and ".join(factors)
        rows[name] = {}
        for method, call in METHODS.items():
            found = covered_redrawn(call, factors, worlds, runs, draws=400)
            share = float(found["held"].mean())
            width = float(found["width"].mean() / (1.96 * found["spread"].mean()))
            rows[name][method] = {"held": round(share, 3), "width": round(width, 2)}
            print(name, method, rows[name][method], flush=True)
    return rows


if __name__ == "__main__":
    main()
