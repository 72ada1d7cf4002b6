"""What the kernels of the measures remember, laid out for an inventory, and made larger as phases appear."""

from __future__ import annotations

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import F64, I32, I64
from signals.kernels.measures_columns import (
    AGES,
    CHANNEL,
    CHANNEL_ROW,
    DEVICE_ROW,
    GROUP,
    GROUP_ROW,
    LINK,
    NEVER,
    PHASES,
    REQUEST,
    REQUEST_DEVICE,
    REQUEST_ROW,
    RING,
    SIGNAL_DEVICE,
    SLOT,
    STATE_ROW,
    WATCHED,
    RequestState,
    Rows,
    SignalState,
    WatchState,
    blank,
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
    slot_of = np.full((len(devices), PHASES), -1, np.int32)
    detector, phase, shift = _links(inventory, shifts(inventory, q))
    device = inventory.detector_device[detector].astype(np.int64)
    keys, slot = np.unique(device * PHASES + phase, return_inverse=True)
    slots = _slots(keys, devices, slot_of)
    links = np.zeros(max(len(detector), 1), LINK)
    groups, of_link = _groups(slot, inventory, detector, slots)
    np.add.at(devices["groups"], slots["device"][groups["slot"]], 1)
    links["next"], links["on"] = -1, -1
    links["shift"][: len(detector)], links["group"][: len(detector)] = shift, of_link
    links["stopbar"][: len(detector)] = inventory.detector_type[detector] == DetectorType.STOPBAR
    _chain(np.flatnonzero(links["stopbar"][: len(detector)] == 0), of_link, links["next"], groups["link"])
    link_start = np.zeros(len(inventory.detector_device) + 1, np.int32)
    np.cumsum(np.bincount(detector, minlength=len(link_start) - 1), out=link_start[1:])
    nothing = np.zeros((len(slots), AGES), np.int64)
    return SignalState(
        devices, slot_of, slots, groups, links, np.zeros((len(links), RING), np.int64), start, detector_of, link_start,
        blank(STATE_ROW, len(slots)), nothing, nothing.copy(), blank(GROUP_ROW, len(groups)), blank(STATE_ROW, 1), blank(GROUP_ROW, 1),
    )  # fmt: skip


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


def _links(inventory: Inventory, shift: I64) -> tuple[I64, I64, I64]:
    """(detector, phase, shift) [L] for every phase that an advance or stop-bar detector calls, in order of detectors."""
    detector = np.repeat(np.arange(len(inventory.detector_device)), np.diff(inventory.detector_phase_start))
    phase = inventory.detector_phase.astype(np.int64)
    kind = np.isin(inventory.detector_type, (int(DetectorType.ADVANCE), int(DetectorType.STOPBAR)))
    usable = kind & (shift >= 0) & (inventory.detector_device >= 0)
    kept = usable[detector] & (phase >= 0) & (phase < PHASES)
    return detector[kept], phase[kept], shift[detector[kept]]


def _slots(keys: I64, devices: Rows, slot_of: I32) -> Rows:
    """Phases of `keys` (device * PHASES + phase, ascending), in the lists of their devices."""
    slots = np.zeros(len(keys), SLOT)
    slots["device"], slots["phase"], slots["group"], slots["next"] = keys // PHASES, keys % PHASES, -1, -1
    slots["green_start"] = slots["cycle_start"] = slots["red_start"] = -1
    slot_of.reshape(-1)[keys] = np.arange(len(keys))
    devices["count"] = np.bincount(keys // PHASES, minlength=len(devices))
    _chain(np.arange(len(keys)), slots["device"], slots["next"], devices["first"])
    return slots


def _groups(slot: I64, inventory: Inventory, detector: I64, slots: Rows) -> tuple[Rows, I64]:
    """(lane groups, that of each link): pairs of phase and approach, with the number of lanes seen at the stop line."""
    approach = inventory.detector_approach[detector].astype(np.int64)
    span = int(approach.max(initial=-1)) + 2
    keys, of_link = np.unique(slot * span + approach + 1, return_inverse=True)
    groups = np.zeros(len(keys), GROUP)
    groups["slot"], groups["approach"], groups["link"], groups["next"] = keys // span, keys % span - 1, -1, -1
    groups["broken"] = groups["doubtful"] = 1
    _chain(np.arange(len(keys)), groups["slot"], groups["next"], slots["group"])
    named = inventory.detector_lane if len(inventory.detector_lane) else [""] * len(inventory.detector_device)
    stops = np.flatnonzero(inventory.detector_type[detector] == DetectorType.STOPBAR)
    lanes = {(int(of_link[at]), named[detector[at]] or f"detector {detector[at]}") for at in stops}
    np.add.at(groups["lanes"], np.array([g for g, _ in lanes], np.int64), 1)
    return groups, of_link


def _chain(rows: I64, of: I64, following: I32, first: I32) -> None:
    """Links `rows` that belong to one `of` into a list: `first[of]` is its begin, `following` the next of each."""
    rows = rows[np.argsort(of[rows], kind="stable")]
    owner = of[rows]
    same = owner[1:] == owner[:-1]
    following[rows[:-1][same]] = rows[1:][same]
    begins = np.ones(len(rows), bool)
    begins[1:] = ~same
    first[owner[begins]] = rows[begins]


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
