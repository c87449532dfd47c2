"""Neural predictivity: how well activations predict held-out recordings."""

from .ceiling_files import open_ceiling, save_ceiling
from .ceiling_table import ceiling_table
from .ceilings import ceiling
from .compare_scores import compare_scores
from .comparison_table import comparison_table
from .files import open_scores, save_scores
from .match_reliability import match_reliability
from .predict import predict
from .protocols import find_protocol
from .reverse import reverse_predict
from .spectral import error_modes
from .table import best_rows, part_table, score_table
from .variance_partition import partition_variance

__all__ = [
    "best_rows",
    "ceiling",
    "ceiling_table",
    "compare_scores",
    "comparison_table",
    "error_modes",
    "find_protocol",
    "match_reliability",
    "open_ceiling",
    "open_scores",
    "part_table",
    "partition_variance",
    "predict",
    "reverse_predict",
    "save_ceiling",
    "save_scores",
    "score_table",
]
