"""Baselines with perfect stop detection: told every true arrival as it happens, they predict each later stop of the trip.

`constant_delay` at its scheduled time plus the deviation at the last stop reached; `mean_profile` at the mean time of the same
trip on earlier days instead of the scheduled one. Neither sees a position, so their calls begin at the first true arrival.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bench.recorded import Columns, chosen
from transit.accuracy import Predictions
from transit.kernels.columns import F64, I64
from transit.network import Network


class TripStops(NamedTuple):
    """The stops of one trip, in order, and typical times at them."""

    sequence: I64
    stops: list[str]
    typical: F64
    """s since any zero, NaN unknown"""


def constant_delay(network: Network, arrivals: Columns, every: float) -> Predictions:
    """Constant timetable delay at multiples of `every` s between a vehicle's first and last arrival on a trip."""
    stop_ids = list(network.stop_ids)

    def stops_of(trip: str) -> TripStops | None:
        return _scheduled(network, stop_ids, trip)

    return _predict(arrivals, stops_of, every)


def mean_profile(network: Network, arrivals: Columns, history: Columns, every: float) -> Predictions:
    """The same from mean times of each trip in `history` (with service_date), the timetable where a trip has none.

    Times of a day count from the second stop: at the first one a bus lays over.
    """
    stop_ids, means = list(network.stop_ids), _means(history)

    def stops_of(trip: str) -> TripStops | None:
        known = _scheduled(network, stop_ids, trip)
        if known is None or trip not in means:
            return known
        sequence, typical = means[trip]
        return known._replace(typical=np.interp(known.sequence, sequence, typical, np.nan))

    return _predict(arrivals, stops_of, every)


def _scheduled(network: Network, stop_ids: list[str], trip: str) -> TripStops | None:
    index = network.trip_index.get(trip, -1)
    if index < 0:
        return None
    first = int(network.patterns.stop_start[network.trips.pattern[index]])
    times = network.trips.arrival[network.trips.start[index] : network.trips.start[index + 1]].astype(np.float64)
    part = slice(first, first + len(times))
    return TripStops(network.patterns.sequence[part].astype(np.int64), [stop_ids[k] for k in network.patterns.stop[part]], times)


def _means(history: Columns) -> dict[str, tuple[F64, F64]]:
    """trip → (stop_sequence, mean s since the second stop of the day)."""
    found: dict[str, list[tuple[F64, F64]]] = {}
    for part in _groups(history, ("service_date", "trip_id"), "stop_sequence"):
        sequence, at = part["stop_sequence"], part["arrival_unix"]
        found.setdefault(str(part["trip_id"][0]), []).append((sequence, at - at[min(1, len(at) - 1)]))
    means = {}
    for trip, days in found.items():
        sequence, which = np.unique(np.concatenate([day[0] for day in days]), return_inverse=True)
        times = np.concatenate([day[1] for day in days])
        means[trip] = (sequence, np.bincount(which, times) / np.bincount(which))
    return means


def _predict(arrivals: Columns, stops_of: Callable[[str], TripStops | None], every: float) -> Predictions:
    parts: list[tuple[str, str, list[str], float, F64]] = []
    for part in _groups(arrivals, ("vehicle_id", "trip_id"), "arrival_unix"):
        vehicle, trip, at = str(part["vehicle_id"][0]), str(part["trip_id"][0]), part["arrival_unix"]
        known = stops_of(trip)
        if known is None:
            continue
        for now in np.arange(math.ceil(at[0] / every) * every, at[-1], every):
            last = int(np.searchsorted(at, now, "right")) - 1
            k = int(np.searchsorted(known.sequence, part["stop_sequence"][last]))
            times = np.maximum(known.typical[k + 1 :] + at[last] - known.typical[k], now)
            parts.append((vehicle, trip, known.stops[k + 1 :], float(now), times))
    lengths = [len(part[4]) for part in parts]
    told = Predictions(
        np.repeat([part[0] for part in parts], lengths), np.repeat([part[1] for part in parts], lengths),
        np.array([stop for part in parts for stop in part[2]]), np.repeat([part[3] for part in parts], lengths),
        np.concatenate([part[4] for part in parts]) if parts else np.zeros(0),
    )
    kept = ~np.isnan(told.arrival)
    return Predictions(*(np.asarray(column)[kept] for column in told))


def _groups(columns: Columns, names: tuple[str, str], by: str) -> Iterator[Columns]:
    """The rows of each pair of ids, in order of `by`."""
    columns = chosen(columns, np.lexsort((columns[by], columns[names[1]], columns[names[0]])))
    same = np.logical_and.reduce([columns[name][1:] == columns[name][:-1] for name in names])
    for begin, end in pairwise([0, *(np.flatnonzero(~same) + 1).tolist(), len(columns[by])]):
        if end > begin:
            yield {name: values[begin:end] for name, values in columns.items()}
