"""Numba decoders and encoders: bytes to columns and back. The rules of transit.kernels hold; every read is bounds-checked by hand."""
