"""Training: recipes, data, the loop, checkpoints, evaluation."""

from .curves import training_curves
from .evaluate import evaluate
from .evaluation_files import open_evaluation, save_evaluation
from .export import export_weights
from .recipes import CHANGES, RECIPES, recipe_settings
from .settings import Settings, parse_settings
from .train import TrainingRun, train

__all__ = [
    "CHANGES",
    "RECIPES",
    "Settings",
    "TrainingRun",
    "evaluate",
    "export_weights",
    "open_evaluation",
    "parse_settings",
    "recipe_settings",
    "save_evaluation",
    "train",
    "training_curves",
]
