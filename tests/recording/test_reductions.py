"""Pooling, random units, projections and float16 against NumPy, scikit-learn and the full file."""

import numpy as np
import pytest
import torch
import xarray as xr
from scipy.spatial.distance import pdist
from sklearn.random_projection import SparseRandomProjection
from torch import nn

from cornetkit.activations import AreaLayout, open_activations
from cornetkit.errors import InputError
from cornetkit.recording import record
from cornetkit.recording.reductions import Reduction, sparse_projection


@pytest.fixture
def full(tiny, images):
    """The unreduced activations of 5 images."""
    return record(tiny, images(5), batch_size=2)


def test_pooled_units_are_the_means_of_the_channels(tiny, images, full, tmp_path):
    pooled = record(tiny, images(5), tmp_path / "acts.nc", batch_size=2, pool="mean")
    for area, array in full.items():
        maps = array.values.reshape(5, -1, 4, 8 * 8).astype(float)
        np.testing.assert_allclose(pooled[area], maps.mean(axis=3), rtol=1e-5, atol=1e-5)
        assert pooled[area]["channel"].values.tolist() == [0, 1, 2, 3]
        assert pooled[area]["unit"].values.tolist() == [0, 1, 2, 3]
        assert not {"y", "x"} & set(pooled[area].coords)


def test_random_units_are_columns_of_the_full_file(tiny, images, full, tmp_path):
    sample = record(tiny, images(5), tmp_path / "acts.nc", batch_size=2, units=20)
    for area, array in full.items():
        assert sample[area].sizes["unit"] == 20
        kept = sample[area]["unit"].values
        assert (np.diff(kept) > 0).all()
        xr.testing.assert_identical(
            sample[area].load().drop_attrs(), array.sel(unit=kept).drop_attrs()
        )


def test_units_depend_on_the_seed_and_the_area_only(tiny, images):
    def drawn(stimuli, **settings):
        return record(tiny, stimuli, units=20, **settings)["late"]["unit"].values.tolist()

    first = drawn(images(4))
    assert drawn(images(2), areas="late", batch_size=1) == first
    assert drawn(images(2), reduction_seed=1) != first
    both = record(tiny, images(1), units=20)
    assert both["early"]["unit"].values.tolist() != first


def test_every_unit_is_drawn_equally_often():
    full = AreaLayout("IT", (0,), (5, 2, 2))
    counts = np.zeros(20)
    for seed in range(1000):
        counts[list(Reduction(units=5, seed=seed).layout(full).kept)] += 1
    assert abs(counts - 250).max() < 5 * np.sqrt(1000 * 0.25 * 0.75)


def test_areas_with_fewer_units_are_recorded_whole(tiny, images, full):
    acts = record(tiny, images(5), batch_size=2, units=1000)
    for area in full:
        np.testing.assert_array_equal(acts[area], full[area])


def test_a_projection_is_the_same_mixture_for_all_steps_and_batches(tiny, images, full):
    acts = record(tiny, images(5), batch_size=2, project=30)
    rng = np.random.default_rng([0, *b"late"])
    matrix = sparse_projection(256, 30, rng).toarray().astype(float)
    np.testing.assert_allclose(acts["late"], full["late"].values @ matrix.T, rtol=1e-4, atol=1e-3)
    assert acts["late"]["unit"].values.tolist() == list(range(30))
    assert not {"channel", "y", "x"} & set(acts["late"].coords)


def test_the_projection_has_the_statistics_of_scikit_learns():
    n, count = 2500, 400
    ours = sparse_projection(n, count, np.random.default_rng(0))
    theirs = SparseRandomProjection(count, random_state=0).fit(np.zeros((1, n))).components_
    np.testing.assert_allclose(np.unique(ours.data), np.unique(theirs.data), rtol=1e-6)
    assert ours.nnz / (n * count) == pytest.approx(theirs.nnz / (n * count), rel=0.03)
    assert abs(np.sign(ours.data).mean()) < 4 / np.sqrt(ours.nnz)
    per_unit = np.bincount(ours.indices, minlength=n)
    assert per_unit.var() == pytest.approx(per_unit.mean(), rel=0.15)  # binomial, nearly Poisson


def test_a_projection_keeps_squared_distances_as_scikit_learns_does():
    points = np.random.default_rng(1).standard_normal((12, 900)).astype(np.float32) ** 3
    exact = pdist(points, "sqeuclidean")

    def spread(project):
        ratios = np.array([pdist(project(seed), "sqeuclidean") / exact for seed in range(60)])
        return ratios.mean(), ratios.std()

    full = AreaLayout("IT", (0,), (900,))

    def ours(seed):
        return Reduction(project=200, seed=seed).apply(full, points[:, None])[:, 0]

    def theirs(seed):
        return SparseRandomProjection(200, random_state=seed).fit_transform(points)

    mean, sd = spread(ours)
    assert mean == pytest.approx(1, abs=0.02)
    assert sd == pytest.approx(spread(theirs)[1], rel=0.15)


def test_a_projection_of_more_than_there_is_is_refused(tiny, images):
    with pytest.raises(InputError, match="project=300 is more than the 256 units of 'early'"):
        record(tiny, images(1), project=300)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pool": "max"}, "pool must be 'mean' or left out, not 'max'"),
        ({"units": 0}, "units must be a whole number of at least 1, not 0"),
        ({"project": 2.5}, "project must be a whole number of at least 1, not 2.5"),
        ({"units": 10**23}, r"units must be a whole number below 2\^63, not 100000"),
        ({"project": 2**63}, r"project must be a whole number below 2\^63"),
        ({"units": 3, "reduction_seed": 2**63}, r"reduction_seed must be .* below 2\^63"),
        ({"units": 3, "reduction_seed": -1}, "reduction_seed must be a whole number of at least 0"),
        ({"dtype": "float64"}, "dtype must be 'float32' or 'float16', not 'float64'"),
        ({"pool": "mean", "units": 3}, "pool='mean' and units=3 were both given, but each"),
        ({"units": 3, "project": 3}, "units=3 and project=3 were both given"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tiny, images, settings, message):
    tiny.register_forward_pre_hook(lambda *_: 1 / 0)
    with pytest.raises(InputError, match=message):
        record(tiny, images(1), **settings)


class Tokens(nn.Module):
    """A model whose layer gives tokens x features."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 3)

    def forward(self, images):
        return self.layer(images[:, 0, :, :16])


def test_pooling_what_has_no_places_is_refused(images):
    with pytest.raises(InputError, match="'layer' has the shape 224 x 3; record it without pool"):
        record(Tokens(), images(1), areas="layer", pool="mean")


def test_float16_is_the_rounded_float32(tiny, images, full, tmp_path):
    in_memory = record(tiny, images(5), batch_size=2, dtype="float16")
    from_file = record(tiny, images(5), tmp_path / "acts.nc", batch_size=2, dtype="float16")
    for area in full:
        assert from_file[area].dtype == np.float16
        np.testing.assert_array_equal(from_file[area], full[area].values.astype(np.float16))
        xr.testing.assert_identical(from_file[area].load(), in_memory[area])


def test_float16_halves_the_values_on_disk(random_model, images, tmp_path):
    sizes = {}
    for dtype in ("float32", "float16"):
        out = tmp_path / f"{dtype}.nc"
        record(random_model("Z"), images(4), out, areas="IT", dtype=dtype).close()
        sizes[dtype] = out.stat().st_size
    saved = sizes["float32"] - sizes["float16"]
    assert saved == pytest.approx(2 * 4 * 25088, abs=200)  # but for attributes


def test_a_value_too_large_for_float16_is_named_and_leaves_no_file(tiny, images, tmp_path):
    with torch.no_grad():
        tiny.late.bias[0] = 1e5
    with pytest.raises(InputError, match=r"area 'late' has the value [\d.e+]+ at step \d, but"):
        record(tiny, images(2), tmp_path / "acts.nc", areas="late", dtype="float16")
    assert [p.name for p in tmp_path.iterdir()] == ["stim"]


def test_65504_itself_is_no_overflow():
    full = AreaLayout("IT", (0,), (2,))
    values = np.array([[[65504.0, -65504.0]]], np.float32)
    np.testing.assert_array_equal(Reduction(dtype="float16").apply(full, values), values)
    with pytest.raises(InputError, match="area 'IT' has the value -65520 at step 0, but float16"):
        Reduction(dtype="float16").apply(full, np.array([[[1, -65520]]], np.float32))


def test_logits_are_the_models_output(random_model, images):
    model, stimuli = random_model("Z"), images(2)
    acts = record(model, stimuli, areas="IT", logits=True)
    assert list(acts) == ["IT", "logits"]
    outputs = []
    handle = model.register_forward_hook(lambda module, args, output: outputs.append(output))
    record(model, stimuli, areas="IT")
    handle.remove()
    np.testing.assert_array_equal(acts["logits"][:, 0], outputs[-1].numpy())


@pytest.mark.parametrize("settings", [{"pool": "mean"}, {"units": 7}, {"project": 7}])
def test_logits_are_never_reduced(random_model, images, settings):
    model, stimuli = random_model("Z"), images(2)
    whole = record(model, stimuli, areas="IT", logits=True)["logits"]
    np.testing.assert_array_equal(
        record(model, stimuli, areas="IT", logits=True, **settings)["logits"], whole
    )


def test_logits_of_a_model_without_a_decoder_are_refused(tiny, images):
    with pytest.raises(InputError, match="Tiny has no decoder, so logits=True finds none; name"):
        record(tiny, images(1), logits=True)


def test_logits_that_are_another_layer_already_are_refused(random_model, images):
    with pytest.raises(InputError, match=r"areas calls 'IT' logits, and logits=True was given too"):
        record(random_model("Z"), images(1), areas={"logits": "IT"}, logits=True)


def test_the_decoders_pooled_input_can_be_named(random_model, images):
    acts = record(random_model("Z"), images(2), areas=["IT", "decoder.avgpool"])
    expected = acts["IT"].values.reshape(2, 1, 512, 49).mean(axis=3)
    np.testing.assert_allclose(acts["decoder.avgpool"], expected, rtol=1e-4, atol=1e-6)


CHANGES = [
    ({"pool": "mean"}, "reduction_pool was none, is mean"),
    ({"units": 9}, "reduction_units was none, is 9, reduction_seed was none, is 0"),
    ({"project": 9}, "reduction_project was none, is 9"),
    ({"dtype": "float16"}, "stored_dtype was float32, is float16"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_an_unfinished_file_is_not_taken_up_with_another_reduction(
    tiny, images, tmp_path, change, message
):
    _cut_short(tiny, images(5), tmp_path / "acts.nc")
    with pytest.raises(InputError, match=f"was begun with other settings: {message}"):
        record(tiny, images(5), tmp_path / "acts.nc", batch_size=2, **change)


def test_another_seed_is_another_reduction(tiny, images, tmp_path):
    _cut_short(tiny, images(5), tmp_path / "acts.nc", units=9)
    with pytest.raises(InputError, match="other settings: reduction_seed was 0, is 1;"):
        record(tiny, images(5), tmp_path / "acts.nc", batch_size=2, units=9, reduction_seed=1)


@pytest.mark.parametrize("settings", [change for change, _ in CHANGES])
def test_a_reduced_recording_is_taken_up_and_becomes_the_undisturbed_one(
    tiny, images, tmp_path, settings
):
    _cut_short(tiny, images(5), tmp_path / "acts.nc", **settings)
    record(tiny, images(5), tmp_path / "acts.nc", batch_size=2, **settings)
    record(tiny, images(5), tmp_path / "undisturbed.nc", batch_size=2, **settings)
    assert (tmp_path / "acts.nc").read_bytes() == (tmp_path / "undisturbed.nc").read_bytes()


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_a_complete_file_of_another_reduction_is_not_returned(
    tiny, images, tmp_path, change, message
):
    record(tiny, images(2), tmp_path / "acts.nc")
    with pytest.raises(InputError, match=f"is complete, but was made .*: {message}"):
        record(tiny, images(2), tmp_path / "acts.nc", resume=True, **change)


@pytest.mark.parametrize("settings", [{}, *[change for change, _ in CHANGES]])
def test_a_file_says_its_reduction(tiny, images, tmp_path, settings):
    attrs = record(tiny, images(1), tmp_path / "acts.nc", **settings).attrs
    assert Reduction.from_attributes(attrs) == Reduction(**settings)


def test_one_array_of_several_areas_keeps_the_labels_of_the_units(tiny, images, tmp_path):
    record(tiny, images(2), tmp_path / "acts.nc", units=20)
    acts = open_activations(tmp_path / "acts.nc")
    together = acts.to_dataarray()
    for area, array in acts.items():
        again = together.sel(area=area, time=array["time"], unit=array["unit"])
        np.testing.assert_array_equal(again, array)
        assert int(together.sel(area=area).notnull().sum()) == array.size


def _cut_short(model, stimuli, out, **settings):
    calls = []

    def hook(module, args):
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt

    handle = model.register_forward_pre_hook(hook)
    with pytest.raises(KeyboardInterrupt):
        record(model, stimuli, out, batch_size=2, **settings)
    handle.remove()
