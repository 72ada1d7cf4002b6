"""What the signal engine keeps in `signals/` of the data directory: states of intersections over time, volumes by day.

Every file is written whole or not at all. One that is damaged is put aside under another name and told in one sentence of the log; the
server starts without it. What happened while nothing ran is unknown: a state ends when its life is over, and a quarter hour in which
nobody counted stays empty.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import structlog

from server.errors import ServerError
from server.learned_store import DAMAGED, write_whole
from server.signals.volumes import BINS, DayVolumes, date_of
from signals.errors import HistoryFileError
from signals.inventory import Inventory
from signals.inventory_history import Import, InventoryHistory
from signals.inventory_history_file import inventory_history_from_bytes, inventory_history_to_bytes
from signals.state_history import StateHistory
from signals.state_history_file import state_history_from_bytes

T = TypeVar("T")
STATES, INVENTORY = "states.npz", "inventory_history.npz"


class SignalStore:
    """Of one data directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "signals"
        self._log = structlog.get_logger()

    def states(self) -> StateHistory:
        """What was kept of states; an empty history where there is none, or none that can be read."""
        path = self.directory / STATES
        return self._read(path, lambda data: state_history_from_bytes(data, str(path))) or StateHistory()

    def inventory(self, now: Inventory, when: int) -> InventoryHistory:
        """The history of the inventory, with `now` (epoch ms `when`) recorded where it says something new."""
        path = self.directory / INVENTORY
        history = self._read(path, lambda data: inventory_history_from_bytes(data, str(path))) or InventoryHistory()
        valid_from = when if history.imports else 0
        latest = max(when, history.imports[-1].recorded) if history.imports else when
        told = history.record(now, Import(valid_from, latest, "server", "read at the start", str(self.directory)))
        for refused in told.refused:
            self._log.warning("inventory_item", kind=refused.kind.name.lower(), id=refused.id, reason=refused.reason)
        if not told.counts:
            return history
        if history.imports:
            changes = {f"{kind.name}_{action.name}".lower(): count for (kind, action), count in told.counts.items()}
            self._log.info("inventory_changed", **changes)
        write_whole(path, inventory_history_to_bytes(told.history))
        return told.history

    def keep_states(self, history: bytes) -> None:
        """Replace the file. Raises OSError."""
        write_whole(self.directory / STATES, history)

    def volumes(self, approach_ids: Sequence[str], newest: int) -> tuple[DayVolumes, ...]:
        """The newest days kept, oldest first; approaches the inventory has no more are left out."""
        found = []
        for path in _days(self.directory / "volumes")[-newest:]:
            day = self._read(path, lambda data: _volumes_of(data, str(path), approach_ids))  # noqa: B023
            if day is not None:
                found.append(DayVolumes(datetime.date.fromisoformat(path.stem).toordinal(), day))
        return tuple(found)

    def keep_volumes(self, days: Iterable[DayVolumes], approach_ids: Sequence[str]) -> None:
        """Replace the files of these days. Raises OSError."""
        for day in days:
            write_whole(self.directory / "volumes" / f"{date_of(day.date)}.parquet", _volumes_bytes(day, approach_ids))

    def _read(self, path: Path, decode: Callable[[bytes], T]) -> T | None:
        try:
            return decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except (HistoryFileError, ServerError, OSError) as wrong:
            path.replace(path.with_name(path.name + DAMAGED))
            self._log.error("signals_file_put_aside", file=str(path), kept_as=path.name + DAMAGED, reason=str(wrong))
            return None


def _days(folder: Path) -> list[Path]:
    """Files of days, oldest first."""
    found = []
    for path in folder.glob("????-??-??.parquet"):
        try:
            datetime.date.fromisoformat(path.stem)
        except ValueError:
            continue
        found.append(path)
    return sorted(found)


def _volumes_bytes(day: DayVolumes, approach_ids: Sequence[str]) -> bytes:
    """One row an approach and quarter hour that is known."""
    import pyarrow as pa
    import pyarrow.parquet

    approach, slot = np.nonzero(np.isfinite(day.volume))
    ids = pa.DictionaryArray.from_arrays(pa.array(approach.astype(np.int32)), pa.array(list(approach_ids), pa.string()))
    table = pa.table({"approach_id": ids, "slot": pa.array(slot.astype(np.int8)), "volume": pa.array(day.volume[approach, slot])})
    out = io.BytesIO()
    pa.parquet.write_table(table, out, compression="zstd")
    return out.getvalue()


def _volumes_of(data: bytes, name: str, approach_ids: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """[A, 96]. Raises ServerError."""
    import pyarrow as pa
    import pyarrow.parquet

    index = {one: row for row, one in enumerate(approach_ids)}
    try:
        table = pa.parquet.read_table(io.BytesIO(data))
        rows = np.array([index.get(one, -1) for one in table.column("approach_id").to_pylist()], np.int64)
        slot, volume = table.column("slot").to_numpy().astype(np.int64), table.column("volume").to_numpy().astype(np.float64)
    except (pa.ArrowInvalid, KeyError, OSError, ValueError) as wrong:
        raise ServerError(f"{name}: is not a file of volumes: {str(wrong).splitlines()[0]}") from None
    day = np.full((len(approach_ids), BINS), np.nan)
    known = (rows >= 0) & (slot >= 0) & (slot < BINS)
    day[rows[known], slot[known]] = volume[known]
    return day
