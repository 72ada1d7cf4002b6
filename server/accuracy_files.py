"""A day's sums as one Arrow table and back: what the Parquet files of `server.accuracy_store` hold.

One row a predictor, route, stop, hour and bin, so that any figure of any place and hour can be made from it: rows of `kind`
errors (with `ruler`, `low_s`, `high_s`), calls, and spread (predictions by `error_s`). Sums of two rows add up. Columns are named
in transit.accuracy_tally; ids are text, so a file outlives the timetable it was made with.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from server.errors import ServerError
from transit.accuracy_rulers import ERRORS, MBTA, TRANSIT
from transit.accuracy_sums import Cell, Sums, no_sums, pack, pack_errors, sum_by, unpack, unpack_errors
from transit.accuracy_tables import Codes
from transit.accuracy_tally import CALL_MEASURES, ERROR_MEASURES, Tally
from transit.kernels.columns import I64

_WORDS = ("predictor", "kind", "ruler", "route_id", "stop_id")
_BINS = [("error", low, high) for low, high in (*ERRORS, (None, None))]
_BINS += [(name, one.low, one.high) for name, ruler in (("mbta", MBTA), ("transit", TRANSIT)) for one in ruler]
"""bin → (ruler, low_s, high_s)"""


def write_day(path: Path, date: datetime.date, tallies: Mapping[str, Tally], routes: Codes, stops: Codes) -> None:
    """Write the tallies of a day by predictor. Raises OSError."""
    tables = [part for name, tally in tallies.items() for part in _tables(date, name, tally, routes, stops)]
    pa.parquet.write_table(pa.concat_tables(tables), path, compression="zstd", use_dictionary=list(_WORDS))


def read_day(path: Path, routes: Codes, stops: Codes) -> dict[str, Tally]:
    """The tallies by predictor. Ids that are new get codes. Raises ServerError."""
    try:
        table = pa.parquet.read_table(path)
        names = table.column("predictor").unique().to_pylist()
        return {name: _tally(table.filter(pa.compute.field("predictor") == name), routes, stops) for name in names}
    except (pa.ArrowInvalid, KeyError, OSError) as wrong:
        raise ServerError(f"{path}: is not a file of scores: {str(wrong).splitlines()[0]}") from None


def _tables(date: datetime.date, name: str, tally: Tally, routes: Codes, stops: Codes) -> list[Any]:
    cells, places = unpack(tally.errors.keys), unpack(tally.calls.keys)
    bins, seconds = unpack_errors(tally.spread.keys)
    errors = dict(zip(ERROR_MEASURES, tally.errors.values.T))
    calls = dict(zip(CALL_MEASURES, tally.calls.values.T))
    return [
        _table(date, name, "errors", {**_where(cells, routes, stops), **_ruled(cells.bin)}, errors),
        _table(date, name, "calls", _where(places, routes, stops), calls),
        _table(date, name, "spread", {**_ruled(bins), "error_s": pa.array(seconds, pa.int16())}, {"n": tally.spread.values[:, 0]}),
    ]


_SCHEMA = pa.schema(
    [("date", pa.date32()), *((name, pa.string()) for name in _WORDS), ("hour", pa.int8())]
    + [(name, pa.int16()) for name in ("low_s", "high_s", "error_s")]
    + [(name, pa.float64()) for name in (*ERROR_MEASURES, *CALL_MEASURES)]
)


def _table(date: datetime.date, name: str, kind: str, columns: Mapping[str, Any], measures: Mapping[str, Any]) -> Any:
    count = len(next(iter(measures.values())))
    given: dict[str, Any] = {"date": [date] * count, "predictor": [name] * count, "kind": [kind] * count, **columns, **measures}
    whole = [pa.array(given[one.name], one.type) if one.name in given else pa.nulls(count, one.type) for one in _SCHEMA]
    return pa.table(whole, _SCHEMA)


def _where(cells: Cell, routes: Codes, stops: Codes) -> dict[str, Any]:
    words = ((cells.route, [*routes.ids, None]), (cells.stop, [*stops.ids, None]))
    route, stop = (np.array(ids, object)[codes] for codes, ids in words)
    return {"route_id": route, "stop_id": stop, "hour": cells.hour.astype(np.int8)}


def _ruled(bins: I64) -> dict[str, Any]:
    told = [_BINS[k] for k in bins.tolist()]
    return dict(zip(("ruler", "low_s", "high_s"), zip(*told))) if told else {"ruler": [], "low_s": [], "high_s": []}


def _tally(table: Any, routes: Codes, stops: Codes) -> Tally:
    parts = {kind: table.filter(pa.compute.field("kind") == kind) for kind in ("errors", "calls", "spread")}
    errors, calls, spread = parts["errors"], parts["calls"], parts["spread"]
    seconds = spread.column("error_s").to_numpy().astype(np.float64)
    return Tally(
        _sums(_cells(errors, routes, stops, _bins(errors)), errors, ERROR_MEASURES),
        _sums(_cells(calls, routes, stops, np.zeros(calls.num_rows, np.int64)), calls, CALL_MEASURES),
        _sums(pack_errors(_bins(spread), seconds), spread, ("n",)),
    )


def _cells(table: Any, routes: Codes, stops: Codes, bins: I64) -> I64:
    route, stop = (
        codes.codes(word or "" for word in table.column(name).to_pylist()).astype(np.int64)
        for name, codes in (("route_id", routes), ("stop_id", stops))
    )
    return pack(Cell(route, stop, table.column("hour").to_numpy().astype(np.int64), bins))


def _bins(table: Any) -> I64:
    """Rows whose bin is none of today's rulers raise KeyError."""
    number = {told: k for k, told in enumerate(_BINS)}
    rows = zip(*(table.column(name).to_pylist() for name in ("ruler", "low_s", "high_s")))
    return np.array([number[row] for row in rows], np.int64)


def _sums(keys: I64, table: Any, measures: tuple[str, ...]) -> Sums:
    if not len(keys):
        return no_sums(len(measures))
    return sum_by(keys, np.stack([table.column(name).to_numpy() for name in measures], axis=1))

