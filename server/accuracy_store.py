"""Scores by service day on disk: `accuracy/YYYY-MM-DD.parquet` in the data directory, asked with DuckDB for the trend.

A file holds sums, one row a predictor, route, stop, hour and bin, so that any figure of any place and hour can be made from it:
rows of `kind` errors (with `ruler`, `low_s`, `high_s`), calls, and spread (predictions by `error_s`). Sums of two rows add up.
Columns are named in transit.accuracy_tally; ids are text, so a file outlives the timetable it was made with.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from functools import lru_cache
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

_BINS = [("error", low, high) for low, high in (*ERRORS, (None, None))]
_BINS += [(name, one.low, one.high) for name, ruler in (("mbta", MBTA), ("transit", TRANSIT)) for one in ruler]
"""bin → (ruler, low_s, high_s)"""
_TREND = """
with calls as (
    select date, predictor, sum(predictions) predictions, sum(arrivals) arrivals,
        sum(deviation) / nullif(sum(steady_calls), 0) wobble_s, sum(ghosts) / nullif(sum(promised), 0) ghosts,
        sum(foreseen_300) / nullif(sum(asked_300), 0) foreseen_5min
    from read_parquet($files) where kind = 'calls' group by all
), errors as (
    select date, predictor, sum(absolute) / nullif(sum(n), 0) mae_s, sum(error) / nullif(sum(n), 0) bias_s,
        sum(inside) / nullif(sum(intervals), 0) coverage
    from read_parquet($files) where kind = 'errors' and ruler = 'error' and high_s <= 1800 group by all
), mbta as (
    select date, predictor, sum("right") / nullif(sum(n), 0) mbta,
        sum("right" + passed_right) / nullif(sum(n + passed + missing), 0) mbta_missing_wrong
    from read_parquet($files) where kind = 'errors' and ruler = 'mbta' group by all
), bins as (
    select date, predictor, low_s, sum("right") / nullif(sum(n), 0) share
    from read_parquet($files) where kind = 'errors' and ruler = 'transit' group by all
), transit as (
    select date, predictor, avg(share) transit from bins group by all
)
select strftime(date, '%Y-%m-%d') as date, * exclude (date)
from calls left join errors using (date, predictor) left join mbta using (date, predictor) left join transit using (date, predictor)
order by date, predictor
"""


class AccuracyStore:
    """The files of one data directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "accuracy"

    def dates(self) -> list[datetime.date]:
        """Days there is a file of, oldest first."""
        found = []
        for path in self.directory.glob("????-??-??.parquet"):
            try:
                found.append(datetime.date.fromisoformat(path.stem))
            except ValueError:
                continue
        return sorted(found)

    def write(self, date: datetime.date, tallies: Mapping[str, Tally], routes: Codes, stops: Codes) -> None:
        """Replace the file of a day, whole or not at all."""
        tables = [part for name, tally in tallies.items() for part in _tables(date, name, tally, routes, stops)]
        if not tables:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self._path(date)
        fresh = path.with_suffix(f".{os.getpid()}")
        pa.parquet.write_table(pa.concat_tables(tables), fresh, compression="zstd", use_dictionary=list(_WORDS))
        fresh.replace(path)

    def read(self, date: datetime.date, routes: Codes, stops: Codes) -> dict[str, Tally]:
        """The tallies of a day by predictor; none without a file. Ids that are new get codes. Raises ServerError."""
        path = self._path(date)
        if not path.is_file():
            return {}
        try:
            table = pa.parquet.read_table(path)
            names = table.column("predictor").unique().to_pylist()
            return {name: _tally(table.filter(pa.compute.field("predictor") == name), routes, stops) for name in names}
        except (pa.ArrowInvalid, KeyError, OSError) as wrong:
            raise ServerError(f"{path}: is not a file of scores: {str(wrong).splitlines()[0]}") from None

    def trend(self, until: datetime.date, days: int) -> list[dict[str, Any]]:
        """One row a day and predictor, oldest first, of the newest `days` files up to `until`. Raises ServerError."""
        files = [self._path(date) for date in self.dates() if date <= until][-days:]
        return [dict(row) for row in _trend(tuple((str(path), path.stat().st_mtime_ns) for path in files))]

    def _path(self, date: datetime.date) -> Path:
        return self.directory / f"{date.isoformat()}.parquet"


_WORDS = ("predictor", "kind", "ruler", "route_id", "stop_id")


@lru_cache(maxsize=16)
def _trend(files: tuple[tuple[str, int], ...]) -> list[dict[str, Any]]:
    import duckdb

    if not files:
        return []
    try:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute(_TREND, {"files": [name for name, _ in files]})
            names = [column[0] for column in found.description]
            return [dict(zip(names, row)) for row in found.fetchall()]
    except duckdb.Error as wrong:
        raise ServerError(f"the files of scores cannot be asked: {str(wrong).splitlines()[0]}") from None


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

