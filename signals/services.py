"""What one controller did over a window: its services, who was detected when, what was seen and what was not.

`records` cuts a batch of many controllers; `record` reads one. A record is all that verdict and ladder need, and a few kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signals.codes import NOT_IN_CONTROL as AWAY_MODES
from signals.codes import Code, Ours
from signals.events import in_order
from signals.inventory import Inventory
from signals.kernels.columns import I32, I64, U8, CountColumns, EventColumns
from signals.kernels.services import CHANNELS, LOST, ServiceColumns, channel_sums, extract, gaps_at, occupied_spells
from signals.model import DetectorType
from signals.stage_counts import ApproachCounts, counts_of
from signals.verdict_parameters import VerdictParameters

AWAY = np.array(sorted(AWAY_MODES), np.int32)
NO_GAP = 86_400_000
"""ms: where no detection was before"""


@dataclass(frozen=True)
class Record:
    """One controller over [start, end), epoch ms."""

    device: int
    start: int
    end: int
    services: ServiceColumns
    own: Mapping[int, I64]
    """detections of each phase's usable detectors: advance where there are any, else at the stop line"""
    opposing: Mapping[int, I64]
    """likewise of the phases that are never green with it"""
    detectors: int
    """vehicle detectors listed"""
    usable: int
    """of these, neither dead, stuck nor faulty; where none reports detections: on an approach that was counted"""
    advance: int
    """usable ones upstream of the stop line"""
    observable_share: float
    message_share: float
    """share of the begin and end of greens that should have come and came"""
    offline_share: float
    away_share: float
    """share of the window in manual, lock or flash"""
    transition_share: float
    mode: int
    """reported control mode in force longest; -1 none reported"""
    plans: EventColumns
    """the 131 events"""
    counted: tuple[ApproachCounts, ...] | None = None
    """lane counts of its approaches; None: nobody asked for them"""


def records(
    events: EventColumns, inventory: Inventory, start: int, end: int, parameters: VerdictParameters, counts: CountColumns | None = None
) -> Iterator[Record]:
    """A record of every controller of the inventory, those without events as well. Events in any order; those outside are left out."""
    inside = (events.time >= start) & (events.time < end)
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(events.device[rows], kind="stable")]
    edges = np.searchsorted(events.device[rows], np.arange(len(inventory.device_ids) + 1))
    for device in range(len(inventory.device_ids)):
        own = rows[edges[device] : edges[device + 1]]
        yield record(EventColumns._make(column[own] for column in events), inventory, device, start, end, parameters, counts)


def record(
    events: EventColumns, inventory: Inventory, device: int, start: int, end: int, parameters: VerdictParameters,
    counts: CountColumns | None = None,
) -> Record:
    """One controller's record from its own events of [start, end), in any order; lane counts may be those of others and times too."""
    events = events if _ordered(events) else in_order(events)
    detections = _detections(events)
    greens = _services(events, device)
    channels, phases, kinds = _channels(inventory, device)
    usable = _usable(detections, channels, end, end - start, parameters)
    own, opposing = {}, {}
    demand, gap = np.full(len(greens.phase), -1, np.int32), np.full(len(greens.phase), -1, np.int64)
    served = np.unique(greens.phase)
    conflicts = _conflicts(greens, served, parameters)
    chosen = {int(phase): _chosen(int(phase), channels, phases, kinds, usable) for phase in served}
    for k, phase in enumerate(map(int, served)):
        if not chosen[phase].any():
            continue
        on, off, own[phase] = _spells(detections, chosen[phase])
        others = np.zeros(CHANNELS, np.uint8)
        for m, other in enumerate(map(int, served)):
            if conflicts[k, m]:
                others |= chosen[other]
        others[chosen[phase] > 0] = 0
        opposing[phase] = _spells(detections, others)[2]
        rows = np.flatnonzero(greens.phase == phase)
        ends = greens.end[rows]
        since = np.r_[np.maximum(greens.start[rows[:1]], start), ends[:-1]]
        demand[rows] = np.searchsorted(own[phase], ends) - np.searchsorted(own[phase], since)
        before = np.zeros(len(rows))
        gaps_at(ends, on, off, NO_GAP, before)
        gap[rows] = before.astype(np.int64)
    seen, messages = _seen(events, greens, start, end, parameters)
    quiet = (events.code < Code.DETECTOR_OFF) | (events.code > Code.DETECTOR_EXCESSIVE)
    events = EventColumns._make(column[quiet] for column in events)
    states = _spells_of_state(events, start, end)
    counted = None if counts is None else counts_of(counts, inventory, device, start, end)
    working = int(usable.sum()) if len(detections.time) or counted is None else _counting(inventory, device, counted, parameters)
    return Record(
        device, start, end, greens._replace(demand=demand, gap=gap), own, opposing, len(channels), working,
        int((usable & (kinds == DetectorType.ADVANCE)).sum()), seen, messages, states["offline"], states["away"],
        states["transition"], _mode(events, start, end),
        EventColumns._make(column[events.code == Code.PATTERN_CHANGE] for column in events),
        counted,
    )  # fmt: skip


def services_of(events: EventColumns, device: int) -> ServiceColumns:
    """Services of one controller alone, its events in any order; demand and gap unknown."""
    return _services(in_order(events), device)


def _ordered(events: EventColumns) -> bool:
    """Whether one controller's events are in order already, as those of an ordered batch are."""
    later, code, value = np.diff(events.time), np.diff(events.code), np.diff(events.parameter)
    return bool(((later > 0) | ((later == 0) & ((code > 0) | ((code == 0) & (value >= 0))))).all())


def _detections(events: EventColumns) -> EventColumns:
    mask = (events.code >= Code.DETECTOR_OFF) & (events.code <= Code.DETECTOR_EXCESSIVE)
    return EventColumns._make(column[mask] for column in events)


def _services(events: EventColumns, device: int) -> ServiceColumns:
    """Greens of phases, or GA/T stages where no phase was reported; in order of their end."""
    kept = (events.code < Code.DETECTOR_OFF) | (events.code > Code.DETECTOR_EXCESSIVE)
    time, code, parameter = events.time[kept], events.code[kept], events.parameter[kept]
    phases = (code == Code.BEGIN_GREEN) | (code == Code.BEGIN_YELLOW)
    stages = not phases.any() and bool((code == Ours.STAGE_STARTED).any())
    start, end, columns = np.zeros(len(time), np.int64), np.zeros(len(time), np.int64), np.zeros((4, len(time)), np.int32)
    n = extract(time, code, parameter, stages, AWAY, start, end, columns)
    phase, plan, termination, flags = columns[:, :n].copy()
    unknown = np.full(n, -1, np.int32)
    return ServiceColumns(
        np.full(n, device, np.int32), phase, start[:n].copy(), end[:n].copy(), plan, termination, unknown, unknown.astype(np.int64),
        flags,
    )  # fmt: skip


def _channels(inventory: Inventory, device: int) -> tuple[I32, list[I32], U8]:
    """Channel, phases and type of each vehicle detector."""
    rows = np.flatnonzero(inventory.detector_device == device)
    return inventory.detector_channel[rows], [inventory.phases_of(int(row)) for row in rows], inventory.detector_type[rows]


def _usable(detections: EventColumns, channels: I32, end: int, span: int, q: VerdictParameters) -> NDArray[np.bool_]:
    """Which detectors report like detectors: some traffic, not stuck, no fault told."""
    number, occupied, longest, faults = (np.zeros(CHANNELS, np.int64) for _ in range(4))
    channel_sums(detections.time, detections.code, detections.parameter, end, number, occupied, longest, faults)
    at = np.clip(channels, 0, CHANNELS - 1)
    sound = (number[at] >= q.detections_least) & (occupied[at] <= q.occupied_most * span) & (longest[at] <= q.occupied_longest)
    return np.asarray(sound & (faults[at] == 0) & (channels >= 0) & (channels < CHANNELS))


def _chosen(phase: int, channels: I32, phases: list[I32], kinds: U8, usable: NDArray[np.bool_]) -> U8:
    """The channels that speak for a phase: its usable advance detectors, else those at the stop line or of unknown place."""
    serves = usable & np.array([phase in served for served in phases], bool)
    advance = serves & (kinds == DetectorType.ADVANCE)
    chosen = np.zeros(CHANNELS, np.uint8)
    chosen[channels[advance if advance.any() else serves]] = 1
    return chosen


def _counting(inventory: Inventory, device: int, counted: tuple[ApproachCounts, ...], q: VerdictParameters) -> int:
    """Detectors on approaches that were counted, with some traffic."""
    alive = [one.approach for one in counted if np.nansum(one.volume) >= q.detections_least]
    return int(np.isin(inventory.detector_approach[inventory.detector_device == device], alive).sum())


def _spells(detections: EventColumns, chosen: U8) -> tuple[I64, I64, I64]:
    n = len(detections.time)
    on, off, hits = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    spells, count = occupied_spells(detections.time, detections.code, detections.parameter, chosen, on, off, hits)
    return on[:spells].copy(), off[:spells].copy(), hits[:count].copy()


def _conflicts(greens: ServiceColumns, served: I32, q: VerdictParameters) -> NDArray[np.bool_]:
    """[P, P] phases that are not green together."""
    spans = []
    for phase in served:
        rows = (greens.phase == phase) & (greens.start >= 0)
        spans.append((greens.start[rows], greens.end[rows]))
    result = np.zeros((len(served), len(served)), bool)
    for a, (starts, ends) in enumerate(spans):
        for b in range(a):
            shared = _shared(starts, ends, *spans[b])
            least = min((ends - starts).sum(), (spans[b][1] - spans[b][0]).sum())
            result[a, b] = result[b, a] = shared <= q.concurrent_least * least
    return result


def _shared(a_start: I64, a_end: I64, b_start: I64, b_end: I64) -> int:
    """ms during which both of two sets of spans hold; spans of a set do not overlap."""
    if not len(a_start) or not len(b_start):
        return 0
    edges = np.unique(np.concatenate([a_start, a_end, b_start, b_end]))
    in_a = np.searchsorted(a_start, edges[:-1], "right") > np.searchsorted(np.sort(a_end), edges[:-1], "right")
    in_b = np.searchsorted(b_start, edges[:-1], "right") > np.searchsorted(np.sort(b_end), edges[:-1], "right")
    return int(np.diff(edges)[in_a & in_b].sum())


def _seen(events: EventColumns, greens: ServiceColumns, start: int, end: int, q: VerdictParameters) -> tuple[float, float]:
    """Observable share of the window; share of expected begins and ends of greens that came."""
    spaces = np.diff(np.r_[start, events.time, end])
    awake = 1.0 - float(spaces[spaces > q.silence].sum()) / (end - start)
    if not len(greens.phase):
        return 0.0, 0.0
    lost = (greens.flags & LOST) > 0
    missing = float(lost.sum())
    return awake * (1.0 - missing / len(lost)), awake * (1.0 - missing / (2 * len(lost)))


def _spells_of_state(events: EventColumns, start: int, end: int) -> dict[str, float]:
    """Shares of the window off line, in manual, lock or flash, and in transition."""
    code, value = events.code, events.parameter
    told = {
        "offline": (code == Ours.CONTROLLER_STATE, value == 0),
        "away": (
            (code == Code.UNIT_FLASH) | (code == Code.MANUAL_CONTROL) | (code == Ours.CONTROL_MODE),
            ((code == Code.UNIT_FLASH) & (value != 0) & (value != 2)) | ((code == Code.MANUAL_CONTROL) & (value != 0))
            | ((code == Ours.CONTROL_MODE) & np.isin(value, AWAY)),
        ),
        "transition": (code == Code.COORD_CYCLE_STATE, (value >= 2) & (value <= 4)),
    }  # fmt: skip
    shares = {}
    for name, (speaks, holds) in told.items():
        times, states = events.time[speaks], holds[speaks]
        lasting = np.diff(np.r_[times, end])
        shares[name] = float(lasting[states].sum()) / (end - start)
    return shares


def _mode(events: EventColumns, start: int, end: int) -> int:
    """Reported control mode that was in force longest."""
    speaks = events.code == Ours.CONTROL_MODE
    if not speaks.any():
        return -1
    modes, lasting = events.parameter[speaks], np.diff(np.r_[events.time[speaks], end])
    kinds = np.unique(modes)
    return int(kinds[np.argmax([lasting[modes == kind].sum() for kind in kinds])])


