"""Scores by service day on disk: `accuracy/YYYY-MM-DD.parquet` in the data directory, asked with DuckDB for the trend.

What a file holds: server.accuracy_files. Arrow and DuckDB are loaded when they are first needed, which keeps the start quick.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.errors import ServerError
from transit.accuracy_tables import Codes
from transit.accuracy_tally import Tally

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
    select date, predictor, low_s, sum("right") / nullif(sum(n), 0) rate
    from read_parquet($files) where kind = 'errors' and ruler = 'transit' group by all
), transit as (
    select date, predictor, avg(rate) transit from bins group by all
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
        """Replace the file of a day, whole or not at all. Raises OSError."""
        if not tallies:
            return
        from server.accuracy_files import write_day

        self.directory.mkdir(parents=True, exist_ok=True)
        path = self._path(date)
        fresh = path.with_suffix(f".{os.getpid()}")
        write_day(fresh, date, tallies, routes, stops)
        fresh.replace(path)

    def read(self, date: datetime.date, routes: Codes, stops: Codes) -> dict[str, Tally]:
        """The tallies of a day by predictor; none without a file. Ids that are new get codes. Raises ServerError."""
        path = self._path(date)
        if not path.is_file():
            return {}
        from server.accuracy_files import read_day

        return read_day(path, routes, stops)

    def trend(self, until: datetime.date, days: int) -> list[dict[str, Any]]:
        """One row a day and predictor, oldest first, of the newest `days` files up to `until`. Raises ServerError."""
        files = [self._path(date) for date in self.dates() if date <= until][-days:]
        return [dict(row) for row in _trend(tuple((str(path), path.stat().st_mtime_ns) for path in files))]

    def _path(self, date: datetime.date) -> Path:
        return self.directory / f"{date.isoformat()}.parquet"


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
