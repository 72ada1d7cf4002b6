"""What the commands that run a recording through the engine share: reading it, its clock, and telling what was skipped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from feeds.counters import Counters
    from server.city import City
    from transit.kernels.columns import F64, PositionColumns
    from transit.network import Network
    from transit.parameters import PredictionParameters

SILENCE = 3600.0
"""s without any position after which steps change nothing; well above every age that predictions are made at"""
STEP = 10.0
"""s of the recording that one step of the engine takes in at most"""


def read_recording(paths: list[Path]) -> tuple[PositionColumns, Counters]:
    """All positions of the files in order of receipt; `-` is standard input. Raises FeedError."""
    from feeds.recording import read_positions

    sources = [sys.stdin.buffer if str(path) == "-" else path for path in paths]
    with progress_bar() as progress:
        task = progress.add_task("reading positions", total=None)
        return read_positions(sources, lambda rows: progress.advance(task, rows))


def stretches(received: F64) -> Iterator[tuple[float, float]]:
    """(begin, end) of the times at which positions come, SILENCE longer than they do: a wrong date must not mean years of steps."""
    import numpy as np

    ends = [*np.flatnonzero(np.diff(received) > SILENCE).tolist(), len(received) - 1]
    first = 0
    for last in ends:
        beyond = 0.0 if last == len(received) - 1 else SILENCE
        yield float(received[first]), float(received[last]) + beyond
        first = last + 1


def instants(opened: float, closed: float, every: float, within: float) -> Iterator[tuple[float, bool]]:
    """(instant, sample?): the engine's steps on the recording's clock, at multiples of `every` and of `within` in between."""
    sample = -(-opened // every) * every
    step = -(-opened // within) * within
    while min(sample, step) <= closed:
        now = min(sample, step)
        yield now, now == sample
        sample += every if now == sample else 0.0
        step += within if now == step else 0.0


def city_with_history(network: Network, history: Path | None, parameters: PredictionParameters | None = None) -> City:
    """An engine that knows what a history file says. Raises HistoryFormatError."""
    from server.city import City

    if history is None:
        return City(network, prediction=parameters)
    with history.open("rb") as file:
        return City(network, prediction=parameters, history=file)


def progress_bar() -> Progress:
    """On a terminal; nothing in a pipe."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def listed(counts: dict[str, int]) -> str:
    """Counts by reason, as a line for people."""
    return ", ".join(f"{reason} {number:,}" for reason, number in sorted(counts.items()))


def tell_skipped(counters: Counters) -> None:
    """Says on standard error which rows were skipped and why."""
    if counters.refused:
        typer.echo(f"{counters.refused_total:,} rows skipped: {listed(counters.refused)}", err=True)
        for refusal in counters.examples[:3]:
            typer.echo(f"  {refusal}", err=True)
