from __future__ import annotations

from pathlib import Path

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from server.signals.engine import SignalEngine
from server.signals.engine_parameters import SignalParameters
from server.signals.inbox import Delivery, SignalInput
from server.signals.judging import Judge
from server.signals.snapshot import SignalSnapshot
from server.signals.store import SignalStore
from signals.model import Rung, Verdict
from signals.state_history_file import state_history_to_bytes

START = 1_777_248_000_000
MINUTE = 60_000


def sites() -> list[Site]:
    return [
        Site("A", Control.ACTUATED, 22, [Plan(1, 0.0, [30.0, 30.0])], [400.0, 350.0], reports_state=True),
        Site("F", Control.FIXED, 23, [Plan(1, 0.0, [30.0, 30.0])], [400.0, 350.0], reports_state=True),
    ]


def driven(minutes: int) -> tuple[SignalEngine, Judge, SignalSnapshot]:
    """An engine and its judge after so many minutes, judged every fifteen."""
    signals = SimulatedSignals(1, START, sites())
    engine = SignalEngine(signals.inventory, "Asia/Shanghai")
    judge = Judge(signals.inventory, 28_800_000, SignalParameters())
    snapshot = engine.step(START, SignalInput())
    for minute in range(1, minutes + 1):
        told = judge.weigh_next(snapshot, 2) if minute % 15 == 0 else []
        until = START + minute * MINUTE
        snapshot = engine.step(until, SignalInput((Delivery(until, signals.advance(until)),), (), tuple(told)))
    return engine, judge, snapshot


def test_what_answers_traffic_is_told_from_what_claims_to_and_states_are_kept() -> None:
    engine, judge, snapshot = driven(91)
    actuated, fixed = snapshot.findings
    assert actuated is not None
    assert fixed is not None
    assert (actuated.verdict, actuated.proved) == (Verdict.ADAPTING, Rung.HEALTHY)
    assert (fixed.verdict, fixed.proved) == (Verdict.NOT_ADAPTING, Rung.DECLARED)
    assert 0.9 < actuated.observable_share <= 1.0
    assert snapshot.verdicts == 2 * 6
    assert engine.history.ids == list(engine.inventory.intersection_ids)
    assert judge.weigh_next(snapshot, 0) == []  # nothing was weighed, so nothing is new


def test_too_short_a_window_says_nothing() -> None:
    _, judge, snapshot = driven(0)
    assert judge.weigh_next(snapshot, 2) == []
    _, judge, later = driven(5)
    told = judge.weigh_next(later, 2)
    assert [(one.verdict, one.evidence["unknown_because"]) for one in told] == [(Verdict.UNKNOWN, "few_services")] * 2


def test_a_controller_that_falls_silent_falls_from_its_rung() -> None:
    engine, judge, snapshot = driven(91)
    for minute in range(92, 92 + 130):
        snapshot = engine.step(START + minute * MINUTE, SignalInput())
    snapshot = engine.step(snapshot.now + 1, SignalInput((), (), tuple(judge.weigh_next(snapshot, 2))))
    assert [one.proved for one in snapshot.findings if one is not None] == [Rung.LISTED, Rung.LISTED]
    assert snapshot.online == 0


def test_states_survive_a_restart_and_the_time_between_is_unknown(tmp_path: Path) -> None:
    engine, _, snapshot = driven(91)
    store = SignalStore(tmp_path)
    store.keep_states(state_history_to_bytes(engine.history))
    again = store.states()
    columns, rows = again.view().columns, again.view().rows_of(["J_A"])
    assert columns.known_until[rows[0]] == snapshot.findings[0].end + again.parameters.life  # type: ignore[union-attr]
    path = tmp_path / "signals" / "states.npz"
    path.write_bytes(path.read_bytes()[:50])
    assert store.states().ids == []
    assert path.with_name("states.npz.damaged").is_file()


def test_a_junction_that_tells_stages_and_lane_counts_only_is_judged_by_these_over_a_longer_window() -> None:
    told = {"gat1049": True, "count_interval": 60.0}
    plans = [Plan(1, 0.0, [40.0, 40.0])]
    all_sites = [
        Site("S", Control.SPLIT, 23, plans, [700.0, 500.0], **told),
        Site("J", Control.JITTER, 23, plans, [700.0, 500.0], **told),
        Site("F", Control.FIXED, 23, plans, [700.0, 500.0], **told),
    ]
    signals = SimulatedSignals(3, START, all_sites)
    engine = SignalEngine(signals.inventory, "Asia/Shanghai")
    snapshot = engine.step(START, SignalInput())
    for minute in range(5, 4 * 60 + 1, 5):
        until, before = START + minute * MINUTE, snapshot
        events = signals.advance(until)
        snapshot = engine.step(until, SignalInput((Delivery(until, events),), (signals.counts(),)))
    judge = Judge(signals.inventory, 28_800_000, SignalParameters())
    judge.weigh_next(before, 3)
    split, jitter, fixed = judge.weigh_next(snapshot, 3)  # two windows agree
    assert split.end - split.start == 4 * 60 * MINUTE
    assert (split.verdict, split.evidence["count_interval_s"]) == (Verdict.ADAPTING, 60.0)
    assert jitter.verdict == Verdict.UNKNOWN  # moving greens are never denied by counts alone
    assert fixed.verdict == Verdict.NOT_ADAPTING
