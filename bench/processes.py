"""Other processes of a bench: servers that say their port, their processor time and their memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parent.parent


class Started(NamedTuple):
    """A process that has told what it had to tell first."""

    pid: int
    said: str
    standard_input: IO[str]
    standard_output: IO[str]


@contextmanager
def started(arguments: Sequence[str], environment: dict[str, str] | None = None) -> Iterator[Started]:
    """Runs `python arguments…` during the block; yields when it has written its first line."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **(environment or {})}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = process.stdout.readline().strip()
        if not said:
            raise RuntimeError(f"{' '.join(arguments)} ended with code {process.wait()} before it said anything")
        yield Started(process.pid, said, process.stdin, process.stdout)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()
        process.stdout.close()


def processor_seconds(pid: int) -> float:
    """What all threads of a process have used so far; NaN where the system does not say."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except (OSError, ValueError, IndexError):
        return float("nan")


def resident_bytes(pid: int | str = "self") -> int:
    """Resident memory of a process now; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()


def open_files(wanted: int) -> int:
    """Raises the limit of open files as far as it may be; how many there may be, at most `wanted`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    best = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < best:
        resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard))
    return best
