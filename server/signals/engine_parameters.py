"""Every constant of the signal engine, with unit and reason."""

from __future__ import annotations

from typing import NamedTuple


class SignalParameters(NamedTuple):
    """Of one SignalEngine. Times in ms."""

    window: int = 4 * 3_600_000
    """events and lane counts kept: what a verdict by counts alone needs (92 % of simulated split controllers in 4 h, 73 % in 2)"""
    judge_window: int = 2 * 3_600_000
    """of verdicts by detections: at cycles of 120 s it holds 60 services a stage, five times the 12 a verdict needs"""
    most_events: int = 12_000_000
    """kept at most, 20 bytes each: 2 h of 300 controllers at 5 events/s is 10.8 million"""
    chunk: int = 65_536
    """events sorted by controller at a time: 44 s of 1,500 events/s"""
    most_phases: int = 64
    """phases, signal groups or overlaps followed live at a controller; the enumeration has 16, GA/T 1049.2 crossings rarely above 32"""
    hold: int = 30_000
    """how long measures wait for events that come out of order; bins are 900 s, so this costs nothing a reader sees"""
    feed_every: int = 1_000
    """between two feedings of the measures: numba's fixed cost a call is then nothing"""
    flow_every: int = 60_000
    """between two sums of the flow; a quarter hour weighs one part in 96 of it"""
    hours: int = 3
    """of closed bins kept in memory: the one that runs, the one whose last bins still close, and one for the page's last measures"""
    silent: int = 120_000
    """without an event a controller's phases are unknown: twice a minute-long all-red flash, one long cycle (atspm: 120 s by day)"""
    ahead: int = 60_000
    """how far ahead of our clock an event may lie, beyond its controller's offset"""
    judge_every: int = 300_000
    """between two verdicts of an intersection: a fifth of the shortest time in which 12 services of a stage can change one"""
    judge_share: float = 0.2
    """of the time that the judging thread may work: two cores serve readers and buses too"""
    volume_bin: int = 900_000
    """of approach volumes: the HCM's analysis period"""
    volume_days: int = 28
    """days of volumes kept: four of each weekday, as the comparison of like days needs"""


class IntakeParameters(NamedTuple):
    """Of the way in."""

    waiting_events: int = 1_000_000
    """events that may wait for the engine; 20 s of 50,000 events/s. More are refused with 503, to be sent again"""
    coalesce: float = 0.01
    """s from one step to the next at least: a burst becomes one step, an event after a lull none but its own"""
    idle: float = 0.25
    """s between steps when nothing comes"""
