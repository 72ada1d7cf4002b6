"""Closed bins of the measures on disk: `measures/YYYY-MM-DD/HH+0800.TABLE.parquet` of the local day and hour.

Ids are text, so a file outlives the inventory it was made with; rows of controllers or approaches that are no more are left out.
Columns are those of signals.measures_tables, so any figure of any stretch can be made from them. Arrow is loaded when first needed.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from server.errors import ServerError
from server.learned_store import DAMAGED, write_whole
from server.signals.bins import HOUR
from signals.inventory import Inventory
from signals.kernels.measures_columns import Rows
from signals.measures_tables import DTYPES, MeasureTables, from_columns, join_tables, to_columns

_IDS = ("device", "approach")


class BinsStore:
    """Of one data directory and inventory, in one time zone, of bins of `bin_ms`."""

    def __init__(self, directory: Path, inventory: Inventory, timezone: str, bin_ms: int) -> None:
        self.directory = directory / "signals" / "measures"
        self._zone, self._bin = ZoneInfo(timezone), bin_ms
        self._ids = {"device": inventory.device_ids, "approach": inventory.approach_ids}
        self._index = {"device": inventory.device_index, "approach": inventory.approach_index}
        self._log = structlog.get_logger()

    def keep(self, hour: int, tables: MeasureTables) -> None:
        """Replace the files of an hour (epoch ms). Raises OSError."""
        for name, rows in tables._asdict().items():
            if len(rows):
                write_whole(self._path(hour, name), self._bytes(rows))

    def read(
        self, start: int, end: int, devices: Sequence[str] | None = None, tables: Sequence[str] = MeasureTables._fields
    ) -> MeasureTables:
        """Rows of bins of `start` <= bin < `end` (epoch ms), of all controllers or those named. Only `tables` are read, the others
        stay empty. Damaged files are put aside.
        """
        parts = [self._hour(hour, devices, tables) for hour in range(start // HOUR * HOUR, end, HOUR)]
        whole = join_tables(parts, self._bin)
        return MeasureTables._make(rows[(rows["bin"] >= start) & (rows["bin"] < end)] for rows in whole)

    def _hour(self, hour: int, devices: Sequence[str] | None, tables: Sequence[str]) -> MeasureTables:
        found: Iterable[Rows] = (
            self._table(hour, name, dtype, devices if name in tables else ()) for name, dtype in DTYPES._asdict().items()
        )
        return MeasureTables._make(found)

    def _table(self, hour: int, name: str, dtype: Any, devices: Sequence[str] | None) -> Rows:
        path = self._path(hour, name)
        try:
            return self._rows(path, dtype, devices) if devices != () and path.is_file() else np.zeros(0, dtype)
        except ServerError as wrong:
            path.replace(path.with_name(path.name + DAMAGED))
            self._log.error("signals_file_put_aside", file=str(path), kept_as=path.name + DAMAGED, reason=str(wrong))
            return np.zeros(0, dtype)

    def _bytes(self, rows: Rows) -> bytes:
        import pyarrow as pa
        import pyarrow.parquet

        columns: dict[str, Any] = {}
        for name, column in to_columns(rows[np.argsort(rows["device"], kind="stable")]).items():
            if name in _IDS:
                words = pa.array([*self._ids[name], None], pa.string())
                codes = np.where(column < 0, len(self._ids[name]), column).astype(np.int32)
                columns[f"{name}_id"] = pa.DictionaryArray.from_arrays(pa.array(codes), words).dictionary_decode()
            else:
                columns[name] = pa.array(column)
        out = io.BytesIO()
        pa.parquet.write_table(pa.table(columns), out, compression="zstd")
        return out.getvalue()

    def _rows(self, path: Path, dtype: Any, devices: Sequence[str] | None) -> Rows:
        """Raises ServerError."""
        import pyarrow as pa
        import pyarrow.parquet

        try:
            filters = None if devices is None else [("device_id", "in", list(devices))]
            table = pa.parquet.read_table(path, filters=filters)
            columns: dict[str, Any] = {}
            kept = np.ones(table.num_rows, bool)
            for name in table.column_names:
                one = name.removesuffix("_id")
                if one in _IDS:
                    get = self._index[one].get
                    words = table.column(name).to_pylist()
                    columns[one] = np.array([-1 if word is None else get(word, -2) for word in words], np.int32)
                    kept &= columns[one] > -2
                else:
                    columns[name] = table.column(name).to_numpy()
            return from_columns(dtype, columns)[kept]
        except (pa.ArrowInvalid, KeyError, OSError, ValueError) as wrong:
            raise ServerError(f"{path}: is not a file of measures: {str(wrong).splitlines()[0]}") from None

    def _path(self, hour: int, name: str) -> Path:
        local = datetime.datetime.fromtimestamp(hour / 1000, self._zone)
        return self.directory / local.date().isoformat() / f"{local:%H%z}.{name}.parquet"
