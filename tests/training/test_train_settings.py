"""Settings: types, ranges, files."""

import json

import pytest

from cornetkit.errors import CornetkitError, FileError, InputError, UnknownNameError
from cornetkit.training import CHANGES, RECIPES, parse_settings, recipe_settings, recipes
from cornetkit.training.config import read_config, resolve, write_config
from cornetkit.training.settings import with_values


@pytest.mark.parametrize("model", ["Z", "R", "RT", "S"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_of_every_model_can_be_written_and_given_back(tmp_path, model, recipe):
    settings = recipe_settings(model, recipe)
    write_config(tmp_path / "config.json", settings, "images/", {})
    found, data = resolve(None, None, None, {}, read_config(tmp_path / "config.json"))
    assert found == settings
    assert data == "images/"


def test_what_is_set_wins_over_the_file_which_wins_over_the_recipe(tmp_path):
    settings = with_values(recipe_settings("Z"), {"lr": 0.5, "epochs": 3}, "test")
    write_config(tmp_path / "c.json", settings, "a", {})
    found, data = resolve(None, "b", None, {"epochs": "4"}, read_config(tmp_path / "c.json"))
    assert (found.lr, found.epochs, found.batch_size, data) == (0.5, 4, 256, "b")


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("lr=.05", "lr", 0.05),
        ("epochs=3", "epochs", 3),
        ("flip=no", "flip", False),
        ("compile=true", "compile", True),
        ("times=8", "times", 8),
        ("times=2,4,2", "times", (2, 4, 2)),
        ("precision=bf16", "precision", "bf16"),
    ],
)
def test_texts_become_values_of_their_types(text, name, value):
    found = getattr(with_values(recipe_settings("S"), parse_settings([text]), "--set"), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("learning=1", r"unknown setting 'learning'"),
        ("lear=.1", r"known: model, recipe, lr"),
        ("momentm=.1", r"did you mean 'momentum'\?"),
        ("lr", r"--set lr: expected NAME=VALUE, such as --set lr=.05"),
        ("lr=fast", r"--set lr=fast: expected a number"),
        ("lr=nan", r"--set lr=nan: expected a number"),
        ("lr=inf", r"--set lr=inf: expected a number"),
        ("warmup_epochs=2", r"a staircase has no warm-up; give --set warmup_epochs=0, or"),
        ("epochs=2.5", r"--set epochs=2.5: expected a whole number"),
        ("flip=maybe", r"--set flip=maybe: expected true or false"),
        ("times=a", r"--set times=a: expected step counts such as 8 or 2,4,2"),
        ("lr=0", r"lr must be above 0, not 0"),
        ("momentum=1", r"momentum must be below 1, not 1"),
        ("batch_size=0", r"batch_size must be at least 1, not 0"),
        ("workers=-1", r"workers must be 0 or more, not -1"),
        ("crop_scale_min=2", r"crop_scale_min is a share above 0 and up to 1, not 2"),
        ("image_size=100", r"image_size must be a multiple of 32 pixels, not 100; 96 is the near"),
        ("optimizer=adam", r"unknown optimizer 'adam' \(did you mean 'adamw'\?\)"),
        ("precision=bf8", r"unknown precision 'bf8'; known: float32, bf16"),
        ("schedule=cosin", r"unknown schedule 'cosin' \(did you mean 'cosine'\?\)"),
    ],
)
def test_a_wrong_setting_is_told(text, words):
    with pytest.raises(CornetkitError, match=words):
        with_values(recipe_settings("S"), parse_settings([text]), "--set")


def test_a_warm_up_as_long_as_the_training_is_told():
    with pytest.raises(InputError, match=r"warmup_epochs is 5 of 3 epochs; give fewer"):
        with_values(recipe_settings("Z", "modern"), {"epochs": 3}, "--set")


def test_nesterov_momentum_with_adamw_is_told():
    with pytest.raises(InputError, match=r"nesterov belongs to sgd, .* give --set nesterov=false"):
        with_values(recipe_settings("Z", "modern"), {"optimizer": "adamw"}, "--set")


def test_an_unknown_recipe_or_model_is_told():
    with pytest.raises(UnknownNameError, match=r"unknown recipe 'orignal' \(did you mean 'ori"):
        recipe_settings("S", "orignal")
    with pytest.raises(UnknownNameError, match=r"unknown model 'X'"):
        recipe_settings("X")


def test_every_recipe_says_what_it_changes():
    assert set(CHANGES) == set(RECIPES)
    assert "label smoothing .1" in CHANGES["modern"]
    assert recipe_settings("S", "modern").label_smoothing == 0.1


@pytest.mark.parametrize(("supported", "expected"), [(True, "bf16"), (False, "float32")])
def test_the_recipe_of_shapes_takes_bf16_where_the_processor_has_it(
    monkeypatch, supported, expected
):
    monkeypatch.setattr(recipes, "computes_bf16", lambda: supported)
    found = {model: recipe_settings(model, "shapes").precision for model in ("Z", "R", "RT", "S")}
    assert found == {"Z": "float32", "R": expected, "RT": expected, "S": expected}


def test_a_missing_model_or_data_is_told():
    with pytest.raises(InputError, match="no model was given; expected --model Z, R, RT or S"):
        resolve(None, "a", None, {}, None)
    with pytest.raises(InputError, match="no data was given; expected --data with a folder"):
        resolve("Z", None, None, {}, None)


def test_a_configuration_of_another_model_or_recipe_is_refused(tmp_path):
    write_config(tmp_path / "c.json", recipe_settings("Z"), "a", {})
    config = read_config(tmp_path / "c.json")
    with pytest.raises(InputError, match=r"--model S was given with a configuration of model Z"):
        resolve("S", "a", None, {}, config)
    with pytest.raises(InputError, match=r"--recipe modern was given with a .* recipe original"):
        resolve("Z", "a", "modern", {}, config)


def test_a_file_that_is_no_configuration_is_told(tmp_path):
    path = tmp_path / "c.json"
    path.write_text("{")
    with pytest.raises(FileError, match=r"c.json is no JSON"):
        read_config(path)
    path.write_text(json.dumps({"a": 1}))
    with pytest.raises(FileError, match=r"c.json has no 'settings'; expected a config.json"):
        read_config(path)
    with pytest.raises(FileError, match=r"no configuration .*missing.json"):
        read_config(tmp_path / "missing.json")


@pytest.mark.parametrize(("name", "value"), [("model", "S"), ("recipe", "modern")])
@pytest.mark.parametrize("config", [None, {"settings": {"model": "Z"}, "data": "d"}])
def test_model_and_recipe_are_no_settings_to_change_alone(name, value, config):
    words = f"--set {name}={value}: the other settings follow from it; give --{name} {value}"
    with pytest.raises(InputError, match=words):
        resolve("Z", "d", None, {name: value}, config)
