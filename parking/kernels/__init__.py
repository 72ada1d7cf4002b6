"""Numba kernels of parking; the rules are those of `transit.kernels`."""
