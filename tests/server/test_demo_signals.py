from __future__ import annotations

from pathlib import Path

import structlog

from feeds.simulated import District
from server.demo_signals import PAST, DemoSignals
from server.signals.engine import SignalEngine
from server.signals.engine_parameters import SignalParameters
from server.signals.inbox import SignalInput
from server.signals.judging import Judge
from server.signals.service import listed
from signals.model import Verdict

NOW = 1_777_257_000.0
"""epoch s, a Monday, half past ten in Shanghai"""


def test_the_demo_begins_with_verdicts_measures_and_a_history(tmp_path: Path) -> None:
    structlog.configure([structlog.processors.JSONRenderer()])
    signals = DemoSignals(District(1), 1, NOW)
    signals.write_files(tmp_path)
    inventory = listed(tmp_path / "signals")
    engine = SignalEngine(inventory, "Asia/Shanghai")
    judge = Judge(inventory, 28_800_000, SignalParameters())
    signals.warm_up(engine, judge)
    snapshot = engine.step(int(NOW * 1000), SignalInput())
    verdicts = [one.verdict for one in snapshot.findings if one is not None]
    assert verdicts.count(Verdict.ADAPTING) >= 6
    assert verdicts.count(Verdict.NOT_ADAPTING) >= 6
    assert snapshot.online == 18
    assert len({int(start) for rows in snapshot.bins.tables for start in rows.states["bin"]}) >= 7  # quarter hours
    assert snapshot.states.columns.time.min() < NOW * 1000 - 0.8 * PAST
