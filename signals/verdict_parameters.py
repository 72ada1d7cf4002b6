"""What the verdict and the ladder are tuned by, each with its unit and reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VerdictParameters:
    """Times in ms unless said otherwise. Sources: GA/T 1049.2, atspm's and UDOT's watchdog rules, bench signal_verdicts."""

    false_discovery_rate: float = 0.001
    """Benjamini–Hochberg over all intersections judged together: of those called adapting at most this share is not, on average. At
    0.01 one jitter of 330 passed in two hours (bench signal_verdicts); at 0.001 none, and adaptive control mostly has p < 1e-6"""
    observable_least: float = 0.8
    """below this share of the window known nothing is said"""
    services_least: int = 12
    """services a stage, the median of stages; below nothing is said"""
    decisive: int = 5_400_000
    """length of a window from which on every kind of adaptive control simulated shows itself (bench signal_verdicts)"""
    suggestive: float = 0.02
    """a p-value below is no discovery, but no denial either: 1 % of jitters, a tenth of the weakest adaptive control"""
    suggestive_short: float = 0.3
    """likewise in shorter windows"""
    silence: int = 180_000
    """a longer time without any event is not observed: no cycle is longer (atspm: 120–300 s by day)"""
    quantum: int = 1_000
    """resolution of stamps where all are whole seconds (GA/T 1049.2, logs of whole seconds)"""
    fine_quantum: int = 100
    """resolution otherwise (hi-res logs)"""
    spread_least: float = 0.55
    """T1: least SD of a stage within a plan, in quanta; rounding alone makes at most 0.5"""
    spread_floor: float = 250.0
    """T1: and in ms, for controllers that log finer than they count"""
    moved_least: int = 3
    """T1: services that differ from their plan's median by more than a quantum"""
    settling: int = 2
    """T1, T3: services left out after a change of plan, as the controller gets into step"""
    block: int = 40
    """T2: services compared with one another; an hour of 90 s cycles, within which demand is nearly steady"""
    own_windows: tuple[int, ...] = (3_000, 6_000, 10_000)
    """T2: no detection within this before the end: passage times of 2–4 s and up to 6 s of travel to the controller's own detector"""
    opposing_windows: tuple[int, ...] = (6_000, 12_000, 24_000)
    """T2: opposing detections within this before the end: travel from 60 m upstream, and a short wait"""
    auc_least: float = 0.62
    """T2: a smaller effect does not count, however significant: in the simulations adaptive control shows 0.63–0.98, and random
    changes that happen to swing with demand pass for significant with 0.53–0.62"""
    gap_outs_most: float = 0.05
    """T2 by codes: share of gap-outs that a controller of fixed greens may log by mistake"""
    lags: int = 5
    """T2: neighbouring services whose scores may be correlated (Newey–West)"""
    services_before: int = 3
    """T3: services whose demand counts, as SCATS averages over three cycles"""
    correlation_least: float = 0.15
    """T3: a smaller effect does not count; adaptive control that only T3 finds shows 0.18 and more"""
    greens_before: int = 3
    """T3: shares before that are conditioned on; as many as services before, for a longer green is itself counted as demand"""
    count_greens_before: int = 6
    """T3 by lane counts: greens before that are conditioned on; with three, periodic jitter under queues leaves r up to 0.48"""
    count_level_least: float = 0.45
    """T3 by lane counts: a smaller rank correlation does not count; jitter that passes for significant has up to 0.4 at 8 h"""
    count_fresh_least: float = 0.35
    """likewise given the greens before: jitter with p < 0.001 has at most 0.3, splits that answer counts of a minute 0.4 and more"""
    count_agreement: float = 0.05
    """T3 by lane counts: the other way's greatest p-value"""
    local: int = 900_000
    """T3: the mean of services this near on either side is taken out, so that plans that follow the day unseen are no answer to it; and
    lane counts over longer tell nothing"""
    detections_least: int = 10
    """a detector with fewer in the window tells nothing (UDOT: < 50 in a peak is reported)"""
    occupied_most: float = 0.9
    """a detector occupied for more of the window is stuck"""
    occupied_longest: int = 900_000
    """or on end for longer (UDOT and atspm: stuck after 10–15 min)"""
    concurrent_least: float = 0.1
    """phases that share this much of the shorter one's green do not oppose each other"""
    quarter: int = 900_000
    """T5: without a declared schedule, plans change by the clock at quarters of an hour"""
    schedule_tolerance: int = 180_000
    """T5: a change comes up to a cycle after its time"""
    replay_tolerance: int = 1_500
    """T4: stages that start this near to the clock time of the day before repeat it"""
    replay_most: float = 0.9
    """T4: a larger share of stages repeated is a fixed timing whatever else moves"""
    messages_least: float = 0.95
    """on line: share of expected messages that came"""
    away_most: float = 0.1
    """healthy: share of the window in manual, lock, flash or transition"""
    alive_least: float = 0.75
    """healthy: share of its detectors that are alive"""
