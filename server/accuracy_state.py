"""What the running scores know, in one file: a restart goes on where the file was written, and counts nothing twice.

`accuracy/open.npz` holds the sums of the days that are not closed yet, the samples that wait for their buses and the arrivals
they may find. It is replaced whole, so sums and samples in it always belong together. Samples of another timetable cannot
be paired and are dropped; sums stay.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from server.errors import ServerError
from transit.accuracy_live import LiveScores
from transit.accuracy_sums import Cell, Sums, pack, sum_by, unpack
from transit.accuracy_tables import ArrivalTable, Codes, PredictionTable
from transit.accuracy_tally import CALL_MEASURES, ERROR_MEASURES, Tally

VERSION = 1
_MEASURES = (*ERROR_MEASURES, *CALL_MEASURES)
NAME = "open.npz"


class Numbering:
    """Codes of the ids in the sums and samples of this process."""

    def __init__(self, routes: Codes, stops: Codes) -> None:
        self.routes, self.stops, self.vehicles = routes, stops, Codes()


def save_state(path: Path, scores: LiveScores, ids: Numbering, timetable: str, now: float) -> None:
    """Write the file, whole or not at all. Raises OSError."""
    arrays: dict[str, Any] = {
        "about": np.array([str(VERSION), timetable, ",".join(_MEASURES)]), "saved": np.array([now, scores.stride]),
        "routes": np.array(ids.routes.ids, str), "stops": np.array(ids.stops.ids, str), "vehicles": np.array(ids.vehicles.ids, str),
        "names": np.array(list(scores.waiting), str), "counted": scores.counted,
    }  # fmt: skip
    arrays |= {f"arrivals.{name}": column for name, column in scores.arrivals._asdict().items()}
    for k, table in enumerate(scores.waiting.values()):
        arrays |= {f"waiting.{k}.{name}": column for name, column in table._asdict().items()}
    days = [(date, name, tally) for date, of_day in scores.days.items() for name, tally in of_day.items()]
    arrays["days"] = np.array([date for date, _, _ in days], np.int64)
    arrays["day_names"] = np.array([name for _, name, _ in days], str)
    for k, (_, _, tally) in enumerate(days):
        for part, sums in tally._asdict().items():
            arrays |= {f"day.{k}.{part}.keys": sums.keys, f"day.{k}.{part}.values": sums.values}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        np.savez(file, **arrays)
    fresh.replace(path)


def load_state(path: Path, scores: LiveScores, ids: Numbering, timetable: str, since: float) -> int:
    """Take the file's sums, samples and arrivals into empty `scores`; how many samples were dropped.

    Dropped are samples whose bus was due before `since` (epoch s): it may have come while nobody watched. Without a file nothing
    happens. Raises ServerError for one that cannot be read.
    """
    if not path.is_file():
        return 0
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        version, was, measures = arrays["about"].tolist()
        if version != str(VERSION) or measures != ",".join(_MEASURES):
            raise ServerError(f"{path}: was written by another version of Baimai")
        return _take(arrays, scores, ids, since if was == timetable else float("inf"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as wrong:
        raise ServerError(f"{path}: cannot be read as the state of running scores ({wrong})") from None


def _take(arrays: dict[str, Any], scores: LiveScores, ids: Numbering, since: float) -> int:
    routes, stops, vehicles = (
        np.append(codes.codes(arrays[name].tolist()), -1).astype(np.int64)
        for name, codes in (("routes", ids.routes), ("stops", ids.stops), ("vehicles", ids.vehicles))
    )
    days: dict[int, dict[str, Tally]] = {}
    for k, (date, name) in enumerate(zip(arrays["days"].tolist(), arrays["day_names"].tolist())):
        parts = {
            part: Sums(arrays[f"day.{k}.{part}.keys"], arrays[f"day.{k}.{part}.values"]) for part in ("errors", "calls", "spread")
        }
        moved = {part: _renumbered(parts[part], routes, stops) for part in ("errors", "calls")}
        days.setdefault(date, {})[name] = Tally(moved["errors"], moved["calls"], parts["spread"])
    scores.days = days
    scores.stride = int(arrays["saved"][1])
    if since == float("inf"):
        return sum(len(arrays[f"waiting.{k}.arrival"]) for k in range(len(arrays["names"])))
    dropped = 0
    for k, name in enumerate(arrays["names"].tolist()):
        columns = {field: arrays[f"waiting.{k}.{field}"] for field in PredictionTable._fields}
        kept = columns["arrival"] >= since
        dropped += int((~kept).sum())
        columns["vehicle"] = vehicles[columns["vehicle"]].astype(np.int32)
        scores.waiting[name] = PredictionTable(**{field: column[kept] for field, column in columns.items()})
    columns = {field: arrays[f"arrivals.{field}"] for field in ArrivalTable._fields}
    columns["vehicle"] = vehicles[columns["vehicle"]].astype(np.int32)
    scores.arrivals, scores.counted = ArrivalTable(**columns), arrays["counted"]
    return dropped


def _renumbered(sums: Sums, routes: Any, stops: Any) -> Sums:
    """The same sums under this process's codes."""
    cells = unpack(sums.keys)
    return sum_by(pack(Cell(routes[cells.route], stops[cells.stop], cells.hour, cells.bin)), sums.values)
