"""`baimai signals verify`: which controllers of recorded events answer the traffic, how far up the ladder each is, and why."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from feeds.recording_tables import Source
    from signals.finding import Finding
    from signals.inventory import Inventory

Json = dict[str, Any]
WORDS = {
    "no_controller": "no controller is listed", "not_observed": "less than 80 % of the window was seen",
    "few_services": "fewer than 12 services a stage", "no_detectors": "no usable detectors", "little_traffic": "hardly any traffic",
    "short_window": "the window is too short", "no_advance_detectors": "no advance detectors, no codes 4–6",
    "inconclusive": "between discovery and denial", "no_counts": "no lane counts of its approaches",
    "no_stages": "no detector says which stages the counted approaches call", "few_counts": "too few lane counts",
}  # fmt: skip
"""why a verdict is unknown, for people"""


def verify(
    events: Annotated[Path, typer.Argument(metavar="EVENTS", help="Recorded events, .csv, .csv.gz or .parquet; - is standard input.")],
    inventory: Annotated[Path, typer.Option("--inventory", help="Intersections, their controllers and declared modes.")],
    detectors: Annotated[Path | None, typer.Option("--detectors", help="Detectors: channel, approach, phases, type, distance.")] = None,
    counts: Annotated[Path | None, typer.Option("--counts", help="Lane counts: approach_id, start, end, volume; epoch s.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Begin of the window, epoch s.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="End of the window, epoch s.")] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="Zone whose clock plans change by.")] = "Asia/Shanghai",
    as_json: Annotated[bool, typer.Option("--json", help="Print all findings with evidence as JSON.")] = False,
) -> None:
    """Judge recorded signals: adapting, not adapting or unknown, and the rung of each intersection."""
    from server.commands.recordings import progress_bar, tell_skipped

    if [str(one) for one in (events, inventory, detectors, counts)].count("-") > 1:
        raise typer.BadParameter("standard input (-) can be only one of the files")
    window = _instant("--from", since), _instant("--until", until)
    with progress_bar() as progress:
        task = progress.add_task("reading", total=None)
        files = events, inventory, detectors, counts
        listed, findings, left = _judged(files, window, timezone, lambda rows: progress.advance(task, rows))
    for counters in left:
        tell_skipped(counters)
    if as_json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(report(listed, findings), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print_table(listed, findings)


def report(inventory: Inventory, findings: Sequence[Finding]) -> Json:
    """As interfaces.md fixes it: every intersection with rung, verdict and evidence, and a summary of both."""
    rows = [row_json(inventory, finding) for finding in findings]
    rungs, verdicts = Counter(row["rung"] for row in rows), Counter(row["verdict"] for row in rows)
    return {
        "intersections": rows,
        "summary": {
            "intersections": len(rows), "rungs": dict(rungs), "verdicts": dict(verdicts),
            "possible_rungs": dict(Counter(row["possible_rung"] for row in rows)),
            "adapting_undeclared": sum(bool(row["evidence"].get("adapting_undeclared")) for row in rows),
        },
    }  # fmt: skip


def row_json(inventory: Inventory, finding: Finding) -> Json:
    """One finding as JSON-ready values; what is unknown is None."""
    row, device = finding.intersection, int(inventory.device[finding.intersection])
    share = finding.observable_share
    return {
        "device_id": inventory.device_ids[device] if device >= 0 else None, "intersection_id": inventory.intersection_ids[row],
        "rung": finding.proved.word, "possible_rung": finding.possible.word, "verdict": finding.verdict.word,
        "declared_mode": finding.mode if finding.mode >= 0 else None, "evidence": dict(finding.evidence),
        "observable_share": None if share != share else share,
    }  # fmt: skip


def _judged(
    files: tuple[Path, Path, Path | None, Path | None], window: tuple[int | None, int | None], timezone: str, progress: Any
) -> tuple[Inventory, list[Finding], list[Any]]:
    from feeds.signals.counters import SignalCounters
    from feeds.signals.counts import read_counts
    from feeds.signals.hires import read_events
    from feeds.signals.inventory_files import read_inventory
    from server.errors import ServerError
    from signals.ladder import judge

    events, inventory, detectors, counts = files
    listing = SignalCounters()
    listed = read_inventory(_source(inventory), None if detectors is None else _source(detectors), counters=listing)
    read, counters = read_events(_source(events), listed, progress=progress)
    if not len(read.time):
        raise ServerError(f"{events}: no event of a device that the inventory lists")
    start = window[0] if window[0] is not None else int(read.time[0])
    end = window[1] if window[1] is not None else int(read.time[-1]) + 1
    if start >= end:
        raise typer.BadParameter("--until: the window ends before it begins")
    left, counted = [listing, counters], None
    if counts is not None:
        counted, more = read_counts(_source(counts), listed, progress=progress)
        left.append(more)
    return listed, judge(listed, read, start, end, utc_offset=_utc_offset(timezone, start), counts=counted), left


def _instant(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return round(1000 * float(text))
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{option}: is not a time in epoch seconds: {text!r}") from None


def _utc_offset(timezone: str, at: int) -> int:
    """s east of UTC at an instant, epoch ms."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    try:
        offset = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(timezone)).utcoffset()
    except (ValueError, OSError, KeyError):
        raise typer.BadParameter(f"--timezone: there is no time zone {timezone!r}; one is named like Asia/Shanghai") from None
    return int(offset.total_seconds()) if offset is not None else 0


def _source(path: Path) -> Source:
    return sys.stdin.buffer if str(path) == "-" else path


def _print_table(inventory: Inventory, findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    told = report(inventory, findings)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(told["summary"]["verdicts"].items()))
    table = Table(title=f"{len(findings):,} intersections: {counts}", title_justify="left")
    for name in ("intersection", "device", "rung", "possible", "verdict"):
        table.add_column(name)
    for name in ("mode", "p", "T2 now", "T3 cycles", "T5 plans"):
        table.add_column(name, justify="right")
    table.add_column("why unknown")
    for row in told["intersections"]:
        figures = row["evidence"]
        cycles = "p_macro" if figures.get("p_counts") is None else "p_counts"
        table.add_row(
            row["intersection_id"], row["device_id"] or "–", row["rung"], row["possible_rung"], row["verdict"].replace("_", " "),
            "–" if row["declared_mode"] is None else str(row["declared_mode"]),
            *(_chance(figures.get(name)) for name in ("p", "p_micro", cycles, "p_plans")),
            WORDS.get(figures.get("unknown_because") or "", ""),
        )  # fmt: skip
    console = Console()
    Console(width=None if console.is_terminal else 160).print(table)


def _chance(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}" if value >= 1e-4 else f"{value:.0e}"
