"""The short-term forecast of every car park's occupancy, learned from the slots of five minutes that this process counts.

What was learned is kept in `parking/forecast.npz` of the data directory (profiles by kind of day, today so far), written once an hour
and at the end; its size is fixed by the number of car parks. A car park is forecast once it was observed for a day of the same kind at
that time of the day: until then the answer says why there is none.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import structlog

from parking.day_slots import slot_ending
from parking.forecast import Forecast, Forecaster
from parking.forecast_memory import recall, remember
from parking.occupancy import SlotColumns
from parking.records import Lot
from server.learned_store import write_whole

FILE = "forecast.npz"
HORIZONS = (900, 1800, 3600)
"""s ahead"""
KEEP = 3600
"""s between two writings"""
ENOUGH = 0.5
"""days of the kind on which a lot was observed in a slot, older ones faded, from which on it is forecast"""


class Ahead(NamedTuple):
    """Vehicles inside at a time to come; the true number lies between `low` and `high` four times of five."""

    at: int
    minutes: int
    low: float
    mid: float
    high: float


class Forecasts:
    """Of all lots. `observe` and `take` are called one at a time; `of` from any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._ids: list[str] = []
        self._model: Forecaster | None = None
        self._zone = ""
        self._kept: Mapping[str, Any] | None = None
        self._told: tuple[int, Forecast, dict[str, int], np.ndarray[Any, Any]] | None = None
        self._log = structlog.get_logger()

    def take(self, lots: Iterable[Lot], capacities: Mapping[str, int]) -> None:
        """Lots as they are now; what was learned of those that stay is kept."""
        some = list(lots)
        ids = [lot.id for lot in some]
        self._zone = Counter(lot.timezone for lot in some).most_common(1)[0][0] if some else ""
        stalls = np.array([capacities[name] for name in ids], np.float64)
        if self._model is not None and ids == self._ids:
            self._model.capacity = stalls
            return
        kept = self._read() if self._model is None else remember(self._model, self._ids)
        self._ids, self._told = ids, None
        self._model = Forecaster(stalls, 2, HORIZONS) if ids else None
        if self._model is not None and kept is not None:
            try:
                recall(self._model, ids, kept)
            except (ValueError, KeyError, IndexError) as wrong:
                self._log.warning("parking_forecast_forgotten", file=str(self._path), reason=str(wrong))

    def observe(self, end: int, columns: SlotColumns) -> None:
        """The slot that ended at `end`; columns are of the lots as taken."""
        model, slot = self._model, slot_ending(end, self._zone) if self._zone else None
        if model is None or slot is None or len(columns.level) != len(self._ids):
            return
        if model.slot is not None and (slot.day, slot.of_day) <= (model.slot.day, model.slot.of_day):
            return
        model.observe(slot, *columns)
        rows = {name: k for k, name in enumerate(self._ids)}
        learned = np.empty((len(HORIZONS), len(self._ids)))
        for h, horizon in enumerate(HORIZONS):
            days, of_day = divmod(slot.of_day + horizon // 300, model.slots)
            learned[h] = model.learned(slot.tomorrow if days else slot.day_type, of_day)
        self._told = end, model.forecast(), rows, learned

    def of(self, lot_id: str, now: int) -> tuple[list[Ahead], str | None]:
        """(by time ahead; why there is nothing): `not_observed_yet`, `occupancy_unknown`, `not_learned_yet`."""
        if self._told is None or now > self._told[0] + HORIZONS[0] or lot_id not in self._told[2]:
            return [], "not_observed_yet"
        end, forecast, rows, learned = self._told
        k = rows[lot_id]
        if self._model is not None and np.isnan(self._model.level[k]):
            return [], "occupancy_unknown"
        found = [
            Ahead(end + horizon, horizon // 60, *(float(one[h, k]) for one in forecast))
            for h, horizon in enumerate(HORIZONS) if learned[h, k] >= ENOUGH and np.isfinite(forecast.mid[h, k])
        ]  # fmt: skip
        return found, None if found else "not_learned_yet"

    def save(self) -> None:
        """Writes what was learned, whole or not at all. Raises OSError."""
        if self._model is not None and self._model.slot is not None:
            data = io.BytesIO()
            np.savez(data, **remember(self._model, self._ids))  # type: ignore[arg-type]
            write_whole(self._path, data.getvalue())

    def _read(self) -> Mapping[str, Any] | None:
        try:
            with np.load(self._path, allow_pickle=False) as file:
                return dict(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, zipfile.BadZipFile) as wrong:
            self._log.warning("parking_forecast_forgotten", file=str(self._path), reason=str(wrong))
            return None
