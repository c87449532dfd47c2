"""Neural predictivity: how well activations predict held-out recordings."""

from .ceilings import ceiling
from .files import open_scores, save_scores
from .predict import predict
from .table import best_rows, score_table

__all__ = ["best_rows", "ceiling", "open_scores", "predict", "save_scores", "score_table"]
