"""Settings of every test: Hypothesis without deadlines, for the first call of a kernel compiles it."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from numba import config

settings.register_profile("baimai", deadline=None)
settings.load_profile("baimai")

if config.DISABLE_JIT:
    # hashing wraps around 2^64 on purpose; compiled it does so silently, numpy's scalars warn
    np.seterr(over="ignore")
