"""Rows of inventory tables — CSV, gzipped CSV, Parquet, GeoJSON, GA/T 1049.2 — as cells of text, and the judging of cells.

In GeoJSON the properties are the cells; a Point gives lat and lon, a LineString along which vehicles drive gives its end and bearing.
A file `.xml` holds messages of GA/T 1049.2 with the intersections.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa

from feeds.counters import Refusal
from feeds.errors import BadEncoding, FeedError, MissingField, MissingFile
from feeds.recording_tables import Block, Columns, Place, Source, name_of, read_blocks
from feeds.signals.counters import SignalCounters
from feeds.signals.gat1049_inventory import read_crosses

Progress = Callable[[int], None]
NAN = float("nan")
TOLD_EVERY = 5000
"""rows after which progress is told: some tenths of a second"""
_GEOJSON = (".geojson", ".json")


class Table(NamedTuple):
    """What to read of one kind of table."""

    names: tuple[str, ...]
    required: frozenset[str]


class Row:
    """One row: its cells by name (empty: unknown), its place, and the counters that hear what is wrong with it."""

    __slots__ = ("_at", "_counters", "_place", "cells")

    def __init__(self, cells: Mapping[str, str], place: Place, at: int, counters: SignalCounters) -> None:
        self.cells, self._place, self._at, self._counters = cells, place, at, counters

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def refuse(self, field: str, kind: str, detail: str) -> None:
        """Count the row as left out."""
        reason = f"{field}_{kind}"
        self._counters.refuse(reason, 1, [Refusal(self._place.of(self._at), field, reason, detail)])

    def leave_unknown(self, field: str, kind: str, detail: str) -> None:
        """Count the row as kept, with this field unknown."""
        reason = f"{field}_{kind}"
        self._counters.leave_unknown(reason, Refusal(self._place.of(self._at), field, reason, detail))

    def note_mode(self, mode: str) -> None:
        """Count a control mode that is kept and that no table explains."""
        self._counters.count_mode(mode)

    def number(self, field: str, low: float = -math.inf, high: float = math.inf) -> float:
        """The cell as a number, NaN where it is empty, none (`…_not_a_number`) or outside low…high (`…_out_of_range`)."""
        cell = self[field]
        if not cell:
            return NAN
        value = to_number(cell)
        if math.isnan(value):
            self.leave_unknown(field, "not_a_number", f"is not a number: {shown(cell)}")
        elif not low <= value <= high:
            self.leave_unknown(field, "out_of_range", f"is outside {low:g} to {high:g}: {cell}")
            value = NAN
        return value

    def position(self) -> tuple[float, float]:
        """lat and lon, both NaN unless both are known."""
        lat, lon = self.number("lat", -90.0, 90.0), self.number("lon", -180.0, 180.0)
        return (NAN, NAN) if math.isnan(lat) or math.isnan(lon) else (lat, lon)


def read_rows(
    source: Source,
    table: Table,
    counters: SignalCounters,
    renamed: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Iterator[Row]:
    """The rows of a table in the order of the file; `renamed` says which column of the file stands for a name.

    `progress` is told how many more rows were read, every few thousand. Rows that are not UTF-8 are counted (`…_not_utf8`).
    Raises FeedError (see feeds.recording_tables) when the table as a whole cannot be used.
    """
    renamed = renamed or {}
    if isinstance(source, Path) and source.suffix.lower() in _GEOJSON:
        yield from _geojson_rows(source, table, counters, renamed, progress)
        return
    if isinstance(source, Path) and source.suffix.lower() == ".xml":
        yield from _gat1049_rows(source, counters, progress)
        return
    columns = dict.fromkeys(renamed.get(name, name) for name in table.names)
    wanted = Columns(tuple(columns), frozenset(renamed.get(name, name) for name in table.required), frozenset())
    for block in read_blocks(source, wanted, counters):
        texts = {name: _texts(block, renamed.get(name, name)) for name in table.names if renamed.get(name, name) in block.columns}
        for at, values in enumerate(zip(*texts.values())):
            row = Row(dict(zip(texts, values)), block.where, at, counters)
            bad = next((name for name, value in row.cells.items() if value is None), None)
            if bad is not None:
                row.refuse(bad, "not_utf8", "is not UTF-8 text")
            elif any(values):
                yield row
            if progress is not None and (at + 1) % TOLD_EVERY == 0:
                progress(TOLD_EVERY)
        if progress is not None and block.rows % TOLD_EVERY:
            progress(block.rows % TOLD_EVERY)


def _texts(block: Block, name: str) -> Sequence[str | None]:
    """A column as text, "" where it is empty, None where it is not UTF-8."""
    array = block.columns[name]
    if pa.types.is_string(array.type):
        return [_decoded(cell) for cell in array.cast(pa.binary()).to_pylist()]
    return ["" if cell is None else _plain(cell) for cell in array.to_pylist()]


def _decoded(cell: bytes | None) -> str | None:
    try:
        return cell.decode().strip() if cell else ""
    except UnicodeDecodeError:
        return None


def _plain(value: object) -> str:
    """A value of JSON or Parquet as the text a person would have written."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float) and math.isnan(value):
        return ""
    return str(value).strip()


def _geojson_rows(
    source: Path, table: Table, counters: SignalCounters, renamed: Mapping[str, str], progress: Progress | None
) -> Iterator[Row]:
    features = _features(source)
    place = Place(str(source), "feature", 1)
    for at, feature in enumerate(features):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            Row({}, place, at, counters).refuse("feature", "without_properties", "has no properties")
            continue
        cells = {name: _plain(v) for name in table.names if (v := properties.get(renamed.get(name, name))) is not None}
        cells.update(_place_of(feature.get("geometry")))
        missing = next((name for name in table.names if name in table.required and name not in cells), None)
        if missing is not None and at == 0 and not any(renamed.get(missing, missing) in _properties(one) for one in features):
            raise MissingField(str(source), renamed.get(missing, missing), "no feature has this property")
        yield Row(cells, place, at, counters)
    if progress is not None:
        progress(len(features))


def _gat1049_rows(source: Path, counters: SignalCounters, progress: Progress | None) -> Iterator[Row]:
    crosses = read_crosses(_bytes(source), str(source))
    place = Place(str(source), "CrossParam", 1)
    for at, cells in enumerate(crosses):
        yield Row(cells, place, at, counters)
    if progress is not None:
        progress(len(crosses))


def _properties(feature: object) -> Mapping[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _features(source: Path) -> list[Any]:
    name = name_of(source)
    try:
        document = orjson.loads(_bytes(source))
    except orjson.JSONDecodeError as error:
        raise BadEncoding(name, f"is not JSON: {error.msg}", error.lineno) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise FeedError(name, None, "features", "is no list: a GeoJSON FeatureCollection was expected")
    return features


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except FileNotFoundError:
        raise MissingFile(str(source)) from None
    except OSError as error:
        raise FeedError(str(source), None, None, f"cannot be read: {error.strerror or error}") from None


def _place_of(geometry: object) -> Mapping[str, str]:
    """lat and lon of a Point; end and bearing of a LineString; nothing of any other geometry."""
    if not isinstance(geometry, dict):
        return {}
    kind, points = geometry.get("type"), geometry.get("coordinates")
    if not isinstance(points, list):
        return {}
    if kind == "Point" and _is_point(points):
        return {"lat": str(points[1]), "lon": str(points[0])}
    if kind == "LineString" and len(points) > 1 and _is_point(points[-1]) and _is_point(points[-2]):
        (lon0, lat0), (lon1, lat1) = points[-2][:2], points[-1][:2]
        east, north = (lon1 - lon0) * math.cos(math.radians(lat1)), lat1 - lat0
        return {"lat": str(lat1), "lon": str(lon1), "bearing": f"{math.degrees(math.atan2(east, north)) % 360.0:.1f}"}
    return {}


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 2 and all(type(one) in (int, float) for one in value[:2])


def to_number(cell: str) -> float:
    """A plain decimal number, NaN for anything else (`nan`, `inf` and `1_000` are none)."""
    try:
        value = float(cell) if "_" not in cell else NAN
    except ValueError:
        return NAN
    return value if math.isfinite(value) else NAN


def shown(cell: str) -> str:
    """A cell short enough to be repeated."""
    return repr(cell if len(cell) <= 40 else f"{cell[:37]}...")
