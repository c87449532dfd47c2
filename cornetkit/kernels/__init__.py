"""Numerical kernels: arrays in, arrays out; they know no labels.

Import each from its own module, ``from cornetkit.kernels.gram import gram``. Only NumPy and
SciPy are loaded.
"""
