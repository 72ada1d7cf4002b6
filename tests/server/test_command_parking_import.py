"""`baimai parking import` as an operator runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from feeds.parking.lots import read_lots
from parking.records import Closure, Interval, Lot
from server.parking.configuration import DATABASE, read_configuration
from server.parking.importing import enter
from server.parking.open_store import open_store
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from server.parking.street_file import read_streets_of
from tests.support.dict_parking import DictServer
from tests.support.live_server import run_async
from tests.support.postgres import fresh_database, postgres_server
from tests.support.running_parking import RunningParking

ROOT = Path(__file__).resolve().parents[2]
LOTS = """lot_id,name,lat,lon,capacity,kinds,opening,tariff_id
north,北站,36.73,117.53,100,charging:10;disabled:4,Mo-Fr 07:00-22:00,centre
south,南站,36.69,117.53,50,,,
north,again,36.73,117.53,1,,,
far,远,96.7,117.53,1,,,
dear,贵,36.7,117.5,1,,,nowhere
"""
PLACES = "place_id,lot_id,capacity,kind,numbered,shared_only,owner\nsouth.1,south,1,general,1,1,id:ann\nsouth.2,elsewhere,1,,,,\n"
TARIFFS = "tariff_id,name,band,unit_min,fen\ncentre,中心,all,30,200\n"
STREETS = 'from_node,to_node,road_class,wkt\na,b,residential,"LINESTRING (117.53 36.69, 117.53 36.73)"\n'


def run(tmp_path: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "parking", "import", *map(str, options), "--data-dir", str(tmp_path / "data")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("lots.csv", LOTS), ("places.csv", PLACES), ("prices.csv", TARIFFS), ("roads.csv", STREETS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    (folder / "data").mkdir()
    if request.param == "sqlite":
        with closing(SqliteStore(folder / "data" / DATABASE, lambda: 1.8e9)) as opened:
            yield opened
        return
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as address:
        (folder / "data" / "parking.toml").write_text(f'database = "{address}"\n')
        with closing(open_store(folder / "data", read_configuration(folder / "data").database, lambda: 1.8e9)) as opened:
            yield opened


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_lists_go_into_the_store_that_a_server_has_open_and_refused_rows_are_counted(folder: Path, store: Store) -> None:
    names = {"--places": "places.csv", "--tariffs": "prices.csv", "--streets": "roads.csv"}
    files = folder / "lots.csv", *(part for option, name in names.items() for part in (option, folder / name))
    assert not told(run(folder, *files, "--check", "--json"))["entered"]
    assert store.read(lambda unit: unit.lot("north")) is None
    report = told(run(folder, *files, "--json"))
    assert (report["lots"], report["places"]["new"], report["tariffs"]["new"], report["streets"]) == (
        {"read": 3, "new": 2, "changed": 0, "unchanged": 0}, 4, 1, 1,
    )  # fmt: skip
    assert report["refused"] == {"duplicate_lot_id": 1, "bad_lat": 1, "unknown_lot": 1, "unknown_tariff": 1}
    assert f"{folder / 'lots.csv'}, line 4, lot_id: is on line 2 already: 'north'" in report["examples"]
    north = store.read(lambda unit: unit.lot("north"))
    assert north is not None
    assert (north.name, len(north.opening), north.tariff_id) == ("北站", 5, "centre")
    assert [one.capacity for one in store.read(lambda unit: unit.places("north"))] == [10, 4, 86]
    assert store.read(lambda unit: [one.owner for one in unit.places("south")]) == ["id:ann"]
    streets = read_streets_of(folder / "data" / "parking")
    assert streets is not None
    assert told(run(folder, *files, "--json"))["lots"]["unchanged"] == 2


def test_what_a_file_does_not_say_stays(folder: Path) -> None:
    run(folder, folder / "lots.csv", "--tariffs", folder / "prices.csv")
    closure = Closure("c", (Interval(1, 2**33),))
    with closing(SqliteStore(folder / "data" / DATABASE, lambda: 1.8e9)) as store:

        def close(unit: Any, _now: int) -> Lot:
            lot: Lot = unit.lot("north")
            unit.put_lot(Lot(**{**{name: getattr(lot, name) for name in lot.__struct_fields__}, "closures": (closure,)}))
            return lot

        before = store.submit(close).result()
    (folder / "short.csv").write_text("lot_id,lat,lon,capacity\nnorth,36.74,117.53,200\n")
    done = run(folder, folder / "short.csv")
    assert (done.returncode, done.stdout.splitlines()[:2]) == (0, ["lots: 1 read, 1 changed", "places: 1 read, 1 changed"])
    with closing(SqliteStore(folder / "data" / DATABASE, lambda: 1.8e9)) as store:
        after = store.read(lambda unit: unit.lot("north"))
    assert after is not None
    assert (after.lat, after.name, after.opening, after.closures) == (36.74, "北站", before.opening, (closure,))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LOTS.replace("capacity", "capcity").encode(), "lots.csv, line 1, capcity: is no column of this table; capacity is"),
        (LOTS.replace("lat,", "breite,").encode(), "lots.csv, line 1, lat: the column is missing"),
        (LOTS.replace(",", ";").encode(), "lots.csv, line 1: has its columns separated by semicolons; save the table with commas"),
        (b"PK\x03\x04rest", "lots.csv: is a spreadsheet (.xlsx) or a zip archive and no text; save the table as CSV UTF-8"),
        (b"lot_id,lat,lon\n1,2,\xe9,\n", "lots.csv, line 2: byte 0xe9 is neither UTF-8 nor GBK; save the file as UTF-8"),
    ],
)
def test_a_wrong_file_is_one_sentence_and_exit_code_2(folder: Path, content: bytes, said: str) -> None:
    (folder / "lots.csv").write_bytes(content)
    done = run(folder, folder / "lots.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [f"baimai: {folder}/{said}"]
    assert not (folder / "data" / DATABASE).exists()


def test_a_table_that_excel_saved_in_china_is_read(folder: Path) -> None:
    for name, encoding in (("gbk.csv", "gbk"), ("mark.csv", "utf-8-sig")):
        (folder / name).write_bytes(LOTS.encode(encoding))
        report = told(run(folder, folder / name, "--check", "--json"))
        assert report["lots"]["read"] == 3
        assert report["ignored"] == ({"read_as_gb18030": 1} if encoding == "gbk" else {})
    missing = run(folder, folder / "nothing.csv")
    assert (missing.returncode, "nothing.csv: no such file" in missing.stderr) == (2, True)
    assert run(folder, folder / "lots.csv", "--crs", "bd09").returncode == 2


def test_a_running_server_knows_what_was_imported_when_it_reads_anew(folder: Path) -> None:
    (folder / "data").mkdir()

    async def scenario() -> None:
        async with RunningParking(folder / "data").open() as parking:
            files = folder / "lots.csv", "--tariffs", folder / "prices.csv"
            assert told(run(folder, *files, "--json"))["lots"]["new"] == 2
            await parking.parking.reload()
            lot = (await parking.get("/v1/parking/lots/north")).json()
            assert (lot["name"], lot["price"]["amount"]) == ("北站", 400)

    run_async(scenario())


def test_places_stay_in_their_car_park() -> None:
    store = DictServer(lambda: 1_772_409_600)

    def imported(lots: str, places: str = "place_id,lot_id\n") -> Any:
        tables = read_lots("lots.csv", f"lot_id,lat,lon,capacity\n{lots}".encode(), ("places.csv", places.encode()))
        return enter(store, tables, [])

    imported("a,36.7,117.5,5\nb,36.7,117.5,5\n")
    done = imported("a,36.7,117.5,6\n", "place_id,lot_id,capacity\nb:general,a,1\n")
    assert (done.refused.refused, done.places["changed"]) == ({"place_of_another_lot": 1}, 0)
    assert [str(one) for one in done.refused.examples] == ["place b:general, lot_id: belongs to the car park 'b' already"]
    assert imported("a,36.7,117.5,6\n").places["changed"] == 1
