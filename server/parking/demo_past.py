"""What the demo's car parks are known by when it starts: streets to walk on, and a forecast that has seen the days before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from feeds.parking.simulated_gates import SimulatedGates
from feeds.parking.simulated_walks import walking_streets
from feeds.simulated_streets import Streets
from parking.occupancy import SlotColumns
from parking.records import Lot, Place
from server.parking.forecasts import Forecasts
from server.parking.street_file import FILES, FOLDER

DAYS = 9
"""at least a week-end among them, whenever it starts"""


def write_past(directory: Path, gates: SimulatedGates, lots: Sequence[tuple[Lot, tuple[Place, ...]]], streets: Streets) -> None:
    """Into a data directory, before the service opens it. `gates` have simulated DAYS."""
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILES[0]).write_text(walking_streets(streets, [(lot.lat, lot.lon) for lot, _ in lots]), encoding="utf-8")
    names, past = list(gates.lots), gates.past
    known = [lot for lot, _ in lots if lot.id in gates.lots]
    columns = [names.index(lot.id) for lot in known]
    forecasts = Forecasts(folder)
    forecasts.take(known, {lot.id: sum(place.capacity for place in places) for lot, places in lots})
    for k, end in enumerate(past.ends):
        forecasts.observe(end, SlotColumns(past.level[k, columns], past.came[k, columns], past.left[k, columns]))
    forecasts.save()
