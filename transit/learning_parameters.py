"""The constants of learning: what movement teaches, how the road runs now, how sure predictions are; each with unit and reason.

Chosen on sim_city (learned from days 1 and 2, tested on day 3), wmata_dc_2026/dev and nyc_b63_2010/dev, so figures on these sets
flatter the choice; most make less than 1 % of difference there between half and twice their value.
"""

from __future__ import annotations

from typing import NamedTuple


class LearningParameters(NamedTuple):
    """What recorded and live movement teaches about links and dwells."""

    longest_gap: float = 150.0
    """s between two fixes above which the way between them is not spread over links: five missed reports of the usual 30 s"""
    terminal: float = 20.0
    """m beyond the first stop within which waiting says nothing of the road"""
    arrived: float = 14.0
    """m before the last stop within which standing says nothing of it: a little less than its zone"""
    least_part: float = 0.6
    """share of a piece that must have been seen for it to tell"""
    held: float = 10.0
    """s past its time at a timepoint until which a bus may have waited for it"""
    most_ratio: float = 2.2
    """of actual and expected time beyond which a measurement counts as one at this ratio: a breakdown is not the road"""
    slack: float = 5.0
    """s of noise a link's time may have on top"""
    dwell_slack: float = 30.0
    """s a dwell may differ on top: a light at the stop, a wheelchair"""
    most_late: float = 1200.0
    """s after its time beyond which a start says nothing of how buses start"""
    least_delay: float = -60.0
    """s, bounds of what one start counts as"""
    most_delay: float = 180.0
    longest_passing: float = 45.0
    """s between two fixes of a vehicle on no pattern within which it says something of the road between them"""
    least_passing: float = 40.0
    """m it must have moved: one that stands has parked, for all we know"""
    passing_reach: float = 25.0
    """m from a road sample within which it is on that road"""
    most_gap: float = 7200.0
    """s between two buses above which there was a break in service"""
    headway_deviation: float = 0.35
    """share of the headway that starts of a headway-operated line are held to vary by (TCQM: a coefficient of variation of 0.3 to 0.4
    is irregular service)"""
    headway_weight: float = 10.0
    """gaps that the timetable's headway is worth beside those seen"""
    least_early: float = 30.0
    """s ahead of time at a timepoint from which a bus tells whether buses wait there"""
    start_deviation: float = 40.0
    """s, standard deviation of starts at terminals (sim_city 32, wmata_dc_2026 about 100)"""
    deviation: float = 0.35
    """share of its time that an element's standard deviation is held to be before it was measured"""
    deviation_weight: float = 8.0
    """measurements that this is worth"""
    start_weight: float = 3.0
    """starts that the mean of all patterns is worth beside a pattern's own"""
    hop_weight: float = 600.0
    """s driven as the links say that a hop's own factor is blended with"""
    keep: float = 0.98
    """share of what was measured that counts after another service day: half of it after five weeks"""
    keep_errors: float = 0.3
    """share likewise of errors of predictions: how unlike other days a day is shows within its first hours"""
    refresh: float = 300.0
    """s after which typical times are made anew from what was learned since"""
    timetable_weight: float = 3.0
    """measurements that the timetable is worth where times are learned"""
    hour_weight: float = 2.0
    """measurements that an element's mean over all hours is worth beside those of one hour"""
    type_weight: float = 3.0
    """measurements that its mean over all day types is worth beside those of one type"""


class TrafficParameters(NamedTuple):
    """The filter on how elements run now; see `kernels.traffic`. Logs of ratios where no unit is given."""

    memory: float = 1200.0
    """s over which what was measured of an element fades"""
    spread: float = 0.15
    """standard deviation of links about what all of them do"""
    noise: float = 0.16
    """variance of one bus's time on a whole link: the light it meets, its driver"""
    slack: float = 3.0
    """s added to both times of a link, so that noise of a fix weighs little where the way is short"""
    passing_noise: float = 0.25
    """variance likewise of a vehicle on no pattern: two fixes, and nobody knows what it stopped for"""
    dwell_spread: float = 0.08
    dwell_noise: float = 0.3
    dwell_slack: float = 15.0
    """s likewise of a dwell, which may be none"""
    doubt: float = 0.5
    """variance that a measurement beyond the gate adds, in variances of the spread"""
    common_memory: float = 2700.0
    """s over which what all elements do fades"""
    common_prior: float = 3600.0
    """s of running as typical that it is blended with"""


class IntervalParameters(NamedTuple):
    """Which errors of past predictions make the intervals of new ones."""

    point: float = 0.45
    """quantile that is published: a bus earlier than told costs a rider more than a later one, and both rulers say so"""
    every: float = 120.0
    """s after which another call of each vehicle is kept"""
    slots: int = 24
    """calls kept of one vehicle: 48 minutes of them"""
    memory: float = 150.0
    """errors over which those of one range of time ahead fade"""
    prior: float = 60.0
    """errors that what was known beforehand is worth beside those of all times ahead"""
    pooled: float = 60.0
    """errors that those of all times ahead are worth beside those of one range"""
    longest: float = 3600.0
    """s after its predicted time that a call is waited for"""
