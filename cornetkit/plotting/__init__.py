"""Figures: take results, return matplotlib Axes."""

from .scores import plot_scores

__all__ = ["plot_scores"]
