"""Files of reduced activations are read by the analyses like any others."""

import numpy as np
import pytest
import xarray as xr

import cornetkit as ck
from cornetkit.recording import record
from cornetkit.simulation import simulate_recordings

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")

REDUCTIONS = [{"pool": "mean"}, {"units": 60}, {"project": 60}, {"dtype": "float16"}]


@pytest.fixture
def population(tiny, images):
    """40 images, and recordings that follow the last step of `late`."""
    stimuli = images(40)
    recordings = simulate_recordings(
        record(tiny, stimuli)["late"], (1,), n_neuroids=8, n_repetitions=4, n_dimensions=4, rng=0
    )
    return stimuli, recordings


@pytest.mark.parametrize("method", ["ridge", "pls", "best-unit"])
@pytest.mark.parametrize("reduction", REDUCTIONS, ids=str)
def test_predict_reads_them_as_the_same_values_in_memory(
    tiny, population, tmp_path, reduction, method
):
    stimuli, recordings = population
    path = tmp_path / "acts.nc"
    record(tiny, stimuli, path, **reduction).close()
    in_memory = {
        area: x.astype(np.float32) for area, x in record(tiny, stimuli, **reduction).items()
    }
    settings = {"method": method, "progress": False, "rng": 0}
    from_file = ck.predict(path, recordings, **settings)
    expected = ck.predict(ck.Activations(in_memory), recordings, **settings)
    xr.testing.assert_allclose(from_file["r"].drop_attrs(), expected["r"].drop_attrs(), rtol=1e-9)
    assert np.isfinite(from_file["score"].sel(area="late")).all()


def test_scores_say_how_the_activations_were_reduced(tiny, population, tmp_path):
    stimuli, recordings = population
    record(tiny, stimuli, tmp_path / "acts.nc", units=60, dtype="float16").close()
    attrs = ck.predict(tmp_path / "acts.nc", recordings, progress=False).attrs
    assert attrs["acts_reduction_units"] == 60
    assert attrs["acts_stored_dtype"] == "float16"
