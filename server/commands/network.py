"""`baimai network SOURCE -o city.npz`: compile a GTFS feed and say what was found in it.

The report goes to standard output, readable, and with --report to a JSON file; progress goes to standard error, and only
where that is a terminal. A feed that cannot be used ends with exit code 2 and one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from feeds.gtfs_report import Report
    from transit.network import Network


def network(
    source: Annotated[Path, typer.Argument(help="GTFS feed: a zip or a folder.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The network file to write, .npz.", show_default=False)],
    report: Annotated[Path | None, typer.Option("--report", help="Write the report as JSON here too; - is standard output.")] = None,
) -> None:
    """Compile a timetable into a network file, with a validation report."""
    from feeds.errors import FeedError
    from transit.network_file import save_network

    try:
        compiled, findings = _compile(source)
    except FeedError as error:
        _give_up(_sentence(source, error))
    text = json.dumps(findings.to_json(), ensure_ascii=False, indent=1)
    with _writing(output):
        save_network(compiled, output)
    if report is not None and str(report) != "-":
        with _writing(report):
            report.write_text(text + "\n", encoding="utf-8")
    if report is not None and str(report) == "-":
        typer.echo(text)
    else:
        typer.echo(findings.to_text())
        typer.echo(f"written: {output} ({output.stat().st_size / 1e6:.1f} MB)")


def _compile(source: Path) -> tuple[Network, Report]:
    from rich.console import Console
    from rich.progress import Progress

    from feeds.gtfs import compile_network

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("opening", total=1.0)
        return compile_network(source, lambda doing, share: bar.update(task, description=doing, completed=share))


def _sentence(source: Path, error: Any) -> str:
    """The error with the feed's name in front, when it names only a table."""
    said = str(error)
    return said if said.startswith(str(source)) else f"{source}: {said}"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _give_up(f"{path}: cannot be written: {error.strerror or error}")


def _give_up(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
