"""What the kernels of the measures remember, laid out for an inventory, and made larger as phases appear."""

from __future__ import annotations

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import F64, I32, I64
from signals.kernels.measures_columns import (
    AGES, CHANNEL, CHANNEL_ROW, DEVICE_ROW, GROUP, GROUP_ROW, LINK, NEVER, PHASES, REQUEST, REQUEST_DEVICE, REQUEST_ROW, RING,
    SIGNAL_DEVICE, SLOT, STATE_ROW, WATCHED, RequestState, Rows, SignalState, WatchState, blank,
)  # fmt: skip
from signals.measures_parameters import MeasureParameters
from signals.model import DetectorType

MOST_CHANNELS = 4096
"""channel numbers below this; NTCIP 1202 has 128, larger numbers stand for a mistake"""


def shifts(inventory: Inventory, q: MeasureParameters) -> I64:
    """[K] ms from a detection to the arrival at the stop line: distance / speed - latency, at least 0; -1: too far away to tell.

    A stop-bar detector, and one of unknown distance, has no way to go.
    """
    distance: F64 = np.nan_to_num(inventory.detector_distance, nan=0.0)
    shift = np.rint(1000.0 * distance / q.approach_speed).astype(np.int64) - q.latency
    shift = np.where(inventory.detector_type == DetectorType.ADVANCE, np.maximum(shift, 0), 0)
    return np.where(shift <= q.longest_shift, shift, -1)


def channel_index(inventory: Inventory) -> tuple[I64, I32]:
    """(start [D + 1], detector of each channel of each device): detector of (d, c) is at start[d] + c; -1: none."""
    device, channel = inventory.detector_device, inventory.detector_channel
    usable = (device >= 0) & (channel >= 0) & (channel < MOST_CHANNELS)
    most = np.full(len(inventory.device_ids), -1, np.int64)
    np.maximum.at(most, device[usable], channel[usable].astype(np.int64))
    start = np.concatenate(([0], np.cumsum(most + 1)))
    detector_of = np.full(int(start[-1]), -1, np.int32)
    rows = np.flatnonzero(usable)
    detector_of[start[device[rows]] + channel[rows]] = rows
    return start, detector_of


def signal_state(inventory: Inventory, q: MeasureParameters) -> SignalState:
    """Phases that detectors call are there from the start, so that their rows are; each with its lane groups and detectors."""
    start, detector_of = channel_index(inventory)
    devices = _devices(len(inventory.device_ids), SIGNAL_DEVICE)
    pairs = _links(inventory, shifts(inventory, q))
    links = np.zeros(max(len(pairs), 1), LINK)
    link_start = np.zeros(len(inventory.detector_device) + 1, np.int32)
    slot_of = np.full((len(devices), PHASES), -1, np.int32)
    state = SignalState(
        devices, slot_of, np.zeros(0, SLOT), np.zeros(0, GROUP), links, np.zeros((len(links), RING), np.int64),
        start, detector_of, link_start, blank(STATE_ROW, 0), np.zeros((0, AGES), np.int64), np.zeros((0, AGES), np.int64),
        blank(GROUP_ROW, 0), blank(STATE_ROW, 1), blank(GROUP_ROW, 1),
    )  # fmt: skip
    state = _with_groups(state, inventory, pairs)
    np.add.at(link_start, np.array([k + 1 for k, _, _ in pairs], np.int64), 1)
    np.cumsum(link_start, out=link_start)
    return state


def add_phase(state: SignalState, device: int, phase: int) -> SignalState:
    """Makes a place for a phase of a device; arrays that are not by phase stay what they are."""
    slots, at = _room(state.slots, device, phase, state.devices, state.slot_of)
    slots[at]["device"], slots[at]["group"] = device, -1
    slots[at]["green_start"], slots[at]["cycle_start"], slots[at]["red_start"] = -1, -1, -1
    more = np.zeros((len(slots) - len(state.ends), AGES), np.int64)
    ends, part = np.concatenate((state.ends, more)), np.concatenate((state.part, more))
    return state._replace(slots=slots, states=_rows_for(state.states, len(slots)), ends=ends, part=part)


def request_state(inventory: Inventory) -> RequestState:
    """No phase is there until it is told of."""
    devices = _devices(len(inventory.device_ids), REQUEST_DEVICE)
    devices["preempt_end"] = devices["adjusted"] = NEVER
    slot_of = np.full((len(devices), PHASES), -1, np.int32)
    return RequestState(devices, slot_of, np.zeros(0, REQUEST), blank(REQUEST_ROW, 0), blank(REQUEST_ROW, 1))


def add_request(state: RequestState, device: int, phase: int) -> RequestState:
    """Makes a place for a phase of a device."""
    slots, at = _room(state.slots, device, phase, state.devices, state.slot_of)
    slots[at]["wait_since"], slots[at]["ped_since"], slots[at]["green"] = -1, -1, -1
    return state._replace(slots=slots, rows=_rows_for(state.rows, len(slots)))


def watch_state(inventory: Inventory) -> WatchState:
    """Every channel of the inventory, in no known state."""
    start, detector_of = channel_index(inventory)
    channels = np.zeros(len(inventory.detector_device), CHANNEL)
    channels["state"], channels["channel"] = -1, inventory.detector_channel
    count = len(inventory.device_ids)
    return WatchState(
        _devices(count, WATCHED), blank(DEVICE_ROW, count), start, detector_of, channels,
        blank(CHANNEL_ROW, len(channels)), blank(CHANNEL_ROW, 1), blank(DEVICE_ROW, 1),
    )  # fmt: skip


def _devices(count: int, dtype: np.dtype[np.void]) -> Rows:
    devices = np.zeros(count, dtype)
    devices["last"], devices["first"] = NEVER, -1
    return devices


def _links(inventory: Inventory, shift: I64) -> list[tuple[int, int, int]]:
    """(detector, phase, shift) for every phase that an advance or stop-bar detector calls."""
    known = (DetectorType.ADVANCE, DetectorType.STOPBAR)
    return [
        (k, phase, int(shift[k]))
        for k in range(len(inventory.detector_device))
        if inventory.detector_type[k] in known and shift[k] >= 0 and inventory.detector_device[k] >= 0
        for phase in inventory.phases_of(k).tolist()
        if 0 <= phase < PHASES
    ]


def _with_groups(state: SignalState, inventory: Inventory, pairs: list[tuple[int, int, int]]) -> SignalState:
    """Phases and lane groups (device, phase, approach) of the inventory, and which detectors each has."""
    groups: dict[tuple[int, int, int], int] = {}
    lanes: dict[int, set[str]] = {}
    for k, phase, _ in pairs:
        device = int(inventory.detector_device[k])
        if state.slot_of[device, phase] < 0:
            state = add_phase(state, device, phase)
        groups.setdefault((device, phase, int(inventory.detector_approach[k])), len(groups))
    rows = np.zeros(len(groups), GROUP)
    for (device, phase, approach), g in groups.items():
        slot = int(state.slot_of[device, phase])
        rows[g]["slot"], rows[g]["approach"], rows[g]["link"] = slot, approach, -1
        rows[g]["broken"], rows[g]["doubtful"], rows[g]["next"] = 1, 1, state.slots[slot]["group"]
        state.slots[slot]["group"] = g
        state.devices[device]["groups"] += 1
    for at, (k, phase, shift) in enumerate(pairs):
        g = groups[(int(inventory.detector_device[k]), phase, int(inventory.detector_approach[k]))]
        link = state.links[at]
        link["shift"], link["group"], link["on"], link["next"] = shift, g, -1, -1
        if inventory.detector_type[k] == DetectorType.STOPBAR:
            link["stopbar"] = 1
            lane = inventory.detector_lane[k] if k < len(inventory.detector_lane) else ""
            lanes.setdefault(g, set()).add(lane or f"detector {k}")
        else:
            link["next"], rows[g]["link"] = rows[g]["link"], at
    for g, found in lanes.items():
        rows[g]["lanes"] = len(found)
    return state._replace(groups=rows, arrivals=blank(GROUP_ROW, len(rows)))


def _room(slots: Rows, device: int, phase: int, devices: Rows, slot_of: I32) -> tuple[Rows, int]:
    """`slots`, or a larger copy, with one more in use, entered last among those of its device."""
    at = int(devices["count"].sum())
    if at >= len(slots):
        slots = np.concatenate((slots, np.zeros(max(len(slots), 64), slots.dtype)))
    slots[at]["phase"], slots[at]["next"] = phase, devices[device]["first"]
    devices[device]["first"] = at
    devices[device]["count"] += 1
    slot_of[device, phase] = at
    return slots, at


def _rows_for(rows: Rows, count: int) -> Rows:
    return rows if len(rows) == count else np.concatenate((rows, blank(rows.dtype, count - len(rows))))
