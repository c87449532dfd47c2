"""The whole path on the built-in images: what is learned is seen, in accuracy and in IT."""

import numpy as np
import pytest
from scipy.stats import binomtest

import cornetkit as ck
from cornetkit.simulation import simulate_recordings


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """CORnet-Z, some 2 minutes on one core."""
    out = tmp_path_factory.mktemp("runs") / "z"
    settings = {"epochs": 7, "keep_every": 0}
    return ck.train("Z", "shapes", out, settings=settings, progress=False)


@pytest.mark.slow
def test_cornet_z_tells_more_than_four_in_five_held_out_images(trained):
    assert trained.top1 > 0.8
    again = ck.evaluate(trained.latest, "shapes")
    assert float(again.top1) == pytest.approx(trained.top1, abs=1e-9)


@pytest.mark.slow
def test_a_population_that_reads_trained_it_is_better_predicted_by_trained_it(trained, tmp_path):
    images = ck.make_shapes(tmp_path / "images", 1, 16, rng=5) / "val"
    models = {
        "trained": ck.load_model(trained.latest),
        "untrained": ck.load_model("Z", "random", seed=1, num_classes=10),
    }
    models["untrained"].input_size = 64
    acts = {
        name: ck.record(model, images, tmp_path / f"{name}.nc", areas=["IT"], progress=False)
        for name, model in models.items()
    }
    recordings = simulate_recordings(
        acts["trained"]["IT"].load(), [0], n_neuroids=20, n_repetitions=10, rng=0
    )
    scores = {
        name: float(ck.predict(one, recordings, n_splits=5, progress=False)["score"].squeeze())
        for name, one in acts.items()
    }
    assert scores["trained"] > scores["untrained"] + 0.1
    assert np.isfinite(list(scores.values())).all()


@pytest.mark.slow
@pytest.mark.parametrize(("letter", "epochs"), [("Z", 60), ("R", 30), ("RT", 30), ("S", 12)])
def test_every_model_takes_in_a_few_images_by_the_recipe(tmp_path, letter, epochs):
    """One batch of three images a class, seen again and again."""
    few = {"subset": 3, "epochs": epochs, "validate_every": epochs, "log_every": 1, "keep_every": 0}
    run = ck.train(letter, "shapes", tmp_path / "run", settings=few, progress=False)
    curves = ck.training_curves(run.out)
    assert float(curves["loss"][0]) > 2  # log(10) is 2.3
    assert float(curves["loss"][-1]) < 0.5
    assert float(curves["top1"][-1]) > 0.9


@pytest.mark.slow
def test_two_epochs_of_rt_name_held_out_images_better_than_chance(tmp_path):
    few = {"epochs": 2, "validate_every": 2, "keep_every": 0}
    run = ck.train("RT", "shapes", tmp_path / "run", settings=few, progress=False)
    right = round(run.top1 * 500)
    assert binomtest(right, 500, 0.1, alternative="greater").pvalue < 1e-4
