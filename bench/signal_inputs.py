"""Signal inputs: bytes of hi-res events and GA/T 1049.2 messages → columns, clocks put right, inventories read, on one core.

Baselines read the same bytes as one would without columns: orjson and a loop, pydantic-free; DuckDB for files; the standard
library's XML parser and a loop. Every contender ends with the same numbers in arrays.
"""

from __future__ import annotations

import csv
import io
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import orjson

from bench.rows import Row
from bench.timing import interleaved, least
from feeds.signals.gat1049_json import decode_reports
from feeds.signals.gat1049_xml import decode_xml
from feeds.signals.hires import read_events, write_events
from feeds.signals.hires_json import decode_events
from feeds.signals.inventory_files import read_inventory
from feeds.signals.last_reports import LastReports
from feeds.signals.reports import Source
from feeds.signals.site import Site
from signals.clock_offsets import ClockOffsets
from signals.events import in_order
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns

START = 1_772_409_600_000
_COLUMNS = "timestamp_unix, device_id, event_code, parameter"
_HEAD = '<?xml version="1.0"?><Message><Type>PUSH</Type><Seq>20260302080000000001</Seq><Body><Operation name="Notify">'
AIM = 1e6
"""events/s; a district of 300 signals sends 1,500, and 50,000 are to be accepted"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in events/s, objects/s and rows/s."""
    devices, events = (30, 3_000) if smoke else (300, 300_000)
    rounds = 1 if smoke else 5
    inventory = _inventory(devices)
    columns = _events(devices, events)
    yield from _bodies(columns, inventory, rounds)
    yield from _files(columns, inventory, rounds)
    yield from _reports(inventory, 200 if smoke else 5_000, rounds)
    yield _clocks(columns, devices, rounds)
    yield _imported(300 if smoke else 100_000)


def _inventory(devices: int) -> Inventory:
    nowhere = np.full(devices, np.nan)
    rows = np.arange(devices, dtype=np.int32)
    ids = [f"signal_{k}" for k in range(devices)]
    names = [f"3701818{k:07d}" for k in range(devices)]
    return Inventory(ids, names, rows, np.zeros(devices, np.int8), np.full(devices, 23, np.int32), nowhere, nowhere)


def _events(devices: int, events: int) -> EventColumns:
    """Detector and phase events at five a second and device, stamps of a tenth of a second, in order."""
    rng = np.random.default_rng(4)
    time = START + np.sort(rng.integers(0, max(events // (devices * 5), 1) * 1000, events)) // 100 * 100
    device, parameter = rng.integers(0, devices, events), rng.integers(1, 33, events)
    code = rng.choice(np.array([81, 82, 43, 44, 1, 8, 10]), events)
    return in_order(EventColumns(time, device.astype("i4"), code.astype("i4"), parameter.astype("i4")))


def _bodies(columns: EventColumns, inventory: Inventory, rounds: int) -> Iterator[Row]:
    items = [
        {"timestamp": time / 1000, "device_id": inventory.device_ids[device], "event_code": code, "parameter": parameter}
        for time, device, code, parameter in zip(*(column.tolist() for column in columns))
    ]
    texts = [{**item, "timestamp": datetime.fromtimestamp(float(str(item["timestamp"])), UTC).isoformat()} for item in items]
    odd = [{**items[0], "event_code": str(items[0]["event_code"])}, *items[1:]]
    loop = "orjson + Python loop"
    for name, body in (
        ("JSON array of events", orjson.dumps(items)),
        ("JSON array, RFC 3339 times", orjson.dumps(texts)),
        ("JSON array, one item read with care", orjson.dumps(odd)),
        ("NDJSON of events", b"\n".join(map(orjson.dumps, items))),
    ):
        contenders = (_decoding(body, inventory), _looping(body, inventory))
        ours, theirs = interleaved(contenders, rounds)
        yield Row(name, len(items) / ours, len(items) / theirs, loop, "events/s", True)
        if name == "JSON array of events":
            yield Row(f"{name}, beside the aim", len(items) / ours, AIM, "wanted at least", "events/s", True)
    target = Path(tempfile.mkdtemp()) / "events.parquet"
    write_events(columns, inventory, target)
    ours = least(_decoding(target.read_bytes(), inventory), rounds)
    yield Row("Parquet body of events, beside the aim", len(items) / ours, AIM, "wanted at least", "events/s", True)
    target.unlink()
    target.parent.rmdir()


def _decoding(body: bytes, inventory: Inventory) -> Callable[[], object]:
    return lambda: decode_events(body, inventory)


def _looping(body: bytes, inventory: Inventory) -> Callable[[], object]:
    def loop() -> EventColumns:
        items = orjson.loads(body) if body[:1] == b"[" else [orjson.loads(line) for line in body.split(b"\n")]
        rows = []
        for item in items:
            stamp = item["timestamp"]
            seconds = datetime.fromisoformat(stamp).timestamp() if isinstance(stamp, str) else stamp
            device = inventory.device_index.get(item["device_id"])
            if device is not None:
                rows.append((round(seconds * 1000), device, int(item["event_code"]), int(item["parameter"])))
        time, *others = np.array(rows, np.int64).T
        return EventColumns(time, *(column.astype(np.int32) for column in others))

    return loop


def _files(columns: EventColumns, inventory: Inventory, rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as database:
        database.execute("SET threads TO 1")
        for ending in ("csv", "csv.gz", "parquet"):
            path = Path(folder) / f"events.{ending}"
            write_events(columns, inventory, path)
            source = f"read_parquet('{path}')" if ending == "parquet" else f"read_csv('{path}')"
            query = f"SELECT {_COLUMNS} FROM {source} ORDER BY timestamp_unix, event_code, device_id"

            def query_it(query: str = query) -> object:
                return database.execute(query).fetchnumpy()

            def read_it(path: Path = path) -> object:
                return read_events(path, inventory)

            ours, theirs = interleaved((read_it, query_it), rounds)
            count = len(columns.time)
            yield Row(f"events file, .{ending}", count / ours, count / theirs, "DuckDB, same order, one thread", "events/s", True)


def _reports(inventory: Inventory, objects: int, rounds: int) -> Iterator[Row]:
    crosses = [inventory.intersection_ids[k % len(inventory.intersection_ids)] for k in range(objects)]
    stages = [
        f"<CrossStage><CrossID>{cross}</CrossID><LastStageNo>1</LastStageNo><LastStageLen>30</LastStageLen><CurStageNo>{k % 4 + 1}"
        f"</CurStageNo><CurStageStartTime>2026-03-02 08:{k // 60 % 60:02d}:{k % 60:02d}</CurStageStartTime><CurStageLen>0</CurStageLen>"
        "</CrossStage>"
        for k, cross in enumerate(crosses)
    ]
    body = "".join(f"{_HEAD}{stage}</Operation></Body></Message>" for stage in stages).encode()
    states_of = [{"cross_id": cross, "at": START / 1000 + k, "online": True, "mode": "33"} for k, cross in enumerate(crosses)]
    plain = orjson.dumps(states_of)

    def ours() -> object:
        return decode_xml(body, Source(Site(inventory), LastReports()), START)

    def theirs() -> object:
        found = []
        for text in body.decode().split("<?xml")[1:]:
            for stage in ET.fromstring(f"<?xml{text}").iter("CrossStage"):
                when = datetime.fromisoformat(stage.findtext("CurStageStartTime", "")).timestamp()
                found.append((round(when * 1000), stage.findtext("CrossID"), int(stage.findtext("CurStageNo", ""))))
        return found

    def states() -> object:
        return decode_reports(plain, Source(Site(inventory), LastReports()), START)

    xml, standard, json = interleaved((ours, theirs, states), rounds)
    yield Row("GA/T 1049.2 messages, XML", objects / xml, objects / standard, "ElementTree + loop, unprotected", "messages/s", True)
    yield Row("control states, JSON, beside the need", objects / json, 600.0, "300 signals, 2 reports a second each", "states/s", True)


def _clocks(columns: EventColumns, devices: int, rounds: int) -> Row:
    """Batches of one second, as they come from a district."""
    cuts = np.arange(0, len(columns.time), 1500)
    batches = [EventColumns._make(column[at : at + 1500] for column in columns) for at in cuts.tolist()]

    def right() -> None:
        offsets = ClockOffsets(devices)
        for batch in batches:
            offsets.put_right(batch, int(batch.time[-1]) + 100)

    seconds = least(right, rounds)
    return Row("clocks learned and stamps put right", len(columns.time) / seconds, AIM, "wanted at least", "events/s", True)


def _imported(intersections: int) -> Row:
    head = "device_id,intersection_id,grade,declared_mode,lat,lon\n"
    nodes = head + "".join(f"d{k // 2},j{k},主-次,感应,36.{k % 1000:03d},117.5\n" for k in range(intersections))
    detectors = "device_id,channel,lane_id,approach_id,phases,type,distance_m\n" + "".join(
        f"d{k // 2},{k % 2},{k % 8},north,2+5,advance,60\n" for k in range(intersections)
    )

    def read() -> Inventory:
        return read_inventory(io.BytesIO(nodes.encode()), io.BytesIO(detectors.encode()))

    def rows() -> list[dict[str, str]]:
        return [row for text in (nodes, detectors) for row in csv.DictReader(io.StringIO(text))]

    ours, theirs = interleaved((read, rows), 3)
    name = f"inventory of {intersections:,} intersections with as many detectors"
    return Row(name, ours, theirs, "csv.DictReader, which judges nothing", "s", False)
