"""Figures: take results, return matplotlib Axes."""

from .behavior import plot_behavior
from .decoding import plot_decoding, plot_generalization
from .dynamics import plot_dynamics
from .dynamics_parts import plot_alignment, plot_gain, plot_mappings, plot_step_matrix
from .ost import plot_ost
from .power import plot_power
from .rdm import plot_rdm
from .scores import plot_scores
from .training import plot_training
from .trajectories import plot_latency, plot_rdm_movie, plot_trajectories

__all__ = [
    "plot_alignment",
    "plot_behavior",
    "plot_decoding",
    "plot_dynamics",
    "plot_gain",
    "plot_generalization",
    "plot_latency",
    "plot_mappings",
    "plot_ost",
    "plot_power",
    "plot_rdm",
    "plot_rdm_movie",
    "plot_scores",
    "plot_step_matrix",
    "plot_training",
    "plot_trajectories",
]
