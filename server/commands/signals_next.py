"""`baimai signals next`: which intersections to equip next, how sure that is, and what the usual rankings would choose."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from feeds.counters import Counters
    from feeds.recording_tables import Source
    from server.signals.siting_case import Assembled

Json = dict[str, Any]
NUMBER = 10
"""intersections, where neither a number nor a budget is given"""


def next_intersections(
    trips: Annotated[
        Path, typer.Option("--trips", help="trip_id,intersection_id rows; from_node,to_node rows; or recorded positions. - is a pipe.")
    ],
    edges: Annotated[Path | None, typer.Option("--edges", help="Street edges; to_signal marks those that end at a signal.")] = None,
    intersections: Annotated[
        Path | None, typer.Option("--intersections", help="Inventory, or a list with gain_s, bus_delay_person_s, cost, equipped.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="How many, included ones among them; 10 without a budget.")] = None,
    budget: Annotated[float | None, typer.Option("--budget", min=0.0, help="What they may cost together; needs costs.")] = None,
    costs: Annotated[Path | None, typer.Option("--costs", help="Table intersection_id,cost.")] = None,
    include: Annotated[list[str] | None, typer.Option("--include", metavar="ID", help="Must be chosen. Repeatable.")] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", metavar="ID", help="Must not be chosen. Repeatable.")] = None,
    equipped: Annotated[list[str] | None, typer.Option("--equipped", metavar="ID", help="In real time already. Repeatable.")] = None,
    branches: Annotated[bool, typer.Option("--branch-roads", help="Consider intersections of branch roads (支路) alone too.")] = False,
    assumed_gain: Annotated[
        float | None, typer.Option("--assumed-gain", min=0.0, help="Seconds saved per vehicle where not known; else the median.")
    ] = None,
    replicates: Annotated[int, typer.Option("--replicates", min=1, help="Resamplings behind the confidence of ranks.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Of the resamplings.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON, as /v1/signals/next does.")] = False,
) -> None:
    """Choose the intersections whose real-time control would save most."""
    from server.commands.recordings import progress_bar
    from server.signals.siting_case import SitingInputError, limits_of
    from signals.siting_objective import SitingError, SitingParameters
    from signals.siting_report import report_json, where_next

    if [str(one) for one in (trips, edges, intersections, costs)].count("-") > 1:
        raise SitingInputError("standard input (-) can be only one of the files")
    q = SitingParameters(replicates=replicates, assumed_gain=math.nan if assumed_gain is None else assumed_gain)
    most = NUMBER if n is None and budget is None else n
    with progress_bar() as progress:
        task = progress.add_task("reading", total=None)
        found = _read(trips, edges, intersections, costs)
        progress.update(task, description="choosing")
        limits = limits_of(
            found, most, math.inf if budget is None else budget, include or (), exclude or (), equipped or (), branches
        )
        try:
            answer = report_json(where_next(found.case, limits, seed, q))
        except SitingError as wrong:
            raise SitingInputError(str(wrong)) from None
    if as_json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _print(answer)


def _read(trips: Path, edges: Path | None, intersections: Path | None, costs: Path | None) -> Assembled:
    from feeds.signals.road_edges import read_road_edges
    from feeds.signals.siting_inputs import read_intersections
    from feeds.signals.siting_trips import read_trips
    from server.signals.siting_case import assemble

    graph = table = prices = None
    if edges is not None:
        graph, counters = read_road_edges(_source(edges))
        _tell(edges, counters)
    if intersections is not None:
        table, counters = read_intersections(_source(intersections))
        _tell(intersections, counters)
    if costs is not None:
        prices, counters = read_intersections(_source(costs), costs=True)
        _tell(costs, counters)
    told, counters = read_trips(_source(trips))
    _tell(trips, counters)
    found = assemble(graph, table, told, prices)
    for reason, count in found.left_out.items():
        typer.echo(f"left out: {reason} {count:,}", err=True)
    return found


def _source(path: Path) -> Source:
    return sys.stdin.buffer if str(path) == "-" else path


def _tell(path: Path, counters: Counters) -> None:
    """Says on standard error what was left out of a file, and why."""
    left = {**counters.refused, **counters.ignored}
    if left:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(left.items()))
        typer.echo(f"{path}: {sum(left.values()):,} rows skipped: {reasons}", err=True)
        for refusal in counters.examples[:3]:
            typer.echo(f"  {refusal}", err=True)


def _print(answer: Json) -> None:
    from rich.console import Console
    from rich.table import Table

    compared = answer["rankings"]["betweenness"] is not None
    table = Table(title=f"the next {answer['n']} intersections, {answer['unit'].replace('_', ' ')}", title_justify="left")
    for title in ("", "intersection", "adds", "in all", "cost", "held", "rank 90 %", "flow", "between", "best exchange"):
        if (title != "cost" or answer["budget"] is not None) and (title != "between" or compared):
            table.add_column(title, justify="left" if title in ("intersection", "best exchange") else "right")
    for row in answer["intersections"]:
        sure = row["confidence"]
        table.add_row(
            str(row["rank"]), _title(row), f"{row['marginal_benefit']:,.1f}", f"{row['cumulative_benefit']:,.1f}",
            *([f"{row['cost']:,.0f}"] if answer["budget"] is not None else []), f"{100 * sure['held']:.0f} %",
            f"{sure['rank_low']}–{sure['rank_high'] or 'out'}", f"#{row['flow']['rank']}",
            *([f"#{row['betweenness']['rank']}"] if compared else []), _exchange(row["swap"]),
        )  # fmt: skip
    console = Console()
    Console(width=None if console.is_terminal else 140).print(table)
    for line in _words(answer):
        typer.echo(line)


def _title(row: Json) -> str:
    marks = ("*" if row["must_include"] else "") + ("?" if row["gain_assumed"] else "")
    return f"{row['name'] or row['intersection_id']}{marks}"


def _exchange(swap: Json | None) -> str:
    return "–" if swap is None else f"{swap['intersection_id']} {swap['change']:+,.1f}"


def _words(answer: Json) -> list[str]:
    """What stands below the table."""
    known, sure = answer["intersections_known"], answer["confidence"]
    best = f"at most {answer['bound']:,.1f} is possible, so at most {100 * answer['gap']:.1f} % is missing"
    lines = [f"{answer['benefit']:,.1f} in all; {best}; the best exchange of one would add {answer['swap_regret']:,.1f}"]
    for name, other in answer["rankings"].items():
        if other is not None:
            share = f" ({100 * other['benefit'] / answer['benefit']:.1f} %)" if answer["benefit"] else ""
            lines.append(f"as many by {name}: {other['benefit']:,.1f}{share}")
    lines.append(f"ranks: {sure['replicates']} resamplings of {sure['drawn']:,} {sure['resampled']}")
    lines.append(
        f"of {known['all']:,} intersections {known['equipped']:,} run in real time and {known['branch_only_or_left_out']:,} are not "
        "considered; gain not measured at "
        f"{known['gain_assumed']:,} (marked ?), bus delay at {known['bus_delay_unknown']:,}; * had to be chosen"
    )
    return lines
