"""Settings of every test: Hypothesis without deadlines, for the first call of a kernel compiles it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("baimai", deadline=None)
settings.load_profile("baimai")
