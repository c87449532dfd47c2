"""The whole path on the built-in images: what is learned is seen, in accuracy and in IT."""

import numpy as np
import pytest

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
