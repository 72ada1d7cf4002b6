"""Numba kernels. The rules:

* plain functions over the column tuples and records of `columns`; the caller allocates every output;
* no global state, no clock, no random numbers except by argument;
* `@njit(cache=True, nogil=True, error_model="numpy")`; no fastmath, because NaN means "unknown";
* a cached kernel calls only kernels of its own file (numba's cache does not see changes in another file);
* kernels never raise: they return codes that the caller counts;
* each has a naive twin in tests/support/naive.py and a property test that compares the two.
"""
