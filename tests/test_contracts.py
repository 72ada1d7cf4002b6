"""The laws that import-linter checks, and what importing a light module must not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", ["transit.model", "transit.errors", "feeds.counters", "feeds.errors", "server.cli"])
def test_light_modules_load_neither_numba_nor_pandas(module: str) -> None:
    code = f"import sys, {module}; print(*({{'numba', 'pandas', 'gtfs_kit'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
