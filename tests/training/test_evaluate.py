"""Evaluating checkpoints, against scikit-learn."""

import numpy as np
import pytest
import torch
import xarray as xr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss, top_k_accuracy_score
from sklearn.preprocessing import StandardScaler
from tiny_runs import TINY, fill

import cornetkit as ck
from cornetkit.errors import FileError, InputError
from cornetkit.result_contents import kind_of_file
from cornetkit.stimuli import Transform
from cornetkit.training.heads import refitted_top1

SIX = ("ant", "bee", "cow", "dog", "elk", "fox")


@pytest.fixture(scope="module")
def six(tmp_path_factory):
    folder = tmp_path_factory.mktemp("six")
    fill(folder / "train", 4, SIX)
    fill(folder / "val", 3, SIX, seed=1)
    return folder


@pytest.fixture(scope="module")
def trained(six, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "z"
    return ck.train("Z", six, out, settings=TINY | {"epochs": 1}, progress=False)


@pytest.fixture(scope="module")
def by_hand(six, trained):
    """Softmax outputs and labels, image by image."""
    model, transform = ck.load_model(trained.best), Transform(size=32, resize="crop")
    stimuli = ck.load_stimuli(six / "val")
    with torch.no_grad():
        logits = [
            model(torch.from_numpy(transform(image))[None])[0].softmax(0) for image in stimuli
        ]
    labels = [SIX.index(path.parent.name) for path in stimuli.paths]
    return torch.stack(logits).double().numpy(), np.array(labels)


def test_accuracies_loss_and_confusion_are_scikit_learns(six, trained, by_hand):
    found = ck.evaluate(trained.best, six / "val")
    outputs, labels = by_hand
    classes = np.arange(6)
    assert float(found.top1) == top_k_accuracy_score(labels, outputs, k=1, labels=classes)
    assert float(found.top5) == top_k_accuracy_score(labels, outputs, k=5, labels=classes)
    outputs /= outputs.sum(axis=1, keepdims=True)
    assert float(found.loss) == pytest.approx(log_loss(labels, outputs, labels=classes), rel=1e-4)
    expected = confusion_matrix(labels, outputs.argmax(axis=1), labels=classes)
    np.testing.assert_array_equal(found.confusion, expected)
    np.testing.assert_allclose(found.class_top1, np.diag(expected) / expected.sum(axis=1))
    assert found["class"].values.tolist() == list(SIX)


def test_the_folder_of_both_splits_gives_the_validation_images(six, trained):
    a, b = ck.evaluate(trained.best, six), ck.evaluate(trained.best, six / "val", batch_size=5)
    np.testing.assert_array_equal(a.confusion, b.confusion)


def test_validation_in_training_and_evaluation_agree(six, trained):
    found = ck.evaluate(trained.best, six)
    assert float(found.top1) == pytest.approx(trained.top1)
    assert float(found.loss) == pytest.approx(trained.loss, rel=1e-5)


def test_a_head_is_scikit_learns_logistic_regression():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((3, 5))
    labels, other = rng.integers(0, 3, 90), rng.integers(0, 3, 60)
    train = centres[labels] + rng.standard_normal((90, 5))
    test = centres[other] + rng.standard_normal((60, 5))
    scaler = StandardScaler().fit(train)
    oracle = LogisticRegression(C=1.0, max_iter=200).fit(scaler.transform(train), labels)
    assert refitted_top1(train, labels, test, other) == oracle.score(scaler.transform(test), other)
    wider, wide_test = (np.c_[x, np.full(len(x), 3.0)] for x in (train, test))
    wide_test[:, -1] = 1e6  # constant in training, so it says nothing
    assert refitted_top1(wider, labels, wide_test, other) == refitted_top1(
        train, labels, test, other
    )


def test_heads_are_fitted_for_the_steps_that_the_image_has_reached(images, tmp_path):
    settings = TINY | {"epochs": 1}
    run = ck.train("RT", images, tmp_path / "rt", settings=settings, progress=False)
    found = ck.evaluate(run.best, images, heads=images)
    assert found["time"].values.tolist() == [0, 1, 2, 3, 4]
    assert found.driven.values.tolist() == [False] * 3 + [True] * 2
    assert np.isnan(found.step_top1.values).tolist() == [True] * 3 + [False] * 2
    assert found.step_top1.attrs["undefined"] == "steps 0, 1, 2: the image has not reached IT"
    assert found.step_top1.attrs["n_train"] == 18
    # Each class has a colour of its own: any head tells them apart.
    assert (found.step_top1.values[3:] > 0.6).all()


def test_classes_that_differ_from_the_checkpoints_are_told(images, trained):
    with pytest.raises(InputError, match=r"3 only in the checkpoint \(dog, elk, fox\)"):
        ck.evaluate(trained.best, images)


def test_a_checkpoint_without_names_needs_as_many_classes(images):
    words = r"the data has 3 classes, the checkpoint 1000 without names"
    with pytest.raises(InputError, match=words):
        ck.evaluate("random", images / "val", model="Z")
    with pytest.raises(InputError, match=r"weights 'random' of which model\? give model="):
        ck.evaluate("random", images / "val")


def test_an_image_that_cannot_be_read_is_named_or_left_out(trained, tmp_path):
    folder = fill(tmp_path / "val", 2, SIX)
    (folder / "cow" / "cow1.png").write_bytes(b"")
    with pytest.raises(FileError, match=r"1 image cannot be read: .*cow1.png is empty.*--skip-bad"):
        ck.evaluate(trained.best, folder)
    found = ck.evaluate(trained.best, folder, skip_bad=True)
    assert found.n_images.values.tolist() == [2, 2, 1, 2, 2, 2]
    assert len(found.attrs["skipped"]) == 1


def test_a_class_of_which_no_image_is_left_is_undefined(trained, tmp_path):
    folder = fill(tmp_path / "val", 1, SIX)
    (folder / "cow" / "cow0.png").write_bytes(b"")
    found = ck.evaluate(trained.best, folder, skip_bad=True)
    assert np.isnan(found.class_top1.values).tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize("n_bad", [0, 1, 2])
def test_what_is_saved_is_opened_as_it_was(trained, tmp_path, n_bad):
    folder = fill(tmp_path / "val", 2, SIX)
    for k in range(n_bad):
        (folder / "cow" / f"cow{k}.png").write_bytes(b"")
    found = ck.evaluate(trained.best, folder, skip_bad=True)
    path = ck.save_evaluation(found, tmp_path / "e.nc")
    again = ck.open_evaluation(path)
    xr.testing.assert_equal(again, found)
    assert {name: again.attrs[name] for name in found.attrs} == found.attrs
    assert len(again.attrs["skipped"]) == n_bad
    assert kind_of_file(path) == "evaluation"


def test_the_steps_of_heads_are_saved_with_the_reason_of_those_undefined(images, tmp_path):
    run = ck.train("RT", images, tmp_path / "rt", settings=TINY | {"epochs": 1}, progress=False)
    found = ck.evaluate(run.best, images, heads=images)
    again = ck.open_evaluation(ck.save_evaluation(found, tmp_path / "e.nc"))
    xr.testing.assert_identical(again["step_top1"], found["step_top1"])


def test_other_results_and_files_are_told(trained, six, tmp_path):
    curves = ck.training_curves(trained.out)
    words = r"a Dataset was given to save_evaluation; expected the result of evaluate"
    with pytest.raises(InputError, match=words):
        ck.save_evaluation(curves, tmp_path / "e.nc")
    with pytest.raises(FileError, match=r"e.nc; make one with: cornetkit evaluate --out"):
        ck.open_evaluation(tmp_path / "e.nc")
    path = ck.save_evaluation(ck.evaluate(trained.best, six), tmp_path / "e.nc")
    with pytest.raises(FileError, match="is there already"):
        ck.save_evaluation(ck.evaluate(trained.best, six), path)
    with pytest.raises(InputError, match=r"holds no scores but a result of evaluate; expected"):
        ck.open_scores(path)


def test_data_that_is_not_there_is_told(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=r"no such data: nothing; expected a folder"):
        ck.evaluate(trained.best, "nothing")
