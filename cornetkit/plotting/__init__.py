"""Figures: take results, return matplotlib Axes."""

from .rdm import plot_rdm
from .scores import plot_scores

__all__ = ["plot_rdm", "plot_scores"]
