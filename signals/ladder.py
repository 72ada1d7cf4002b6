"""The ladder: on which rung each intersection stands over a window, as far as it is proved and as far as it is possible."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from signals.codes import DECLARED_REAL_TIME, Mode
from signals.codes import NOT_IN_CONTROL as AWAY_MODES
from signals.finding import Evidence, Finding
from signals.inventory import Inventory
from signals.kernels.columns import CountColumns, EventColumns
from signals.model import Rung, Verdict
from signals.services import records
from signals.verdict import NO_CONTROLLER, Weighed, verdicts, weigh
from signals.verdict_parameters import VerdictParameters

Answer = bool | None
"""None: unknown"""
NO_REAL_TIME = frozenset({Mode.FIXED, Mode.LINE_FIXED}) | AWAY_MODES


def judge(
    inventory: Inventory, events: EventColumns, start: int, end: int, parameters: VerdictParameters | None = None,
    health: Mapping[int, float | None] | None = None, effect: Mapping[int, bool | None] | None = None,
    schedules: Mapping[int, Sequence[int]] | None = None, utc_offset: int = 28_800, counts: CountColumns | None = None,
) -> list[Finding]:
    """A finding of every intersection over [start, end), epoch ms, in order of the inventory.

    health: share of each device's detectors that are alive; None: as the window itself shows. effect: of each intersection, whether
    its delay and split failures are no worse than on its own comparable days without. schedules: of each device, the declared times of
    plan changes, ms of the local day. counts: lane counts, for controllers that report no detections; those across an end of the
    window are left out. Missing or None within a mapping: unknown. Raises ValueError unless start < end.
    """
    if start >= end:
        raise ValueError(f"a window begins before it ends: {start} is not before {end}")
    q = parameters or VerdictParameters()
    times = schedules or {}
    read = records(events, inventory, start, end, q, counts)
    weighed = {one.device: weigh(one, q, times.get(one.device), utc_offset) for one in read}
    return findings(inventory, weighed, start, end, q, health, effect)


def findings(
    inventory: Inventory, weighed: Mapping[int, Weighed], start: int, end: int, parameters: VerdictParameters,
    health: Mapping[int, float | None] | None = None, effect: Mapping[int, bool | None] | None = None,
) -> list[Finding]:
    """Findings from the last that was weighed of each device (a server's way: weigh one by one, call this for all). As `judge`.

    A device that was not weighed is not observed. The window told is that of the device's own record where there is one.
    """
    devices = list(weighed)
    drawn = dict(zip(devices, verdicts([weighed[device] for device in devices], parameters)))
    result = []
    for row, device in enumerate(map(int, inventory.device)):
        one = weighed.get(device)
        if one is None:
            evidence: Evidence = {"unknown_because": NO_CONTROLLER}
            mode = int(inventory.declared_mode[row])
            result.append(Finding(row, start, end, Verdict.UNKNOWN, Rung.LISTED, Rung.LISTED, mode, math.nan, evidence))
            continue
        verdict, rate, because = drawn[device]
        mode = one.record.mode if one.record.mode >= 0 else int(inventory.declared_mode[row])
        alive = alive_as_seen(one, parameters) if health is None else health.get(device)
        answers = (
            online(one, parameters), declared(mode), _adapting(verdict), healthy(one, alive, parameters), (effect or {}).get(row)
        )  # fmt: skip
        proved, possible = climb(answers)
        result.append(Finding(
            row, one.record.start, one.record.end, verdict, proved, possible, mode, one.record.observable_share,
            _told(one, rate, because, answers, alive),
        ))  # fmt: skip
    return result


def climb(answers: Sequence[Answer]) -> tuple[Rung, Rung]:
    """(proved, possible) from the answers to ONLINE … EFFECTIVE: up to the first that is not yes; up to the first that is no."""
    proved = next((k for k, answer in enumerate(answers) if answer is not True), len(answers))
    possible = next((k for k, answer in enumerate(answers) if answer is False), len(answers))
    return Rung(proved), Rung(possible)


def online(one: Weighed, q: VerdictParameters) -> Answer:
    """On line: not told off line, and the messages that greens must bring came. Unknown where only states are reported."""
    record = one.record
    if record.offline_share > 1.0 - q.messages_least:
        return False
    if not len(record.services.phase):
        return None if record.mode >= 0 else False
    return record.message_share >= q.messages_least


def declared(mode: int) -> Answer:
    """Whether a control mode says that the timing answers traffic; area coordination, unknown and vendors' modes leave it open."""
    if mode in DECLARED_REAL_TIME:
        return True
    return False if mode in NO_REAL_TIME else None


def healthy(one: Weighed, alive: float | None, q: VerdictParameters) -> Answer:
    """Detectors alive and the controller in control of itself."""
    record = one.record
    if record.away_share + record.transition_share > q.away_most:
        return False
    return None if alive is None else alive >= q.alive_least


def _adapting(verdict: Verdict) -> Answer:
    return None if verdict == Verdict.UNKNOWN else verdict == Verdict.ADAPTING


def alive_as_seen(one: Weighed, q: VerdictParameters) -> float | None:
    """Share of a controller's detectors that the window itself shows alive; None: too little was seen."""
    seen = one.record.detectors > 0 and one.record.observable_share >= q.observable_least
    return one.record.usable / one.record.detectors if seen else None


def _told(one: Weighed, rate: float, because: str, answers: Sequence[Answer], alive: float | None) -> Evidence:
    """The figures behind a finding, as the page and the API show them; NaN is None."""
    record, tests, plans = one.record, one.evidence, one.plans
    figures: dict[str, float | int | str | bool | None] = {
        "p": one.chance, "q": rate, "unknown_because": because or None, "moves": tests.moves, "spread_s": tests.spread,
        "moved_share": tests.moved_share, "p_micro": tests.micro, "gap_auc": tests.gap_auc, "opposing_auc": tests.opposing_auc,
        "gap_out_share": tests.gap_out_share, "p_gap_outs": tests.gap_outs, "p_macro": tests.macro,
        "demand_correlation": tests.demand_correlation,
        "p_counts": one.counts.macro, "counts_correlation": one.counts.level, "counts_fresh_correlation": one.counts.fresh,
        "count_interval_s": one.counts.interval, "count_services": one.counts.services, "vehicles_per_service": one.counts.vehicles,
        "p_plans": plans.selected, "plan_changes": plans.changes, "off_schedule_share": plans.off_schedule_share,
        "replay_share": plans.replay_share, "stages": tests.stages, "services_per_stage": tests.services,
        "detectors": record.detectors, "detectors_usable": record.usable, "alive_share": alive,
        "message_share": record.message_share, "offline_share": record.offline_share, "away_share": record.away_share,
        "transition_share": record.transition_share, "online": answers[0], "declared": answers[1], "healthy": answers[3],
        "effective": answers[4], "adapting_undeclared": answers[2] is True and answers[1] is not True,
    }  # fmt: skip
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in figures.items()}
