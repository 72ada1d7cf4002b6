"""`baimai parking import`: an operator's lists of car parks, places and price lists into the store, streets into the data directory."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.commands.options import Config, DataDir, config_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeds.counters import Counters
    from feeds.parking.lots import LotTables
    from parking.tariffs import Tariff

Json = dict[str, Any]


def import_lots(
    lots: Annotated[Path, typer.Argument(metavar="LOTS", help="Car parks: lot_id, lat, lon, name, capacity, kinds, opening …")],
    places: Annotated[Path | None, typer.Option(help="Places: place_id, lot_id, capacity, kind, numbered, shared_only, zone …")] = None,
    tariffs: Annotated[Path | None, typer.Option(help="Price lists, .toml, .json or .csv.")] = None,
    streets: Annotated[Path | None, typer.Option(help="Streets to walk on: from_node, to_node, road_class, wkt (LINESTRING).")] = None,
    crs: Annotated[str, typer.Option(help="Datum of the coordinates: wgs84, or gcj02 as Chinese maps have it.")] = "wgs84",
    check: Annotated[bool, typer.Option("--check", help="Read and tell, enter nothing.")] = False,
    config: Config = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check lists of car parks and enter them; a running server knows them within half a minute (streets: when it is started again).

    Rows that cannot be used are left out and counted; what the files do not say stays as it is.
    """
    from server.commands.recordings import progress_bar
    from server.parking.configuration import read_configuration
    from server.parking.importing import Imported, enter
    from server.parking.open_store import open_store
    from server.settings import load_settings

    if crs not in ("wgs84", "gcj02"):
        raise typer.BadParameter(f"--crs: {crs} is neither wgs84 nor gcj02")
    folder = load_settings(config_file(config), data_dir=data_dir).data_dir
    with progress_bar() as progress:
        task = progress.add_task("reading", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        prices = _prices(tariffs)
        tables = _tables(lots, places, crs, tell)
        walked = None if streets is None else _streets(streets, tell)
        done = Imported()
        if not check:
            progress.update(task, description="writing", total=None)
            folder.mkdir(parents=True, exist_ok=True)
            store = open_store(folder, read_configuration(folder).database, time.time)
            try:
                done = enter(store, tables, prices)
            finally:
                store.close()
            if streets is not None:
                _put_streets(streets, folder)
    counted = [tables.lot_counters, tables.place_counters, done.refused, *([] if walked is None else [walked[1]])]
    counts: Json = {
        "lots": {"read": len(tables.lots), **done.lots}, "places": {"read": len(tables.places), **done.places},
        "tariffs": {"read": len(prices), **done.tariffs}, "streets": None if walked is None else walked[0], "entered": not check,
    }  # fmt: skip
    _tell(counts, counted, as_json)


def _content(path: Path) -> bytes:
    """Raises OSError, FeedError."""
    from server.parking.street_file import unpacked

    return sys.stdin.buffer.read() if str(path) == "-" else unpacked(path)


def _tables(lots: Path, places: Path | None, crs: str, tell: Callable[[int, int], None]) -> LotTables:
    from feeds.parking.lots import read_lots

    return read_lots(str(lots), _content(lots), None if places is None else (str(places), _content(places)), crs, tell)


def _prices(path: Path | None) -> list[Tariff]:
    from feeds.parking.tariffs import read_tariffs
    from feeds.parking.tariffs_csv import read_tariffs_csv

    if path is None:
        return []
    table = path.name.lower().endswith((".csv", ".csv.gz"))
    return (read_tariffs_csv if table else read_tariffs)(_content(path), str(path))


def _streets(path: Path, tell: Callable[[int, int], None]) -> tuple[int, Counters]:
    """(how many can be walked on, counts). Raises FeedError where there is none."""
    from feeds.errors import FeedError
    from feeds.parking.streets import read_streets

    found, counters = read_streets(str(path), _content(path), tell)
    if not found:
        raise FeedError(str(path), None, None, "has no street to walk on")
    return len(found), counters


def _put_streets(path: Path, folder: Path) -> None:
    from server.learned_store import write_whole
    from server.parking.street_file import FILES, FOLDER

    write_whole(folder / FOLDER / FILES[0], _content(path))
    (folder / FOLDER / FILES[1]).unlink(missing_ok=True)


def _tell(counts: Json, counted: list[Counters], as_json: bool) -> None:
    refused: dict[str, int] = {}
    ignored: dict[str, int] = {}
    for one in counted:
        for reasons, into in ((one.refused, refused), (one.ignored, ignored)):
            for reason, count in reasons.items():
                into[reason] = into.get(reason, 0) + count
    examples = [str(example) for one in counted for example in one.examples]
    if as_json:
        import orjson

        told = {**counts, "refused": refused, "ignored": ignored, "examples": examples}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
        return
    for name in ("lots", "places", "tariffs"):
        some = {word: count for word, count in counts[name].items() if word != "read" and count}
        typer.echo(f"{name}: {counts[name]['read']} read" + "".join(f", {count} {word}" for word, count in some.items()))
    if counts["streets"] is not None:
        typer.echo(f"streets: {counts['streets']} read")
    if not counts["entered"]:
        typer.echo("nothing was entered: --check")
    for title, reasons in (("left out", refused), ("ignored", ignored)):
        for reason, count in sorted(reasons.items()):
            typer.echo(f"{title}: {count} × {reason}", err=True)
    for example in examples:
        typer.echo(f"  {example}", err=True)
