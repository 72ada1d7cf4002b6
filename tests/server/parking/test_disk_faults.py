"""A disk that is full, held by another, slow or broken under a server process: it answers 503 problems, loses nothing it acknowledged,
and goes on by itself when the fault is gone."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.parking_http_proof import Fight, Fought, grown, running, stored, until
from tests.support.parking_site import Site

pytestmark = pytest.mark.slow
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
SHIM = Path(__file__).parents[2] / "support" / "slow_disk.c"


def through(site: Site, fault: Callable[[Fight], None], seed: int) -> Fought:
    """Citizens before, during and after; all is explained, refused with 503 meanwhile, and it goes on."""
    fight = Fight(site, 10**9, seed, ("S1", "S2", "P1"), 2, 6)
    until(lambda: stored(site) > 10)
    fault(fight)
    site.wait()
    grown(site, 10)
    told = fight.end(stop=True).clean()
    assert told.refused["store_failed"] > 0
    assert not {"internal_error", "error"} & set(told.refused)
    return told


def test_a_file_that_may_grow_no_more(tmp_path: Path) -> None:
    """RLIMIT_FSIZE: writes beyond it fail with EFBIG, which SQLite tells as an error of the disk."""
    with running(Site(tmp_path)) as site:
        wal = Path(f"{site.where}-wal")

        def full(_fight: Fight) -> None:
            acknowledged = stored(site)
            resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (max(wal.stat().st_size, 65536), resource.RLIM_INFINITY))
            until(lambda: "parking_store_failed" in site.log())
            assert site.ask("/v1/parking/lots?limit=1")[0] == 200  # what is there can still be read
            resource.prlimit(site.pid, resource.RLIMIT_FSIZE, NO_LIMIT)
            assert stored(site) >= acknowledged

        before = time.monotonic()
        assert through(site, full, 21).acknowledged > 20
        assert time.monotonic() < before + 60


def test_another_process_that_holds_the_database(tmp_path: Path) -> None:
    with running(Site(tmp_path, patience_ms=200)) as site:

        def hold(_fight: Fight) -> None:
            other = sqlite3.connect(site.where, isolation_level=None, timeout=5)
            other.execute("begin immediate")
            until(lambda: "parking_store_failed" in site.log())
            other.execute("rollback")
            other.close()

        assert through(site, hold, 22).acknowledged > 20


@pytest.fixture
def shim(tmp_path: Path) -> dict[str, str]:
    """The environment of a process whose fsync this test decides."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler: fsync cannot be made slow or broken")
    library = tmp_path / "slow_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIM), "-ldl"], check=True)
    (tmp_path / "ms").write_text("0")
    return {"LD_PRELOAD": str(library), "SLOW_DISK": str(tmp_path / "ms")}


def say(folder: Path, number: int) -> None:
    """How the disk is from now on."""
    (folder / "new").write_text(str(number))
    os.replace(folder / "new", folder / "ms")


def test_a_disk_that_is_slow_then_full_then_broken(tmp_path: Path, shim: dict[str, str]) -> None:
    with running(Site(tmp_path / "data", patience_ms=1000), environment=shim) as site:

        def trouble(fight: Fight) -> None:
            say(tmp_path, 150)
            time.sleep(0.7)
            for number, told in ((-2, "disk is full"), (0, ""), (-1, "disk I/O error")):
                say(tmp_path, number)
                until(lambda told=told: told in site.log())  # type: ignore[misc]
            site.kill()  # while it is broken
            say(tmp_path, 0)
            site.start(environment=shim)
            time.sleep(0.5)
            say(tmp_path, -1)
            time.sleep(0.3)
            say(tmp_path, 0)

        assert through(site, trouble, 23).unanswered > 0
    assert "database or disk is full" in site.log()
    assert "disk I/O error" in site.log()
