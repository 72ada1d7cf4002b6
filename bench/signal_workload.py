"""Signals for benches: simulated controllers of all kinds under heavy traffic, and their inventory as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from feeds.signals.simulated import mixed_sites
from feeds.signals.simulated_sites import Site
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns

SEED = 5
_VOLUME = 400.0
"""vehicles/h and lane: with four lanes a phase 5 events/s a controller, which is what hi-res loggers of busy signals give"""


def busy_sites(count: int) -> list[Site]:
    """Sites that log about 5 events/s each, at any hour."""
    return [replace(site, daily=False, lanes=4, volumes=[_VOLUME] * site.phases) for site in mixed_sites(count, SEED)]


def write_inventory(folder: Path, inventory: Inventory) -> None:
    """`inventory.csv` and `detectors.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{inventory.device_ids[inventory.device[k]]},{name},{inventory.grade[k]},{inventory.declared_mode[k]},"
        f"{inventory.lat[k]:.6f},{inventory.lon[k]:.6f}"
        for k, name in enumerate(inventory.intersection_ids)
    ]
    head = "device_id,intersection_id,grade,declared_mode,lat,lon"
    (folder / "inventory.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    kinds = ("", "advance", "stopbar")
    rows = [
        f"{inventory.device_ids[inventory.detector_device[k]]},{inventory.detector_channel[k]},{inventory.detector_lane[k]},"
        f"{inventory.approach_ids[inventory.detector_approach[k]]},{'+'.join(map(str, inventory.phases_of(k).tolist()))},"
        f"{kinds[inventory.detector_type[k]]},{inventory.detector_distance[k]:g}"
        for k in range(len(inventory.detector_device))
    ]
    head = "device_id,channel,lane_id,approach_id,phases,type,distance_m"
    (folder / "detectors.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")


def bodies(events: EventColumns, ids: Sequence[str], size: int) -> list[bytes]:
    """JSON bodies of `size` events each, in order."""
    time, device, code, parameter = (column.tolist() for column in events)
    records = [
        {"timestamp_unix": at / 1000, "device_id": ids[row], "event_code": one, "parameter": what}
        for at, row, one, what in zip(time, device, code, parameter)
    ]
    return [orjson.dumps(records[first : first + size]) for first in range(0, len(records), size)]
