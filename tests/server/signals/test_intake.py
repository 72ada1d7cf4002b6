from __future__ import annotations

from server.signals.engine_parameters import SignalParameters
from server.signals.intake import screen
from tests.support.signal_district import START, events

PARAMETERS = SignalParameters()


def test_events_of_impossible_times_are_left_out_and_counted() -> None:
    now, kept_s = START + 10_000, PARAMETERS.window / 1000
    rows = [(0.0, 0, 1, 1), (10.0 + 60.0, 0, 1, 2), (70.001, 0, 1, 3), (10.0 - kept_s, 0, 1, 4), (10.0 - kept_s - 0.001, 0, 1, 5)]
    kept, future, old = screen(events(rows), now, PARAMETERS)
    assert (kept.parameter.tolist(), future, old) == ([1, 2, 4], 1, 1)

