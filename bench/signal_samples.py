"""Signal events to measure: atspm's bundled real signal, the simulated junctions of signals_truth, and a small generator of our own."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.recorded import data_folder
from feeds.signals.hires import read_events
from feeds.signals.inventory_files import read_inventory
from signals.events import in_order, join_batches
from signals.inventory import Inventory
from signals.kernels.columns import I32, EventColumns
from signals.model import DetectorType

BEGUN = 1_772_409_600_000
"""2026-03-02 08:00 +08:00"""


class Sample(NamedTuple):
    """Events of many signals, in order, with the inventory they belong to."""

    name: str
    events: EventColumns
    inventory: Inventory


def inventory_of(device: I32, channel: I32, phase: I32, kind: I32, devices: int) -> Inventory:
    """Detectors [K] of one phase each, all of a phase in one lane group, at the stop line as far as shifts go (atspm knows none)."""
    return Inventory(
        device_ids=[str(d) for d in range(devices)], intersection_ids=[str(d) for d in range(devices)],
        device=np.arange(devices, dtype=np.int32), grade=np.zeros(devices, np.int8), declared_mode=np.full(devices, -1, np.int32),
        lat=np.full(devices, np.nan), lon=np.full(devices, np.nan),
        detector_device=device, detector_channel=channel, detector_approach=np.full(len(device), -1, np.int32),
        detector_type=kind.astype(np.uint8), detector_distance=np.full(len(device), np.nan),
        detector_phase_start=np.arange(len(device) + 1, dtype=np.int32), detector_phase=phase,
    )  # fmt: skip


def bundled(copies: int = 1) -> Sample:
    """The real actuated-coordinated signal that atspm brings along, two hours of it, as `copies` devices."""
    import atspm
    import pyarrow.parquet as parquet

    folder = Path(atspm.__file__).parent / "data"
    rows = parquet.read_table(folder / "sample_raw_data.parquet").to_pydict()
    listed = parquet.read_table(folder / "sample_config.parquet").to_pydict()
    time = np.array(rows["TimeStamp"], "datetime64[ms]").astype(np.int64)
    one = EventColumns(time, np.zeros(len(time), np.int32), np.array(rows["EventId"], np.int32), np.array(rows["Parameter"], np.int32))
    kinds = {"Advance": DetectorType.ADVANCE, "Presence": DetectorType.STOPBAR}
    kind = np.array([kinds.get(word, DetectorType.UNKNOWN) for word in listed["Function"]], np.int32)
    channel, phase = (np.array(listed[name], np.int32) for name in ("Parameter", "Phase"))
    device = np.repeat(np.arange(copies, dtype=np.int32), len(kind))
    inventory = inventory_of(device, np.tile(channel, copies), np.tile(phase, copies), np.tile(kind, copies), copies)
    batches = [one._replace(device=np.full(len(time), d, np.int32)) for d in range(copies)]
    return Sample("atspm's own signal", in_order(join_batches(batches)), inventory)


def simulated() -> Sample | None:
    """108 simulated junctions, where the shared data are at hand."""
    folder = data_folder() / "signals_truth"
    if not folder.is_dir():
        return None
    listed = read_inventory(folder / "inventory.csv", folder / "detectors.csv")
    events, _ = read_events(folder / "events.csv.gz", listed)
    first = listed.detector_phase[listed.detector_phase_start[:-1]]
    kind = listed.detector_type.astype(np.int32)
    inventory = inventory_of(listed.detector_device, listed.detector_channel, first, kind, len(listed.device_ids))
    return Sample("signals_truth", events, inventory)


def generated(devices: int, hours: float, seed: int = 1) -> Sample:
    """Four phases in turn, random greens, Poisson arrivals at an advance and a stop-bar detector each, stamps of 0.1 s."""
    rng = np.random.default_rng(seed)
    columns: list[list[tuple[int, int, int]]] = []
    end = int(hours * 36_000)
    for _ in range(devices):
        rows, now = [], 0
        while now < end:
            for phase in (1, 2, 3, 4):
                green = int(rng.integers(80, 500))
                for step, code in ((0, 1), (green, int(rng.integers(4, 7))), (0, 7), (0, 8), (30, 9), (0, 10), (15, 11)):
                    now += step
                    rows.append((now, code, phase))
        for phase in (1, 2, 3, 4):
            for channel, hold in ((phase, 4), (phase + 4, 30)):
                on = np.cumsum(rng.exponential(60.0, int(end / 50)).astype(np.int64) + hold + 1)
                rows += [(int(t), 82, channel) for t in on[on < end]] + [(int(t) + hold, 81, channel) for t in on[on < end]]
        columns.append(rows)
    parts = []
    for d, rows in enumerate(columns):
        whole = np.array(rows, np.int64)
        codes, parameters = whole[:, 1].astype(np.int32), whole[:, 2].astype(np.int32)
        parts.append(EventColumns(BEGUN + 100 * whole[:, 0], np.full(len(whole), d, np.int32), codes, parameters))
    kind = np.array([DetectorType.ADVANCE] * 4 + [DetectorType.STOPBAR] * 4, np.int32)
    channels, phases = np.arange(1, 9, dtype=np.int32), np.tile(np.arange(1, 5, dtype=np.int32), 2)
    device = np.repeat(np.arange(devices, dtype=np.int32), 8)
    inventory = inventory_of(device, np.tile(channels, devices), np.tile(phases, devices), np.tile(kind, devices), devices)
    return Sample("generated", in_order(join_batches(parts)), inventory)
