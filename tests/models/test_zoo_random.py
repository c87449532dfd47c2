"""Names of models and seeded random weights."""

import math

import pytest
import torch

from cornetkit.errors import InputError, UnknownNameError, WeightsError
from cornetkit.models import MODELS, CORnetR, CORnetRT, CORnetS, CORnetZ, hash_weights, load_model


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("Z", CORnetZ),
        ("z", CORnetZ),
        ("r", CORnetR),
        ("rt", CORnetRT),
        ("CORnet-RT", CORnetRT),
        ("cornet_z", CORnetZ),
        ("Cornet R", CORnetR),
    ],
)
def test_models_have_several_spellings(name, cls):
    model = load_model(name, "random")
    assert type(model) is cls
    assert not model.training


def test_models_are_listed_by_letter() -> None:
    expected = {"Z": CORnetZ, "R": CORnetR, "RT": CORnetRT, "S": CORnetS}
    assert dict(MODELS) == expected


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("CORnet-ST", "unknown model 'CORnet-ST' (did you mean 'CORnet-S'?)"),
        ("SS", "unknown model 'SS' (did you mean 'S'?); known: Z, R, RT, S"),
        ("resnet50", "unknown model 'resnet50'; known: Z, R, RT, S"),
        ("", "unknown model ''; known"),
        (None, "unknown model 'None'; known"),
    ],
)
def test_unknown_models_are_refused_with_the_nearest_name(refusal, name, part):
    assert part in refusal(name, "random", error=UnknownNameError)


@pytest.mark.parametrize("letter", ["Z", "R", "RT"])
def test_a_seed_decides_the_weights(letter):
    one, again, other = (load_model(letter, "random", seed=seed) for seed in (1, 1, 2))
    state = again.state_dict()
    assert all(torch.equal(v, state[k]) for k, v in one.state_dict().items())
    assert one.provenance == again.provenance
    assert one.provenance["weights_sha256"] != other.provenance["weights_sha256"]


def test_the_global_random_state_is_left_alone() -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    load_model("Z", "random", seed=4)
    assert torch.equal(torch.rand(3), expected)


def test_the_global_random_state_does_not_matter() -> None:
    hashes = set()
    for seed in (1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            hashes.add(load_model("R", "random").provenance["weights_sha256"])
    assert len(hashes) == 1


def test_random_weights_say_so() -> None:
    provenance = load_model("Z", "random", seed=3).provenance
    assert provenance.pop("weights_sha256") == hash_weights(load_model("Z", "random", seed=3))
    assert provenance == {
        "weights": "random",
        "num_classes": 1000,
        "seed": 3,
        "weights_file_sha256": None,
        "identity": "untrained (random weights, seed 3)",
        "trained": False,
        "lesion": None,
    }


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True, None])
def test_seeds_are_whole_numbers(refusal, seed):
    assert "seed must be a whole number" in refusal("Z", "random", seed=seed, error=InputError)


def test_times_and_classes_are_passed_on() -> None:
    model = load_model("RT", "random", times=8, num_classes=7)
    assert (model.times, model.steps["IT"]) == (8, 8)
    assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 7)


def test_z_starts_xavier_uniform_with_zero_bias() -> None:
    model = load_model("Z", "random")
    weight = model.get_parameter("V4.conv.weight")
    bound = math.sqrt(6 / (128 * 9 + 256 * 9))
    assert 0.999 * bound < weight.abs().max() <= bound
    assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.01)
    assert model.get_parameter("decoder.linear.weight").abs().max() <= math.sqrt(6 / (512 + 1000))
    assert not any(p.any() for n, p in model.named_parameters() if n.endswith("bias"))


def test_s_starts_normal_by_the_fan_out_of_its_convolutions() -> None:
    model = load_model("S", "random", times=(1, 1, 1))
    assert model.get_parameter("V4.conv2.weight").std().item() == pytest.approx(
        math.sqrt(2 / (9 * 1024)), rel=0.01
    )
    assert model.get_parameter("IT.skip.weight").std().item() == pytest.approx(
        math.sqrt(2 / 512), rel=0.01
    )
    assert torch.equal(model.get_parameter("IT.norm3_0.weight"), torch.ones(512))
    bound = 1 / math.sqrt(512)  # torch's own start of a linear layer
    assert 0.99 * bound < model.get_parameter("decoder.linear.weight").abs().max() <= bound


def test_the_weights_hash_ignores_memory_format_and_follows_the_values() -> None:
    model = load_model("Z", "random")
    before = hash_weights(model)
    assert hash_weights(model.to(memory_format=torch.channels_last)) == before
    with torch.no_grad():
        model.get_parameter("V1.conv.bias")[0] += 1
    assert hash_weights(model) != before


def test_a_mistyped_keyword_is_not_taken_for_a_file(refusal):
    message = refusal("Z", "imagenets", error=WeightsError)
    assert message.startswith("no weights 'imagenets' (did you mean 'imagenet'?)")
