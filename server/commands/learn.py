"""`baimai learn`: what recorded days teach of links, dwells, hops and starts, and of how far predictions are off.

The recording runs through the same engine as live, so that what a server learns day by day is what this learns at once.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.recordings import STEP, city_with_history, instants, progress_bar, read_recording, stretches, tell_skipped

if TYPE_CHECKING:
    from server.city import City
    from transit.kernels.columns import PositionColumns

REHEARSAL = 60.0
"""s of the recording after which the engine predicts, to learn how far off it is"""


def learn(
    network: Annotated[Path, typer.Option("--network", help="Network file made by `baimai network`.", show_default=False)],
    positions: Annotated[
        list[Path],
        typer.Option("--positions", help="Recorded positions, .csv, .csv.gz or .parquet; - is standard input. Repeatable."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Write what was learned here.", show_default=False)],
    history: Annotated[Path | None, typer.Option("--history", help="Go on from this history file.")] = None,
) -> None:
    """Learn travel and dwell times, and how sure predictions may be, from recorded days."""
    from server.learned_store import write_whole
    from transit.network_file import load_network

    if not output.parent.is_dir():
        raise typer.BadParameter(f"--output: there is no folder {output.parent}")
    city = city_with_history(load_network(network), history)
    recording, counters = read_recording(positions)
    begun = time.perf_counter()
    _run(city, recording)
    took = time.perf_counter() - begun
    data = city.learned()
    write_whole(output, data)
    tell_skipped(counters)
    days = city.days_learned
    typer.echo(
        f"{len(recording.lat):,} positions taught in {took:.1f} s; {days} service day{'s' if days != 1 else ''} known, "
        f"{len(data) / 1024:,.0f} KB",
        err=True,
    )


def _run(city: City, recording: PositionColumns) -> None:
    import numpy as np

    from feeds.recording import take

    if not len(recording.received):
        return
    row = 0
    opened, closed = float(recording.received[0]), float(recording.received[-1])
    with progress_bar() as progress:
        task = progress.add_task("learning", total=closed - opened)
        for now, rehearse in (one for stretch in stretches(recording.received) for one in instants(*stretch, REHEARSAL, STEP)):
            end = int(np.searchsorted(recording.received, now, "right"))
            city.absorb(now, [take(recording, slice(row, end))])
            row = end
            if rehearse:
                city.rehearse(now)
            progress.update(task, completed=now - opened)
        city.absorb(closed, [take(recording, slice(row, None))])
