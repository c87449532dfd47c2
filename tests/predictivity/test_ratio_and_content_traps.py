"""Traps of normalising and of names: which ratio a score is, and what a result is made from."""

import numpy as np
import pytest

from cornetkit.activations import ActivationWriter, AreaLayout


@pytest.mark.parametrize(
    ("protocol", "formula"), [("cornetkit", "r/sqrt(c)"), ("brainscore", "r^2/c")]
)
def test_a_normalised_score_is_a_ratio_of_medians_with_both_inputs_stored(
    planted, quietly, protocol, formula
):
    data = planted(n_stimuli=80, n_neuroids=9)
    # Neuroids of very unequal noise: there the two ratios differ.
    noise = np.random.default_rng(1).standard_normal(data.recordings.shape)
    uneven = data.recordings + noise * np.linspace(0, 4, 9)
    scores = quietly(data.features, uneven, protocol=protocol)
    r, ceiling = scores["r"].mean("split").squeeze(), scores["ceiling"].squeeze()
    score, c = scores["score"].item(), scores["ceiling_score"].item()
    if formula == "r^2/c":
        of_medians, of_neuroids = score**2 / c, float((r**2 / ceiling).median())
    else:
        of_medians, of_neuroids = score / np.sqrt(c), float((r / np.sqrt(ceiling)).median())
    assert scores["normalized"].item() == pytest.approx(of_medians, rel=1e-12)
    assert abs(of_neuroids - of_medians) > 0.01


def written(path, values, ids):
    writer = ActivationWriter(path, [AreaLayout("IT", (0,), (values.shape[1],))], list(ids))
    writer.write({"IT": values[:, None].astype(np.float32)})
    writer.finish()
    return path


def test_the_score_of_a_file_follows_its_content_not_its_name(planted, quietly, tmp_path):
    data = planted()
    path, ids = tmp_path / "acts.nc", data.features["stimulus"].values
    first = quietly(written(path, data.features.values, ids), data.recordings)
    path.unlink()
    changed = np.random.default_rng(5).standard_normal((60, 15))
    second = quietly(written(path, changed, ids), data.recordings)
    assert second["score"].item() < 0.3 < first["score"].item()
    in_memory = quietly(data.features.copy(data=changed), data.recordings)
    assert second["r"].values.ravel() == pytest.approx(in_memory["r"].values.ravel(), abs=1e-5)
