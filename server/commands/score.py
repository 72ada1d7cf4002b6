"""`baimai score`: recorded predictions against observed arrivals, beside baselines on the same truth.

Both public rulers (with and without missing buses as wrong), errors by time to the arrival, interval coverage, wobble,
count-ups, availability, ghosts and unforeseen arrivals: as a table, as the JSON of `/v1/accuracy`, or as its page. Files are of
one service day each, or of several when trip ids differ from day to day: a trip of the same id and vehicle counts as one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from feeds.counters import Counters
    from feeds.recording_tables import Source
    from transit.accuracy_report import Score

OURS = "baimai"
STOPS = 10_000
"""stops told in JSON"""
Json = dict[str, Any]


def score(
    predictions: Annotated[
        Path, typer.Option("--predictions", help="Recorded predictions, .csv, .csv.gz or .parquet; - is standard input.")
    ],
    arrivals: Annotated[Path, typer.Option("--arrivals", help="Observed arrivals, likewise; vehicle_id where it is known.")],
    baseline: Annotated[
        list[str] | None, typer.Option("--baseline", metavar="[NAME=]FILE", help="Predictions to compare with. Repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, as /v1/accuracy answers.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page with plots, as /accuracy shows.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: zh or en.")] = "en",
    timezone: Annotated[str, typer.Option("--timezone", help="Zone whose clock tells the hours of the day.")] = "UTC",
    skip_first_stops: Annotated[
        bool, typer.Option("--skip-first-stops", help="Leave out calls with stop_sequence 1: there buses wait to depart.")
    ] = False,
) -> None:
    """Score recorded predictions against observed arrivals."""
    from server.accuracy_views import names_of, report_json

    _check(timezone, lang, [str(predictions), str(arrivals), *(baseline or ())])
    scores, routes, stops = _scores(predictions, arrivals, _named(baseline or []), timezone, skip_first_stops)
    truth = {"source": "file", "first_stops": not skip_first_stops, "sampled_share": 1.0}
    about: Json = {"date": None, "timezone": timezone, "generated_at": None, "state": "recorded", "truth": truth}
    report = report_json(scores, names_of(routes, stops), STOPS, **about, trend=[], dates=[])
    if html is not None:
        from server.accuracy_page import standalone_page

        html.write_text(standalone_page(report, "zh" if lang == "zh" else "en"), encoding="utf-8")
    if as_json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print_table(report)


def rows_of(report: Json) -> Iterator[tuple[str, str, list[float | None]]]:
    """(what, unit, value of each predictor)."""
    told = report["predictors"]

    def row(what: str, unit: str, value: Any) -> tuple[str, str, list[float | None]]:
        return what, unit, [value(one) for one in told]

    for k, horizon in enumerate(told[0]["horizons"]):
        span = f"{horizon['from_s'] // 60}–{horizon['to_s'] // 60} min"
        yield row(f"MAE {span} ahead", "s", lambda one, k=k: one["horizons"][k]["mae_s"])
        yield row(f"  bias {span}", "s", lambda one, k=k: one["horizons"][k]["bias_s"])
    for name, title in (("mbta", "MBTA bins"), ("transit", "Transit score")):
        yield row(title, "%", lambda one, name=name: one[name]["share"])
        yield row("  missing buses wrong", "%", lambda one, name=name: one[name]["share_missing_wrong"])
    yield row("80 % interval covers", "%", lambda one: one["coverage"])
    yield row("  mean width", "s", lambda one: one["interval_width_s"])
    for key, what, unit in (
        ("wobble_s", "wobble (SD of the last 30 min)", "s"), ("raw_count_ups", "count-ups a call, raw", ""),
        ("count_ups", "  displayed", ""), ("jumps", "  displayed, of 2 min and more", ""),
        ("foreseen_5min", "predicted 5 min ahead", "%"), ("foreseen_10min", "predicted 10 min ahead", "%"),
        ("unforeseen", "unforeseen 2 min ahead", "%"), ("ghosts", "ghosts", "%"),
    ):  # fmt: skip
        yield row(what, unit, lambda one, key=key: one["whole"][key])
    yield row("predictions scored", "n", lambda one: one["scored"])
    yield row("  not in the truth", "n", lambda one: one["stop_not_in_truth"])


def _check(timezone: str, lang: str, inputs: Sequence[str]) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):
        raise typer.BadParameter(f"--timezone: there is no time zone {timezone!r}; one is named like Asia/Shanghai") from None
    if lang not in ("zh", "en"):
        raise typer.BadParameter(f"--lang is zh or en, not {lang!r}")
    if sum(one == "-" or one.endswith("=-") for one in inputs) > 1:
        raise typer.BadParameter("standard input (-) can be only one of the files")


def _named(baselines: Sequence[str]) -> dict[str, Path]:
    """Baselines by name: the one given, else the file's; a name taken gets a number."""
    found: dict[str, Path] = {}
    for text in baselines:
        name, _, rest = text.partition("=")
        path = Path(rest) if rest and not Path(text).exists() else Path(text)
        name = name if path == Path(rest) and rest else path.name.partition(".")[0] or "baseline"
        taken = sum(one == name or one.startswith(f"{name} (") for one in (OURS, *found))
        found[f"{name} ({taken + 1})" if taken else name] = path
    return found


def _scores(
    predictions: Path, arrivals: Path, baselines: Mapping[str, Path], timezone: str, skip_first: bool
) -> tuple[dict[str, Score], list[str], list[str]]:
    from feeds.recording_scores import ScoreReader, require_rows, without_vehicles
    from transit.accuracy import score_tables

    with _progress() as progress:
        task = progress.add_task("reading", total=None)
        reader = ScoreReader(skip_first, lambda rows: progress.advance(task, rows))
        tables = {}
        for name, path in {OURS: predictions, **baselines}.items():
            tables[name], counters = reader.read_predictions(_source(path))
            require_rows(len(tables[name].arrival), _source(path), "predictions")
            _tell(path, counters)
        truth, counters = reader.read_arrivals(_source(arrivals))
        require_rows(len(truth.arrival), _source(arrivals), "arrivals")
        _tell(arrivals, counters)
        progress.update(task, description="scoring")
        scores = {name: score_tables(*without_vehicles(table, truth), timezone) for name, table in tables.items()}
    return scores, reader.routes.ids, reader.stops.ids


def _source(path: Path) -> Source:
    return sys.stdin.buffer if str(path) == "-" else path


def _tell(path: Path, counters: Counters) -> None:
    """Says on standard error what was left out of a file, and why."""
    left = {**counters.refused, **{reason: count for reason, count in counters.ignored.items() if count}}
    if left:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(left.items()))
        typer.echo(f"{path}: {sum(left.values()):,} rows skipped: {reasons}", err=True)
        for refusal in counters.examples[:3]:
            typer.echo(f"  {refusal}", err=True)


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _print_table(report: Json) -> None:
    from rich.console import Console
    from rich.table import Table

    names = [one["name"] for one in report["predictors"]]
    table = Table(title=f"{report['predictors'][0]['predictions']:,} predictions", title_justify="left")
    table.add_column("")
    table.add_column(names[0], justify="right")
    for name in names[1:]:
        table.add_column(name, justify="right")
        table.add_column("ratio", justify="right", style="dim")
    for what, unit, values in rows_of(report):
        cells = [_cell(values[0], unit)]
        for value in values[1:]:
            cells += [_cell(value, unit), f"{values[0] / value:.2f}" if value and values[0] is not None else "–"]
        table.add_row(what, *cells)
    console = Console()
    Console(width=None if console.is_terminal else 40 + 26 * len(names)).print(table)


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return {"%": f"{100 * value:.1f} %", "n": f"{value:,.0f}", "s": f"{value:.1f} s"}.get(unit, f"{value:.3f}")
