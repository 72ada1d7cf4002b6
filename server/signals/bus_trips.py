"""Trips for where-next when nobody has recorded any: buses of the timetable, with the signals they pass and their runs a day."""

from __future__ import annotations

import numpy as np

from feeds.signals.siting_trips import SEQUENCES, TripTable
from server.signals.approaches import Crossings
from signals.inventory import Inventory
from transit.kernels.columns import F64
from transit.network import Network


def runs_a_day(network: Network) -> F64:
    """[P] runs of each pattern a day, the mean over the days on which anything runs; of lines by headway as many as fit."""
    active = network.calendar.active.astype(np.float64)
    days = active[:, active.any(axis=0)]
    share = days.mean(axis=1) if days.shape[1] else np.zeros(len(active))
    trips, frequencies = network.trips, network.frequencies
    runs = np.where(trips.template == 1, 0.0, share[trips.service])
    if len(frequencies.trip):
        each = (frequencies.end - frequencies.start) / np.maximum(frequencies.headway, 1)
        np.add.at(runs, frequencies.trip, each * share[trips.service[frequencies.trip]])
    return np.asarray(np.bincount(trips.pattern, runs, len(network.patterns.route)), np.float64)


def bus_trips(network: Network, crossings: Crossings, inventory: Inventory) -> TripTable | None:
    """A trip for each pattern that passes a signal and runs, weighing its runs a day; None without any."""
    runs = runs_a_day(network)
    kept = runs[crossings.pattern] > 0.0
    if not kept.any():
        return None
    patterns, trip = np.unique(crossings.pattern[kept], return_inverse=True)
    none, nowhere = np.zeros(0), np.zeros(0, np.int32)
    return TripTable(
        SEQUENCES, trip.astype(np.int32), runs[patterns], np.zeros(len(patterns), np.int32), tuple(inventory.intersection_ids),
        crossings.intersection[kept].astype(np.int32), nowhere, none, none, none,
    )  # fmt: skip
