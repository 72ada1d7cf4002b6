"""What a simulated intersection is: its kind of control, its timing, its traffic and what goes wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from feeds.signals.simulated_columns import HISTORY, ROOM, SiteState, SiteTables
from signals.codes import Mode


class Control(IntEnum):
    """How the greens of a site are found; what is true of it, whatever mode it declares."""

    FIXED = 0
    TOD = 1
    """plans by time of day"""
    JITTER = 2
    """a fixed plan with random lengths that answer no traffic"""
    SPLIT = 3
    """splits from the demand of the last cycles, as SCATS does"""
    ACTUATED = 4
    """gap-out after the passage time, else max-out; coordinated: the first phase yields at a point of the cycle"""
    DELAY = 5
    """green goes on while delayed vehicles are served"""
    SELECT = 6
    """plans chosen by measured demand (traffic-responsive plan selection)"""

    @property
    def adapts(self) -> bool:
        """Whether it answers traffic."""
        return self >= Control.SPLIT


class Plan(NamedTuple):
    """A plan and when it begins."""

    number: int
    from_hour: float
    """local hour of the day; a day's plans in order. For SELECT: vehicles per cycle from which it is chosen"""
    greens: Sequence[float]
    """s, one a phase"""


@dataclass(frozen=True)
class Site:
    """One intersection under one controller. Times in s, volumes in vehicles/h, hours local."""

    device_id: str
    control: Control
    declared_mode: int = Mode.UNKNOWN
    plans: Sequence[Plan] = (Plan(1, 0.0, (42.0, 42.0)),)
    """the first plan's greens say how many phases there are (2–4)"""
    volumes: Sequence[float] = (300.0, 300.0)
    """vehicles per hour and lane of each phase"""
    lanes: int = 4
    """lanes of each phase: two approaches of two lanes"""
    swing: float = 0.5
    """demand of each phase swings by this share, each with its own period of 10–40 min"""
    daily: bool = False
    """demand follows morning and evening peaks"""
    platoons: float = 0.0
    """share of the vehicles that come in platoons from a signal upstream"""
    upstream_cycle: float = 90.0
    yellow: float = 3.0
    all_red: float = 0.0
    min_green: float = 5.0
    max_green: float = 50.0
    passage: float = 3.0
    recall: bool = True
    """every phase is served every cycle; else those without a call are skipped and green rests where it is"""
    offset: float = -1.0
    """s: cycles begin at this time of the background cycle; negative: uncoordinated"""
    jitter: float = 5.0
    """greatest random change of a green, s"""
    jitter_memory: float = 0.0
    """share of a change that is handed on to the next cycle (0–1)"""
    jitter_period: float = 0.0
    """cycles after which the change repeats; 0: it does not"""
    jitter_style: int = 0
    """0 each stage for itself, 1 the last stage keeps the cycle constant, 2 the whole cycle is stretched"""
    step: float = 0.0
    """SPLIT: greatest change of a green from cycle to cycle, s; 0: any"""
    terminations: bool = False
    """whether codes 4, 5, 6 are logged"""
    plan_events: bool = True
    """whether 131 is logged"""
    advance: bool = True
    stopbar: bool = True
    """detectors that are reported (a controller uses its advance detectors all the same)"""
    dead_lanes: int = 0
    """lanes, from the first, whose detectors never report; the controller is blind there too"""
    stuck_lanes: int = 0
    """lanes, from the last, whose detectors stand on for ever"""
    offline: Sequence[tuple[float, float]] = ()
    """spells without any message, hours since the start"""
    reports_state: bool = False
    """whether spells off line are told by `Ours.CONTROLLER_STATE`"""
    lost: float = 0.0
    """share of events lost"""
    gat1049: bool = False
    """it tells what GA/T 1049.2 has: stages in whole seconds, plans and lane counts, no phases, detections or codes of termination"""
    count_interval: float = 300.0
    """with `gat1049`, s over which lanes are counted; 0: they are not"""
    resolution: float = 1.0
    """s: stamps are rounded down to it"""
    lat: float = 36.68
    lon: float = 117.53
    grade: int = 11
    intersection_id: str = ""

    @property
    def phases(self) -> int:
        """Number of phases."""
        return len(self.plans[0].greens)


def tables_of(site: Site, seed: int, utc_offset: int) -> SiteTables:
    """The kernel's tables; `utc_offset` in s. Raises ValueError when a plan or the volumes fit another number of phases."""
    count = site.phases
    if any(len(plan.greens) != count for plan in site.plans) or len(site.volumes) != count:
        raise ValueError(f"{site.device_id}: every plan and the volumes need one value for each of {count} phases")
    generator = np.random.default_rng([seed, 11])
    lanes = count * site.lanes
    fault = np.zeros(lanes, np.int64)
    fault[: site.dead_lanes] = 1
    fault[lanes - site.stuck_lanes :] = 2
    scale = 1.0 if site.control == Control.SELECT else 36_000.0
    plans = np.array([[p.number, round(p.from_hour * scale), *(round(10 * g) for g in p.greens)] for p in site.plans], np.int64)
    return SiteTables(
        np.repeat(np.arange(count), site.lanes), np.repeat(np.asarray(site.volumes, float), site.lanes), fault, plans,
        generator.uniform(600.0, 2400.0, count), generator.uniform(0.0, 2 * np.pi, count), int(site.control), seed, site.swing,
        site.daily, site.platoons, round(10 * site.upstream_cycle), round(10 * site.yellow), round(10 * site.all_red),
        round(10 * site.min_green), round(10 * site.max_green), round(10 * site.passage), site.recall, round(10 * site.offset),
        site.jitter, site.jitter_memory, site.jitter_period, site.jitter_style, site.step, site.terminations, site.plan_events,
        site.advance and not site.gat1049, site.stopbar or site.gat1049, utc_offset,
    )  # fmt: skip


def state_of(tables: SiteTables, now: int) -> SiteState:
    """A site that begins its first cycle with empty lanes at `now` (tenths of a second)."""
    lanes, count = len(tables.lane_phase), tables.plan.shape[1] - 2
    signal = np.zeros(9, np.int64)
    signal[6:8] = -1, now
    never = np.full(lanes, -1, np.int64)
    return SiteState(
        signal, np.zeros(count), np.zeros(count), np.zeros((HISTORY + 1, count), np.int64), np.zeros(count, np.int64),
        np.full(count, now, np.int64), never, np.zeros(lanes, np.int64), never.copy(), np.zeros(lanes, np.int64),
        np.zeros((lanes, ROOM + 1), np.int64), np.zeros(lanes, np.int64), never.copy(), np.zeros(lanes, np.int64), np.zeros(lanes),
    )  # fmt: skip
