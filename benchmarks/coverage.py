"""Coverage: do 95 % intervals hold the planted value in 95 % of studies, and are p values uniform?

    python benchmarks/coverage.py [--studies 1000 --minutes 60 --bootstrap 200 --first-study 60]

A study draws new stimuli and new neuroids from a known world and runs ck.predict on them. The
planted value of a claim is what it is on average over studies of this size; where two things are
made alike, or the responses are noise, it is 0 and exact, and otherwise the mean of all studies.
Claims: the score of an area and step, the difference between two models, areas, steps, the same
with the best step of each, and a bin of a time course. Printed for each: how often the interval
holds the planted value, its standard error, and the mean half width beside 1.96 true deviations; of
permutations, how p is spread under the null. Aim: 93 to 97 %. Worlds take turns, so that stopping
after so many minutes leaves as many studies of each. The first 60 studies (seeds 0 to 59) were
looked at while the intervals were made; --first-study 60 leaves them out. What is printed last and
stored is a table of coverage, a row a claim and a column a world, and how many studies it rests on.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from machine import save
from scipy import stats

import cornetkit as ck

AIM = (0.93, 0.97)
DIMENSIONS = 8
# Noise beside the shared dimensions, by area and step: V4's steps are alike, IT gets better.
NOISE = {"V4": (1.5, 1.5), "IT": (1.5, 0.7)}
GAINS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class World:
    """What studies are drawn from.

    Parameters
    ----------
    name
        In the results.
    planted
        Whether the responses have anything to do with the stimuli.
    n, n_units, n_neuroids, n_repetitions
        Sizes of a study.
    settings
        Of ck.predict.
    """

    name: str
    planted: bool = True
    n: int = 80
    n_units: int = 25
    n_neuroids: int = 15
    n_repetitions: int = 3
    settings: dict[str, object] = field(default_factory=dict)

    def study(self, seed: int) -> tuple[ck.Activations, ck.Activations, xr.DataArray]:
        """Return the activations of two models, alike but for noise, and recordings."""
        rng = np.random.default_rng([17, seed])
        fixed = np.random.default_rng(5)  # the models are the same in all studies
        ids = [f"s{k:03d}" for k in range(self.n)]
        Z = rng.standard_normal((self.n, DIMENSIONS))
        models = []
        for _ in range(2):
            areas = {}
            for area, noise in NOISE.items():
                A = fixed.standard_normal((DIMENSIONS, self.n_units)) / DIMENSIONS**0.5
                steps = [Z @ A + sd * rng.standard_normal((self.n, self.n_units)) for sd in noise]
                areas[area] = xr.DataArray(
                    np.stack(steps, axis=1),
                    dims=("stimulus", "time", "unit"),
                    coords={"stimulus": ids, "time": [0, 1]},
                )
            models.append(ck.Activations(areas))
        W = rng.standard_normal((DIMENSIONS, self.n_neuroids)) / DIMENSIONS**0.5
        signal = (Z if self.planted else rng.standard_normal(Z.shape)) @ W
        noise = rng.uniform(0.7, 2.0, self.n_neuroids)
        trials = np.repeat(signal[:, None] * np.array(GAINS)[:, None], self.n_repetitions, axis=0)
        trials = trials + noise * rng.standard_normal(trials.shape)
        recordings = xr.DataArray(
            trials,
            dims=("presentation", "time_bin", "neuroid"),
            coords={
                "stimulus": ("presentation", np.repeat(ids, self.n_repetitions)),
                "repetition": ("presentation", np.tile(np.arange(self.n_repetitions), self.n)),
                "time_bin_start": ("time_bin", 70.0 + 20 * np.arange(len(GAINS))),
                "time_bin_end": ("time_bin", 90.0 + 20 * np.arange(len(GAINS))),
                "neuroid": [f"n{k}" for k in range(self.n_neuroids)],
            },
        )
        return models[0], models[1], recordings


# Claim: what of the first model, what of the second (or of the first again), time bin, and
# whether the planted difference is 0 by the way that worlds are made.
CLAIMS = {
    "score, strong": (("IT@1",), 2, False),
    "score, weak": (("V4@0",), 1, False),
    "bin of a time course, without signal": (("IT@1",), 0, True),
    "bin of a time course, late": (("IT@0",), 2, False),
    "difference of models, alike": (("IT@1", "other IT@1"), 2, True),
    "difference of models": (("IT@1", "other IT@0"), 2, False),
    "difference of areas": (("IT@1", "V4@1"), 2, False),
    "difference of areas, alike": (("IT@0", "V4@0"), 2, True),
    "difference of steps": (("IT@1", "IT@0"), 2, False),
    "difference of steps, alike": (("V4@1", "V4@0"), 2, True),
    "difference of best steps": (("IT", "other V4"), 2, False),
}


def predicted(world: World, seed: int, **more: object) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the scores of both models in a study."""
    first, second, recordings = world.study(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        a, b = (
            ck.predict(acts, recordings, progress=False, **world.settings, **more)
            for acts in (first, second)
        )
    return a, b


def values_of(
    a: xr.Dataset, b: xr.Dataset, places: tuple[str, ...], time_bin: int
) -> tuple[float, float, float]:
    """Return a claim's value and the limits of its interval."""
    if len(places) == 1:
        area, step = places[0].split("@")
        one = a.sel(area=area, time=int(step)).isel(time_bin=time_bin)
        return tuple(float(one[name]) for name in ("score", "score_low", "score_high"))
    other = places[1].startswith("other ")
    found = ck.compare_scores(
        a, b if other else None, between=(places[0], places[1].removeprefix("other "))
    ).isel(pair=0, time_bin=time_bin)
    names = ("difference", "difference_low", "difference_high")
    return tuple(float(found[name]) for name in names)


def study(world: World, seed: int, bootstrap: int) -> dict[str, tuple[float, float, float]]:
    """Return each claim's value and limits in one study."""
    a, b = predicted(world, seed, bootstrap=bootstrap)
    return {claim: values_of(a, b, places, k) for claim, (places, k, _) in CLAIMS.items()}


def coverage(world: World, studies: list[dict[str, tuple[float, float, float]]]) -> dict:
    """Return how often each claim's interval holds what is planted."""
    result: dict[str, object] = {"studies": len(studies)}
    for claim, (_, _, zero) in CLAIMS.items():
        value, low, high = np.array([one[claim] for one in studies]).T
        planted = 0.0 if zero or not world.planted else float(value.mean())
        held = float(np.mean((low <= planted) & (planted <= high)))
        result[claim] = {
            "planted": round(planted, 4),
            "coverage": round(held, 3),
            "error": round(float((held * (1 - held) / len(studies)) ** 0.5), 3),
            "half_width_over_spread": round(
                float(np.mean(high - low) / 2 / (1.96 * value.std(ddof=1))), 2
            ),
            "within_aim": bool(AIM[0] <= round(held, 3) <= AIM[1]),
        }
    return result


def table_of(found: dict[str, dict]) -> dict[str, dict[str, float]]:
    """Return coverage by claim and world, the number of studies of each, and means."""
    table = {
        "studies": {name: of_world["studies"] for name, of_world in found.items()},
        **{claim: {n: of[claim]["coverage"] for n, of in found.items()} for claim in CLAIMS},
    }
    for name in found:
        values = [table[claim][name] for claim in CLAIMS]
        table.setdefault("mean of claims", {})[name] = round(float(np.mean(values)), 3)
        inside = np.mean([found[name][claim]["within_aim"] for claim in CLAIMS])
        table.setdefault("share of claims within the aim", {})[name] = round(float(inside), 3)
    return table


def lines_of(table: dict[str, dict[str, float]]) -> list[str]:
    """Lay the table out, a row a claim and a column a world."""
    worlds_ = list(next(iter(table.values())))
    wide = max(map(len, table))
    lines = [" " * wide + "  " + "  ".join(worlds_)]
    for name, row in table.items():
        cells = [f"{row[world]:>{len(world)}}" for world in worlds_]
        lines.append(f"{name:<{wide}}  " + "  ".join(cells))
    return lines


def p_of(world: World, seed: int, permutations: int) -> tuple[float, float]:
    """Return p of one entry, and the least corrected p of all, in one study."""
    acts, _, recordings = world.study(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.CornetkitWarning)
        scores = ck.predict(
            acts, recordings, progress=False, permutations=permutations, **world.settings
        )
    single = float(scores["p"].sel(area="IT", time=1).isel(time_bin=2))
    return single, float(scores["p_corrected"].min())


def uniformity(found: list[tuple[float, float]], permutations: int) -> dict[str, object]:
    """Return how p is spread where nothing is planted."""
    single, least = np.array(found).T
    return {
        "studies": len(single),
        "permutations": permutations,
        "share_below_.05": round(float(np.mean(single <= 0.05)), 3),
        "share_below_.5": round(float(np.mean(single <= 0.5)), 3),
        "uniform_ks_p": round(float(stats.kstest(single, "uniform").pvalue), 3),
        "any_corrected_below_.05": round(float(np.mean(least <= 0.05)), 3),
    }


def worlds() -> list[World]:
    """Return ridge and PLS, planted and null, and other splits and sizes."""
    pls = {"method": "pls", "n_components": 3}
    return [
        World("ridge"),
        World("ridge, null", planted=False),
        World("pls", settings=pls),
        World("pls, null", planted=False, settings=pls),
        World("ridge, 50 stimuli", n=50),
        World("ridge, shuffle splits", settings={"splits": "shuffle"}),
    ]


def main() -> None:
    """Run the worlds in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--bootstrap", type=int, default=200)
    parser.add_argument("--permutations", type=int, default=39)
    parser.add_argument("--first-study", type=int, default=0, help="Seed of the first study.")
    asked = parser.parse_args()
    end = time.monotonic() + 60 * asked.minutes
    nulls = [replace(world, n_neuroids=6) for world in worlds() if not world.planted]
    studies: dict[str, list] = {world.name: [] for world in worlds()}
    p: dict[str, list] = {world.name: [] for world in nulls}
    for seed in range(asked.first_study, asked.first_study + asked.studies):
        if time.monotonic() > end:
            break
        for world in worlds():
            studies[world.name].append(study(world, seed, asked.bootstrap))
        for world in nulls:
            p[world.name].append(p_of(world, seed, asked.permutations))
    figures: dict[str, object] = {
        "aim": AIM,
        "bootstrap": asked.bootstrap,
        "first_study": asked.first_study,
    }
    found = {world.name: coverage(world, studies[world.name]) for world in worlds()}
    figures |= found
    figures["table"] = table_of(found)
    for name, ps in p.items():
        figures[f"p of {name}"] = uniformity(ps, asked.permutations)
    save("coverage", figures)
    print("\n".join(lines_of(figures["table"])))


if __name__ == "__main__":
    main()
