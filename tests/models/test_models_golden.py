"""Every area and step equals the original's output for weights filled by rule."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from cornetkit.models import CORnetR, CORnetRT, CORnetS, CORnetZ
from cornetkit.models.network import CORnet

pytestmark = pytest.mark.realdata

VARIANTS = {
    "Z": lambda: CORnetZ(),
    "R": lambda: CORnetR(),
    "RT": lambda: CORnetRT(),
    "S": lambda: CORnetS(),
    "RT3": lambda: CORnetRT(times=3),
    "R7": lambda: CORnetR(times=7),
}
HOOKED = {area: f"{area}.output" for area in ("V1", "V2", "V4", "IT")}
HOOKED |= {"decoder.avgpool": "decoder.avgpool", "decoder": "decoder"}


def fill_by_rule(model: CORnet) -> None:
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        z = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(tensor.shape)
        if name.endswith("running_var"):
            z = 1 + 0.1 * np.abs(z)
        elif name.endswith("running_mean"):
            z = 0.1 * z
        elif z.ndim >= 2:
            z = z * np.sqrt(2 / np.prod(z.shape[1:]))
        elif name.endswith("weight"):
            z = 1 + 0.1 * z
        else:
            z = 0.1 * z
        tensor.copy_(torch.from_numpy(z.astype(np.float32)))


def outputs_by_place(model: CORnet, images: torch.Tensor) -> dict[str, np.ndarray]:
    """Return place -> (stimulus, step, unit), kept at once: later layers work in place."""
    kept: dict[str, list[torch.Tensor]] = {place: [] for place in HOOKED}
    handles = [
        model.get_submodule(module).register_forward_hook(
            lambda _m, _i, out, place=place: kept[place].append(out.clone())
        )
        for place, module in HOOKED.items()
    ]
    model(images)
    for handle in handles:
        handle.remove()
    return {
        place: torch.stack(steps, 1).flatten(2).contiguous().numpy()
        for place, steps in kept.items()
    }


@pytest.fixture(scope="module")
def golden(shared_folder: Path) -> dict[str, np.ndarray]:
    with np.load(shared_folder / "golden" / "models.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    values = np.random.default_rng(0).standard_normal((2, 3, 224, 224))
    return torch.from_numpy(values.astype(np.float32))


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request):
    model = VARIANTS[request.param]().eval()
    with torch.no_grad():
        fill_by_rule(model)
    return request.param, model


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last], ids=str)
@pytest.mark.parametrize("batch", [1, 2])
def test_every_area_and_step_equals_the_original(variant, golden, images, memory, batch):
    key, model = variant
    model = model.to(memory_format=memory)
    with torch.no_grad():
        parts = [
            outputs_by_place(model, part.to(memory_format=memory)) for part in images.split(batch)
        ]
    for place in HOOKED:
        found = np.concatenate([part[place] for part in parts])
        want = {
            what: golden[f"{key}/{place}/{what}"]
            for what in ("shape", "units", "values", "mean", "norm")
        }
        assert found.shape == (*want["shape"][:2], np.prod(want["shape"][2:]))
        tolerance = 1e-4 * np.abs(want["values"]).max()
        assert np.abs(found[..., want["units"]] - want["values"]).max() <= tolerance, place
        assert np.abs(found.mean(-1) - want["mean"]).max() <= tolerance, place
        norms = np.linalg.norm(found.astype(np.float64), axis=-1)
        np.testing.assert_allclose(norms, want["norm"], rtol=1e-4)
