"""`baimai signals import`: a bureau's lists of intersections, checked and put where the server finds them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.commands.options import Config, DataDir, config_file

if TYPE_CHECKING:
    from feeds.signals.counters import SignalCounters
    from signals.inventory import Inventory

Json = dict[str, Any]


def import_inventory(
    inventory: Annotated[Path, typer.Argument(metavar="INVENTORY", help="Intersections and their controllers.")],
    detectors: Annotated[Path | None, typer.Option(help="Detectors: channel, approach, phases, type, distance.")] = None,
    approaches: Annotated[Path | None, typer.Option(help="Approaches and their stop lines.")] = None,
    cameras: Annotated[Path | None, typer.Option(help="E-police points.")] = None,
    config: Config = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check lists of intersections and put them into the data directory; a running server takes them up within half a minute.

    What is not given stays as it is there, and is checked together with what is.
    """
    from feeds.signals.counters import SignalCounters
    from feeds.signals.inventory_files import read_inventory
    from server.commands.recordings import progress_bar
    from server.settings import load_settings
    from server.signals.service import ENDINGS, find_table

    folder = load_settings(config_file(config), data_dir=data_dir).data_dir / "signals"
    given = {"inventory": inventory, "detectors": detectors, "approaches": approaches, "cameras": cameras}
    for path in given.values():
        if path is not None and not path.name.endswith(ENDINGS):
            raise typer.BadParameter(f"{path} ends with none of {', '.join(ENDINGS)}")
    used = {name: path or find_table(folder, name) for name, path in given.items()}
    counters = SignalCounters()
    with progress_bar() as progress:
        task = progress.add_task("reading", total=None)
        found = read_inventory(
            inventory, used["detectors"], used["approaches"], used["cameras"], counters=counters,
            progress=lambda rows: progress.advance(task, rows),
        )  # fmt: skip
        progress.update(task, description="writing")
        _put(folder, given, ENDINGS)
    _tell(found, counters, folder, as_json)


def _put(folder: Path, given: dict[str, Path | None], endings: tuple[str, ...]) -> None:
    """Each file whole or not at all; one of the same table with another ending goes. Raises OSError."""
    from server.learned_store import write_whole

    folder.mkdir(parents=True, exist_ok=True)
    for name, path in given.items():
        if path is None:
            continue
        ending = next(one for one in endings if path.name.endswith(one))
        write_whole(folder / f"{name}{ending}", path.read_bytes())
        for other in endings:
            if other != ending:
                (folder / f"{name}{other}").unlink(missing_ok=True)


def _tell(found: Inventory, counters: SignalCounters, folder: Path, as_json: bool) -> None:
    counts = {
        "intersections": len(found.intersection_ids), "controllers": len(found.device_ids), "approaches": len(found.approach_ids),
        "detectors": len(found.detector_device), "cameras": len(found.camera_ids),
    }  # fmt: skip
    if as_json:
        import orjson

        told: Json = {**counts, "folder": str(folder), "refused": counters.refused, "left_unknown": counters.left_unknown}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
        return
    typer.echo(", ".join(f"{count} {name}" for name, count in counts.items()) + f"; now in {folder}")
    for title, reasons in (("left out", counters.refused), ("field left unknown", counters.left_unknown)):
        for reason, count in sorted(reasons.items()):
            typer.echo(f"{title}: {count} × {reason}", err=True)
    for one in counters.examples:
        typer.echo(f"  {one}", err=True)
