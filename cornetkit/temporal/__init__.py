"""Time: which step matches which moment, what recurrence adds, when things become decodable."""

from .alignment import align
from .decoding import decode
from .dynamics import dynamics
from .dynamics_files import open_dynamics, save_dynamics
from .dynamics_table import dynamics_table
from .files import open_temporal, save_temporal
from .latency import latency
from .mapping_generalisation import generalize_mapping
from .ost import ost
from .power import power
from .rdm_movies import rdm_movie
from .recurrence_gain import recurrence_gain
from .separating_stimuli import separating_stimuli
from .shared_or_per_bin import shared_or_per_bin
from .step_matrix import step_matrix
from .trajectories import trajectories

__all__ = [
    "align",
    "decode",
    "dynamics",
    "dynamics_table",
    "generalize_mapping",
    "latency",
    "open_dynamics",
    "open_temporal",
    "ost",
    "power",
    "rdm_movie",
    "recurrence_gain",
    "save_dynamics",
    "save_temporal",
    "separating_stimuli",
    "shared_or_per_bin",
    "step_matrix",
    "trajectories",
]
