from __future__ import annotations

from hypothesis import given, settings

from tests.signals.kernels.test_measures import Events, figures, measured
from tests.support import naive_measures, naive_requests
from tests.support.signal_streets import OTHER_EVENTS, PHASE_EVENTS, PRIORITY, REQUESTS, T0, Q, columns, streams


@settings(max_examples=120, deadline=None)
@given(streams(kinds=(PHASE_EVENTS, REQUESTS, REQUESTS, PRIORITY, OTHER_EVENTS)))
def test_requests_are_those_found_by_walking_back_from_each_green_and_walk(events: Events) -> None:
    one = naive_measures.by_device(events)[0]
    assert figures(measured(columns(events)).requests, "bin", "phase") == naive_requests.requests(one, [1, 2, 3], Q)


def test_a_call_that_stays_waits_from_the_end_of_green() -> None:
    cycle = [(T0, 1), (T0 + 1000, 43), (T0 + 20_000, 7), (T0 + 20_000, 8), (T0 + 24_000, 10), (T0 + 50_000, 1)]
    row = measured(columns([(t, 0, c, 1) for t, c in cycle])).requests
    assert row["wait"].sum(axis=0)[:2].tolist() == [1, 30_000]


def test_a_wait_of_more_than_one_and_a_half_cycles_is_a_skip() -> None:
    for wait, skips in ((60_000, 0), (61_000, 1)):
        events = [(T0, 132, 40), (T0, 1, 1), (T0 + 9000, 8, 1), (T0 + 12_000, 10, 1), (T0 + 15_000, 43, 1), (T0 + 15_000 + wait, 1, 1)]
        events += [(T0 + t, 31, 1) for t in range(0, 80_000, 10_000)]
        requests = measured(columns([(t, 0, c, v) for t, c, v in events])).requests
        assert requests["skips"].sum() == skips


def test_a_wait_within_two_minutes_of_a_preemption_is_left_out() -> None:
    events = [(0, 1, 1), (9000, 8, 1), (10_000, 102, 1), (12_000, 10, 1), (20_000, 104, 1), (130_000, 43, 1), (139_000, 1, 1)]
    events += [(150_000, 8, 1), (155_000, 10, 1), (160_000, 43, 1), (170_000, 1, 1)] + [(t, 31, 1) for t in range(0, 170_000, 10_000)]
    requests = measured(columns([(T0 + t, 0, c, v) for t, c, v in events])).requests
    assert (requests["waits_dropped"].sum(), requests["wait"].sum(axis=0)[:2].tolist()) == (1, [1, 10_000])
