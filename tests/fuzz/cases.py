"""Run cases on damaged files in child processes, and tell how each one ended.

    python cases.py FOLDER COUNT [FIRST]

A child runs up to 50 cases; where one kills it, the next child goes on after that case. One line
of JSON a case goes to stdout.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from damage import damaged
from PIL import Image

import cornetkit as ck
from cornetkit.activations import ActivationWriter, AreaLayout

BATCH = 50
SECONDS = 8  # of one case
MEMORY = 4 << 30  # of one child: a damaged size must not take the machine down
IDS = [f"s{i:02d}" for i in range(16)]


def make_files(folder: Path) -> None:
    """Write the undamaged files."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((16, 2, 6)).astype("float32")
    means = features[:, 1] @ rng.standard_normal((6, 10)).astype("float32")
    trials = np.repeat(means.reshape(16, 2, 5), 3, axis=0)
    trials += rng.standard_normal(trials.shape).astype("float32")
    recordings = xr.DataArray(
        trials,
        dims=("presentation", "time_bin", "neuroid"),
        coords={
            "stimulus": ("presentation", np.repeat(IDS, 3)),
            "repetition": ("presentation", np.tile(np.arange(3), 16)),
            "object_name": ("presentation", np.repeat([f"o{i % 4}" for i in range(16)], 3)),
            "time_bin_start": ("time_bin", [70.0, 90.0]),
            "time_bin_end": ("time_bin", [90.0, 110.0]),
            "neuroid": [f"n{i}" for i in range(5)],
        },
    )
    ck.save_recordings(recordings, folder / "it.nc")
    layouts = [
        AreaLayout("V4", (0, 1), (6, 1, 1), (True, True), ((0.0, 50.0), (50.0, 100.0))),
        AreaLayout("IT", (0, 1), (6,), (False, True)),
    ]
    writer = ActivationWriter(folder / "acts.nc", layouts, IDS, attrs={"model": "X"})
    writer.write({"V4": features, "IT": features[:, ::-1]})
    writer.finish()
    scores = ck.predict(folder / "acts.nc", folder / "it.nc", n_splits=3, progress=False)
    ck.save_scores(scores, folder / "scores.nc")
    images = folder / "images"
    images.mkdir()
    for i, ending in enumerate(("png", "jpg", "gif", "bmp", "tiff", "webp", "ppm")):
        pixels = rng.integers(256, size=(24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"i{i}.{ending}")
    names = sorted(path.name for path in images.iterdir())
    rows = [f"{name[:2]},{name},{i / 2},car é" for i, name in enumerate(names)]
    table = "\n".join(["stimulus_id,filename,angle,object_name", *rows])
    (images / "stimuli.csv").write_text(table + "\n", encoding="utf-8")


def _recordings(folder: Path, rng: np.random.Generator) -> str:
    how = _damage(folder / "it.nc", rng)
    given = _options(
        rng,
        variable=["response", "nothing"],
        dims=[("images", "neurons")],
        time_bins=[[(0, 10), (10, 20)], [(0, 10)], [(20, 10), (0, np.nan)]],
    )
    opened = ck.open_recordings(folder / "it.nc", **given)
    _expect(opened.dims == ("presentation", "time_bin", "neuroid") and opened.size > 0)
    ck.average(opened)
    return how


def _activations(folder: Path, rng: np.random.Generator) -> str:
    how = _damage(folder / "acts.nc", rng)
    with ck.open_activations(folder / "acts.nc") as opened:
        loaded = opened.load()
    _expect(all(array.dims == ("stimulus", "time", "unit") for array in loaded.values()))
    return how


def _scores(folder: Path, rng: np.random.Generator) -> str:
    how = _damage(folder / "scores.nc", rng)
    opened = ck.open_scores(folder / "scores.nc")
    _expect("score" in opened and isinstance(opened.attrs["notes"], list))
    return how


def _predict(folder: Path, rng: np.random.Generator) -> str:
    which = int(rng.integers(4))
    how = _damage(folder / ("it.nc", "acts.nc")[which], rng) if which < 2 else "none"
    given = _options(
        rng,
        window=[(70, 110), (70, 90), (110, 70), (0, 10), (np.nan, 90), (-np.inf, np.inf), (80, 80)],
        bins=[20, 40, 0, -1, np.nan, 7.5, 1e9, np.inf],
        join=["exact", "inner", "outer"],
        method=["ridge", "pls", "ols", "best-unit", "magic"],
        protocol=["cornetkit", "brainscore", "other"],
        areas=[["IT"], ["V4", "IT"], ["V9"], [], ["IT", "IT"]],
        stratify=["object_name", "repetition", "nothing", False, True],
        targets=["joint", "separate", "none"],
        n_components=[1, 3, 0, -1, 100],
        alphas=["relative", "brainscore", 1.0, [0.0, 1.0], [], -1.0, np.nan, "x"],
        alpha_per=["neuroid", "all", "x"],
        n_splits=[1, 3, 0, -1],
        rng=[0, 7, -1],
        dtype=["float64", "float32", "float16"],
    )
    scores = ck.predict(folder / "acts.nc", folder / "it.nc", progress=False, **given)
    _expect("score" in scores and scores["score"].dims == ("area", "time", "time_bin"))
    return how


def _images(folder: Path, rng: np.random.Generator) -> str:
    images = folder / "images"
    source = images / "stimuli.csv" if rng.integers(2) else images
    files = sorted(images.iterdir())
    # The table comes last in order, and is damaged more often than each of the images.
    how = _damage(files[min(int(rng.integers(len(files) + 3)), len(files) - 1)], rng)
    if source.is_dir() and rng.integers(2):
        (images / "stimuli.csv").unlink()
    found = ck.load_stimuli(source)
    if rng.integers(2):
        found = found.check(skip_bad=bool(rng.integers(2)))
    for image in found:
        _expect(image.mode == "RGB")
    return how


KINDS: tuple[Callable[[Path, np.random.Generator], str], ...] = (
    *(_recordings, _activations, _scores, _predict, _images),
)


def _damage(path: Path, rng: np.random.Generator) -> str:
    how, content = damaged(path.read_bytes(), rng)
    path.write_bytes(content)
    return how


def _options(generator: np.random.Generator, /, **known: list[Any]) -> dict[str, Any]:
    """Draw a few options; the others stay at their defaults."""
    likely = min(0.3, 2 / len(known))
    return {
        name: values[int(generator.integers(len(values)))]
        for name, values in known.items()
        if generator.random() < likely
    }


def _expect(holds: bool) -> None:
    if not holds:
        raise AssertionError("a result of an unexpected form")


def run_case(seed: int, valid: Path, place: Path) -> dict[str, Any]:
    """Run one case on a fresh copy of the files."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(valid, place)
    kind = KINDS[seed % len(KINDS)]
    answer: dict[str, Any] = {"seed": seed, "kind": kind.__name__[1:]}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind(place, np.random.default_rng(seed))
    except ck.CornetkitError as error:
        broken = "\n" in str(error) or not str(error)
        message = "an error message that is not one line" if broken else ""
        return answer | {"end": type(error).__name__, "bad": broken, "told": message}
    except Exception as error:
        told = "".join(traceback.format_exception(error, limit=-4))
        return answer | {"end": type(error).__name__, "bad": True, "told": told}
    return answer | {"end": "result", "bad": False, "told": ""}


def run_batch(seeds: range, valid: Path, place: Path) -> list[dict[str, Any]]:
    """Run cases in a forked child until all are done or one kills it."""
    told = place.with_suffix(".jsonl")
    sys.stdout.flush()
    child = os.fork()
    if not child:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with told.open("w", encoding="utf-8") as file:
            for seed in seeds:
                signal.alarm(SECONDS)  # without a handler: ends a hang within a library, too
                print(json.dumps(run_case(seed, valid, place)), file=file, flush=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    answers = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    if code != 0:
        seed = seeds[len(answers)]
        kind = KINDS[seed % len(KINDS)].__name__[1:]
        end = "hang" if code == -signal.SIGALRM else "crash"
        told_of = f"child ended with {code}"
        answers.append({"seed": seed, "kind": kind, "end": end, "bad": True, "told": told_of})
    return answers


def main() -> None:
    """Run all cases that are asked for."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    last = seed + count
    valid = folder / "valid"
    valid.mkdir(parents=True)
    warnings.simplefilter("ignore")
    make_files(valid)
    while seed < last:
        answers = run_batch(range(seed, min(seed + BATCH, last)), valid, folder / "case")
        for answer in answers:
            print(json.dumps(answer), flush=True)
        seed += len(answers)


if __name__ == "__main__":
    main()
