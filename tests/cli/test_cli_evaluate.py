"""`cornetkit evaluate`."""

import csv
import json

import pytest

import cornetkit as ck


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "z"
    settings = {"image_size": 32, "subset": 2, "epochs": 1, "keep_every": 0}
    return ck.train("Z", "shapes", out, settings=settings, progress=False)


def test_it_prints_accuracies_and_a_line_for_each_class(run, trained):
    done = run("evaluate", "--weights", trained.best, "--data", "shapes")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert lines[0] == "CORnet-Z, verified by the checkpoint's metadata; 500 images"
    assert lines[1].startswith(f"top-1 {trained.top1:.4f}  top-5 ")
    assert sum(line.split()[0] in ck.load_model(trained.best).classes for line in lines[2:] if line
               ) == 10  # fmt: skip


def test_json_and_the_confusion_matrix_agree(run, trained, tmp_path):
    heads = ("--heads", "shapes", "--heads-per-class", 2)
    table_of = ("--confusion", tmp_path / "c.csv")
    done = run(
        "evaluate", "--weights", trained.best, "--data", "shapes", "--json", *table_of, *heads
    )
    found = json.loads(done.out)
    with (tmp_path / "c.csv").open() as file:
        table = list(csv.reader(file))
    assert [row[0] for row in table[1:]] == found["classes"] == table[0][1:]
    assert [[int(x) for x in row[1:]] for row in table[1:]] == found["confusion"]
    assert len(found["step_top1"]) == 1
    assert found["attributes"]["training_recipe"] == "shapes"


def test_the_result_is_written_and_inspected(run, trained, tmp_path):
    out = tmp_path / "e.nc"
    done = run("evaluate", "--weights", trained.best, "--data", "shapes", "--out", out)
    assert (done.code, done.err) == (0, f"wrote {out}\n")
    assert float(ck.open_evaluation(out).top1) == pytest.approx(trained.top1)
    shown = run("inspect", out)
    assert shown.out.splitlines()[0] == f"{out}: evaluation on shapes"
    told = [line.strip() for line in shown.out.splitlines()[1:]]
    assert told == [line.strip() for line in done.out.splitlines()]
    found = json.loads(run("inspect", out, "--json").out)
    assert (found["kind"], found["attrs"]["training_recipe"]) == ("evaluation", "shapes")
    again = run("evaluate", "--weights", trained.best, "--data", "shapes", "--out", out)
    assert (again.code, "is there already" in again.error) == (1, True)


def test_mistakes_are_one_line(run, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("evaluate", "--weights", "nothing.pth", "--data", "shapes")
    assert "no weights file nothing.pth" in done.error
    done = run("evaluate", "--weights", trained.best, "--data", "shape")
    assert "no such data: shape (did you mean 'shapes'?)" in done.error
    done = run("evaluate", "--weights", trained.best, "--data", "shapes", "--ema")
    assert "holds no running mean" in done.error
    done = run("evaluate", "--weights", trained.best, "--data", "shapes", "--heads-per-class", 9)
    assert "heads_per_class=9 (--heads-per-class) is of heads, and none are asked" in done.error
    (tmp_path / "c.csv").write_text("")
    done = run("evaluate", "--weights", trained.best, "--data", "shapes", "--confusion", "c.csv")
    assert "c.csv is there already" in done.error
    assert done.code == 1
