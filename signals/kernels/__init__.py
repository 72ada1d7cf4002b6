"""Numba kernels of signals; the rules are those of `transit.kernels`."""
