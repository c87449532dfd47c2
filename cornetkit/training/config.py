"""From a recipe, a file and what was set to the settings of a run, and back to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import FileError, InputError
from ..inputs import check_input
from ..outputs import complete_or_not
from .recipes import letter_of_model, recipe_settings
from .settings import Settings, with_values


def resolve(
    model: str | None,
    data: str | None,
    recipe: str | None,
    values: Mapping[str, Any],
    config: Mapping[str, Any] | None,
) -> tuple[Settings, str]:
    """Return the settings of a run and its data: the recipe's, then the file's, then those set.

    Parameters
    ----------
    model, data, recipe
        As given, or None.
    values
        Settings by name.
    config
        The content of a file that `write_config` wrote, or None.

    Raises
    ------
    InputError
        The model or the data are not told, or a setting makes no sense.
    """
    check_values(values)
    stored = dict(config.get("settings", {})) if config else {}
    model = model or stored.get("model")
    data = data or (config or {}).get("data")
    if model is None:
        raise InputError("no model was given; expected --model Z, R, RT or S, or a --config")
    if data is None:
        raise InputError(
            "no data was given; expected --data with a folder, a CSV manifest, or shapes"
        )
    if recipe is not None and stored and recipe != stored.get("recipe"):
        raise InputError(
            f"--recipe {recipe} was given with a configuration of recipe {stored.get('recipe')}; "
            "give one of them"
        )
    letter = letter_of_model(model)
    if stored and stored.get("model") != letter:
        raise InputError(
            f"--model {letter} was given with a configuration of model {stored.get('model')}; "
            "give one of them"
        )
    recipe = recipe or stored.get("recipe") or default_recipe(data)
    settings = recipe_settings(letter, recipe)
    if stored:
        settings = with_values(settings, stored, "the configuration's")
    settings = with_values(settings, dict(values), "--set")
    return settings, str(data)


def check_values(values: Mapping[str, Any]) -> None:
    """Raise `InputError` for what decides all other settings, and is no setting to change alone."""
    for name in ("model", "recipe"):
        if name in values:
            raise InputError(
                f"--set {name}={values[name]}: the other settings follow from it; give "
                f"--{name} {values[name]}"
            )


def default_recipe(data: str) -> str:
    """Return the recipe of data: as published, or the short one for the built-in images."""
    return "shapes" if data == "shapes" else "original"


def read_config(path: str | Path) -> dict[str, Any]:
    """Read a configuration.

    Raises
    ------
    FileError
        There is none, or it is no configuration of cornetkit.
    """
    path = Path(os.path.expanduser(path))
    check_input(path, "configuration", expected="expected a config.json of cornetkit train")
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise FileError(f"{path} is no JSON ({error}); expected a config.json of a run") from error
    if not isinstance(found, dict) or not isinstance(found.get("settings"), dict):
        raise FileError(f"{path} has no 'settings'; expected a config.json of cornetkit train")
    return found


def write_config(path: Path, settings: Settings, data: str, told: Mapping[str, Any]) -> None:
    """Write all that a run was made with, so that ``--config`` makes it again."""
    content = {
        "cornetkit_version": __version__,
        "data": data,
        **told,
        "settings": settings.to_json(),
    }
    with complete_or_not(path, overwrite=True) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n")


def differences(stored: Settings, asked: Settings, free: frozenset[str]) -> list[str]:
    """Name the settings in which a run and what is asked for differ."""
    return [
        f"{one.name} is {getattr(stored, one.name)} and {getattr(asked, one.name)} was asked for"
        for one in fields(Settings)
        if one.name not in free and getattr(stored, one.name) != getattr(asked, one.name)
    ]
