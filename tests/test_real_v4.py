"""The whole path on real input: 640 natural images and 50 units of macaque V4."""

import pytest

import cornetkit as ck

pytestmark = [pytest.mark.realdata, pytest.mark.slow]


def v4_scores(shared_folder, tmp_path, letter, areas):
    folder = shared_folder / "data" / "v4_cowley2023"
    model = ck.load_model(letter, weights="random")
    out = tmp_path / "acts.nc"
    ck.record(model, folder / "images", out, areas=areas, progress=False).close()
    scores = ck.predict(out, folder / "v4.nc", method="pls", progress=False)
    assert scores.sizes["neuroid"] == 50
    assert scores.attrs["n_stimuli"] == 640
    assert scores.attrs["acts_identity"] == "untrained (random weights, seed 0)"
    assert float(scores["ceiling_score"][0]) == pytest.approx(0.750, abs=0.005)
    return scores["score"].isel(time_bin=0)


def test_untrained_z_reaches_the_known_scores(shared_folder, tmp_path):
    score = v4_scores(shared_folder, tmp_path, "Z", ["V4", "IT"])
    assert 0.42 < float(score.sel(area="V4", time=0)) < 0.46
    assert 0.45 < float(score.sel(area="IT", time=0)) < 0.51


def test_untrained_s_reaches_the_known_scores(shared_folder, tmp_path):
    score = v4_scores(shared_folder, tmp_path, "S", ["V4", "IT"])
    driven = score.values[~score.isnull().values]
    assert driven.size == 6  # four steps of V4, two of IT
    assert driven.min() > 0.35
    assert driven.max() < 0.40
