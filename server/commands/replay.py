"""`baimai replay`: runs the engine on recorded positions, in order of receipt, exactly as it would have run live.

The clock is the recording's: the engine absorbs what was received up to each step and is asked for predictions at every
sampling instant. Two runs over the same files write the same bytes.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from server.commands.recordings import (
    STEP,
    city_with_history,
    instants,
    listed,
    progress_bar,
    read_recording,
    stretches,
    tell_skipped,
)

if TYPE_CHECKING:
    from rich.progress import Progress

    from feeds.counters import Counters
    from feeds.recorded_changes import RecordedChanges
    from feeds.recording import MatchWriter, PredictionWriter, StopEventWriter
    from server.city import City
    from transit.baselines import Baselines
    from transit.kernels.columns import PositionColumns
    from transit.network import Network
    from transit.snapshot import Snapshot

def replay(
    network: Annotated[Path, typer.Option("--network", help="Network file made by `baimai network`.", show_default=False)],
    positions: Annotated[
        list[Path],
        typer.Option("--positions", help="Recorded positions, .csv, .csv.gz or .parquet; - is standard input. Repeatable."),
    ],
    predictions: Annotated[Path | None, typer.Option("--predictions", help="Write predictions here; - is standard output.")] = None,
    stop_events: Annotated[Path | None, typer.Option("--stop-events", help="Write observed arrivals and departures here.")] = None,
    matches: Annotated[Path | None, typer.Option("--matches", help="Write where each position was placed, or why not.")] = None,
    every: Annotated[float, typer.Option("--every", min=1.0, help="Seconds between sampling instants of predictions.")] = 60.0,
    horizon: Annotated[float, typer.Option("--horizon", min=60.0, help="Seconds ahead that predictions reach.")] = 3600.0,
    history: Annotated[Path | None, typer.Option("--history", help="What `baimai learn` wrote of earlier days.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="Only positions received from then on: epoch s or RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only positions received before then.")] = None,
    baselines: Annotated[Path | None, typer.Option("--baselines", help="Write each baseline's predictions into this folder.")] = None,
    baseline_history: Annotated[
        list[Path] | None,
        typer.Option("--baseline-history", help="Stop events of earlier days that baselines know of. Repeatable."),
    ] = None,
    changes: Annotated[
        list[Path] | None,
        typer.Option("--changes", help="Folder of recorded TripUpdates or Alerts snapshots, .pb, or one of them. Repeatable."),
    ] = None,
) -> None:
    """Run the engine on recorded positions and write what it predicted, observed and matched."""
    from feeds.recorded_changes import read_changes
    from transit.network_file import load_network
    from transit.parameters import PredictionParameters

    span = (_instant(begin, "--from", -float("inf")), _instant(until, "--until", float("inf")))
    if predictions is None and stop_events is None and matches is None and baselines is None:
        raise typer.BadParameter("nothing to write: give --predictions, --stop-events, --matches or --baselines")
    if baseline_history and baselines is None:
        raise typer.BadParameter("--baseline-history is only for --baselines")
    parameters = PredictionParameters()._replace(horizon=horizon)
    city = city_with_history(load_network(network), history, parameters)
    said = read_changes(changes or ())
    recording, counters = read_recording(positions)
    begun = time.perf_counter()
    with ExitStack() as stack:
        rivals = _rivals(stack, city.network, baselines, baseline_history or [], horizon) if baselines else None
        outputs = _open(stack, predictions, stop_events, matches)._replace(rivals=rivals)
        covered = _run(city, recording, said, span, every, outputs, stack.enter_context(progress_bar()))
    _report(city, counters, covered, time.perf_counter() - begun)
    if changes:
        skipped = ", ".join(f"{reason} {number:,}" for reason, number in sorted(said.counters.refused.items()))
        typer.echo(f"{said.counters.accepted:,} statements of service changes; skipped: {skipped or 'none'}", err=True)


class Outputs(NamedTuple):
    """The writers asked for."""

    predictions: PredictionWriter | None
    stop_events: StopEventWriter | None
    matches: MatchWriter | None
    rivals: Rivals | None = None


class Rivals(NamedTuple):
    """The baselines, and a writer for each by name."""

    baselines: Baselines
    writers: dict[str, PredictionWriter]


def _run(
    city: City, recording: PositionColumns, changes: RecordedChanges, span: tuple[float, float], every: float, outputs: Outputs,
    progress: Progress,
) -> float:  # fmt: skip
    """Feeds the recording through the engine; returns how many seconds of it there were."""
    import numpy as np

    from feeds.recording import take

    first, last = np.searchsorted(recording.received, span)
    recording = take(recording, slice(int(first), int(last)))
    if len(recording.received) == 0:
        return 0.0
    opened, closed = float(recording.received[0]), float(recording.received[-1])
    task = progress.add_task("replaying", total=closed - opened)
    row, written = 0, 0
    for now, sample in (instant for stretch in stretches(recording.received) for instant in instants(*stretch, every, STEP)):
        end = int(np.searchsorted(recording.received, now, "right"))
        part = take(recording, slice(row, end))
        row = end
        if sample:
            _write(outputs, city.step(now, [part], changes.at(now)), take(recording, slice(written, end)))
            written = end
        else:
            city.absorb(now, [part])
        progress.update(task, completed=now - opened)
    last_part = city.step(closed, [take(recording, slice(row, None))], changes.at(closed))
    _write(outputs._replace(predictions=None, rivals=None), last_part, take(recording, slice(written, None)))
    return closed - opened


def _write(outputs: Outputs, snapshot: Snapshot, taken: PositionColumns) -> None:
    """Writes a snapshot; `taken` are the positions since the one before, as its matches have them."""
    network, ids = snapshot.network, snapshot.vehicle_ids
    if outputs.predictions is not None:
        outputs.predictions.write(snapshot.now, snapshot.arrivals, network, ids)
    if outputs.stop_events is not None:
        outputs.stop_events.write(snapshot.events, network, ids)
    if outputs.matches is not None:
        outputs.matches.write(taken, snapshot.matches, network, ids)
    if outputs.rivals is not None:
        told = outputs.rivals.baselines.step(snapshot.vehicles, snapshot.events, snapshot.now)
        for name, writer in outputs.rivals.writers.items():
            writer.write(snapshot.now, told[name], network, ids)


def _instant(text: str | None, option: str, default: float) -> float:
    """Epoch seconds of an option's value. Raises typer.BadParameter."""
    if text is None:
        return default
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(f"{option} is neither epoch seconds nor a time with offset like 2026-03-02T08:00:00+08:00: {text!r}")
    return moment.timestamp()


def _open(stack: ExitStack, predictions: Path | None, stop_events: Path | None, matches: Path | None) -> Outputs:
    from feeds.recording import MatchWriter, PredictionWriter, StopEventWriter

    def target(path: Path) -> Path | BinaryIO:
        return sys.stdout.buffer if str(path) == "-" else path

    return Outputs(
        stack.enter_context(PredictionWriter(target(predictions))) if predictions else None,
        stack.enter_context(StopEventWriter(target(stop_events))) if stop_events else None,
        stack.enter_context(MatchWriter(target(matches))) if matches else None,
    )


def _rivals(stack: ExitStack, network: Network, folder: Path, history: list[Path], horizon: float) -> Rivals:
    """The baselines, knowing the earlier days in `history`, and an open file NAME.csv in `folder` for each."""
    from feeds.recording import PredictionWriter, read_stop_events
    from transit.baselines import NAMES, BaselineParameters, Baselines

    baselines = Baselines(network, BaselineParameters(horizon=horizon))
    if history:
        events, counters = read_stop_events(history, network)
        baselines.remember(events)
        if counters.refused:
            reasons = ", ".join(f"{reason} {number:,}" for reason, number in sorted(counters.refused.items()))
            typer.echo(f"{counters.refused_total:,} stop events of --baseline-history skipped: {reasons}", err=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"--baselines {folder} cannot be made: {error.strerror}") from None
    return Rivals(baselines, {name: stack.enter_context(PredictionWriter(folder / f"{name}.csv")) for name in NAMES})


def _report(city: City, counters: Counters, covered: float, took: float) -> None:
    """Says on standard error what was read, skipped and placed."""

    typer.echo(f"{counters.accepted:,} positions: {listed(city.state_counts())}", err=True)
    tell_skipped(counters)
    typer.echo(f"{covered / 3600:.1f} h replayed in {took:.1f} s, {covered / max(took, 1e-9):,.0f} × real time", err=True)
