"""`baimai signals measures`: recorded controller events into measures by device, phase and bin, each with numerator and denominator."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from feeds.recording_tables import Source
    from signals.inventory import Inventory
    from signals.measures_tables import MeasureTables

Json = dict[str, Any]


def measures(
    events: Annotated[Path, typer.Argument(metavar="EVENTS", help="Recorded events, .csv, .csv.gz or .parquet; - is standard input.")],
    inventory: Annotated[Path, typer.Option("--inventory", help="Intersections and their controllers.")],
    detectors: Annotated[Path | None, typer.Option("--detectors", help="Detectors: channel, approach, phases, type, distance.")] = None,
    bin_seconds: Annotated[int, typer.Option("--bin", min=1, help="s of a bin; a divisor of a day.")] = 900,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the rows as .csv or .parquet.")] = None,
    latency: Annotated[float, typer.Option("--latency", min=0.0, help="s by which advance detectors report late.")] = 0.0,
    speed: Annotated[float, typer.Option("--speed", min=1.0, help="m/s from the advance detectors to the stop line.")] = 13.9,
    as_json: Annotated[bool, typer.Option("--json", help="Print all rows and detector health as JSON.")] = False,
) -> None:
    """Measure recorded signal events: arrivals on green, split failures, splits, waits, detector health."""
    from server.commands.recordings import progress_bar
    from signals.measures_parameters import DAY, MeasureParameters
    from signals.measures_report import report

    if DAY % (1000 * bin_seconds):
        raise typer.BadParameter(f"--bin: a day is no multiple of {bin_seconds} s")
    if output is not None and output.suffix not in (".csv", ".parquet"):
        raise typer.BadParameter(f"--output: {output} ends neither with .csv nor with .parquet")
    if [str(one) for one in (events, inventory, detectors)].count("-") > 1:
        raise typer.BadParameter("standard input (-) can be only one of the files")
    q = MeasureParameters(bin=1000 * bin_seconds, latency=round(1000 * latency), approach_speed=speed)
    with progress_bar() as progress:
        task = progress.add_task("reading", total=None)
        listed, tables = _measure(events, inventory, detectors, q, lambda rows: progress.advance(task, rows))
        progress.update(task, description="reporting")
        rows = report(tables, bin_seconds, listed, q)
    if output is not None:
        _write(output, [dict(flat(row)) for row in rows])
    if as_json:
        import orjson

        told = {"measures": rows, "detectors": health_json(tables, listed)}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    elif output is None:
        _print_table(report(tables, DAY // 1000, listed, q))


def flat(row: Json, before: str = "") -> Iterator[tuple[str, Any]]:
    """A report row as (column, value): names of nested figures joined by _; lists (approaches, classes of age) are left out."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}_")
        elif not isinstance(value, list):
            yield before + name, value


def health_json(tables: MeasureTables, inventory: Inventory) -> list[Json]:
    """Detector health as JSON-ready rows."""
    from signals.detector_health import detector_health

    return [
        {
            "device_id": inventory.device_ids[one.device], "channel": one.channel, "state": one.state.word,
            "reasons": list(one.reasons), "hits": one.hits,
            "neighbour_hits": _known(one.neighbour_hits), "occupancy": _known(one.occupancy),
            "longest_on_s": one.longest_on_s,
        }
        for one in detector_health(tables, inventory) if one.device >= 0
    ]  # fmt: skip


def _known(value: float) -> float | None:
    return None if value != value else value


def _measure(events: Path, inventory: Path, detectors: Path | None, q: Any, progress: Any) -> tuple[Inventory, MeasureTables]:
    from feeds.signals.counters import SignalCounters
    from feeds.signals.hires import read_events
    from feeds.signals.inventory_files import read_inventory
    from server.commands.recordings import tell_skipped
    from signals.measures import Measures

    listing = SignalCounters()
    listed = read_inventory(_source(inventory), None if detectors is None else _source(detectors), counters=listing)
    tell_skipped(listing)
    read, counters = read_events(_source(events), listed, progress=progress)
    tell_skipped(counters)
    measured = Measures(listed, q)
    if len(read.time):
        measured.feed(read, int(read.time[-1]) + 1)
    measured.finish()
    return listed, measured.take()


def _source(path: Path) -> Source:
    return sys.stdin.buffer if str(path) == "-" else path


def _write(output: Path, rows: list[Json]) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    table = pa.table(columns)
    if output.suffix == ".parquet":
        pyarrow.parquet.write_table(table, output)
    else:
        pyarrow.csv.write_csv(table, output, pyarrow.csv.WriteOptions(quoting_style="needed"))


def _print_table(rows: list[Json]) -> None:
    """Each phase over whole days (UTC)."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{len(rows):,} phases and days", title_justify="left")
    for name in ("device", "phase", "arrivals", "on green", "platoon ratio", "delay ≥", "split failures", "green", "cycle", "observed"):
        table.add_column(name, justify="left" if name == "device" else "right")
    for row in rows:
        came = sum((row["arrivals"] or {}).values())
        table.add_row(
            row["device_id"], str(row["phase"]), f"{came:,}", _cell(row.get("arrivals_on_green"), "%"),
            _cell(row.get("platoon_ratio"), ""), _cell(row.get("approach_delay_lower_bound_s"), "s"),
            _cell(row.get("split_failures"), "%"), _seconds(row["green"]["mean_s"]), _seconds(row["cycle"]["mean_s"]),
            f"{row['observable_share']['numerator'] / 3_600_000.0:.1f} h",
        )  # fmt: skip
    console = Console()
    Console(width=None if console.is_terminal else 140).print(table)


def _cell(figure: Json | None, unit: str) -> str:
    if figure is None or figure["value"] is None:
        return "–"
    return {"%": f"{100 * figure['value']:.1f} %", "s": f"{figure['value']:.1f} s"}.get(unit, f"{figure['value']:.2f}")


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
