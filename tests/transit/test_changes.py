from __future__ import annotations

import math

import pytest

from transit.changes import (
    NO_CHANGES,
    Alert,
    CancelledTrip,
    ClosedStop,
    Informed,
    Period,
    ServiceChanges,
    Statements,
    SuspendedRoute,
    TripRun,
    holds,
    implied,
    over,
)

CANCELLED = Statements(cancelled=(CancelledTrip(TripRun("a")),))
CLOSED = Statements(closed=(ClosedStop("s", periods=(Period(10.0, 20.0),)),))


def test_sources_add_up_and_the_newest_word_of_each_counts() -> None:
    changes = NO_CHANGES.tell("feed", CANCELLED, 100.0).tell("bureau", CLOSED, math.inf)
    assert [one.source for one in changes.told] == ["bureau", "feed"]
    assert changes.tell("feed", CLOSED, 50.0).told[1].statements == CLOSED
    assert changes.tell("feed", Statements(), 50.0) == NO_CHANGES.tell("bureau", CLOSED, math.inf)


def test_a_source_that_falls_silent_is_forgotten_and_one_that_repeats_itself_is_not() -> None:
    changes = NO_CHANGES.tell("feed", CANCELLED, 100.0)
    assert changes.at(99.9) == changes
    assert changes.at(100.0) == NO_CHANGES
    assert changes.renew("feed", 200.0).at(100.0).told[0].statements == CANCELLED
    assert changes.renew("other", 200.0) == changes


def test_what_is_over_is_left_out_and_what_is_to_come_is_kept() -> None:
    changes = ServiceChanges().tell("bureau", CLOSED.joined(CANCELLED), math.inf)
    assert changes.at(0.0) == changes
    assert changes.at(20.0).told[0].statements == CANCELLED


@pytest.mark.parametrize(("time", "holding"), [(9.9, False), (10.0, True), (19.9, True), (20.0, False)])
def test_a_period_ends_before_its_end(time: float, holding: bool) -> None:
    assert holds((Period(10.0, 20.0),), time) is holding
    assert holds((), time)
    assert over((Period(10.0, 20.0), Period(0.0, 5.0)), time) is (time >= 20.0)
    assert not over((), time)


def test_too_many_statements_of_a_kind_are_cut_and_counted() -> None:
    many = Statements(cancelled=CANCELLED.cancelled * 7, closed=CLOSED.closed * 2)
    kept, left_out = many.bounded(3)
    assert (len(kept.cancelled), len(kept.closed), left_out) == (3, 2, 4)


def test_periods_of_every_kind_are_listed() -> None:
    period = Period(1.0, 2.0)
    alert = Alert("x", (), (period,))
    said = Statements((CancelledTrip(TripRun("a"), True, (period,)),), (), CLOSED.closed, (), (SuspendedRoute("r"),), (alert,))
    assert list(said.list_periods()) == [period, Period(10.0, 20.0), period]


def test_an_alert_changes_service_only_where_its_effect_leaves_no_doubt() -> None:
    places = (
        Informed(stop_id="s"), Informed(stop_id="s", route_id="r", direction=1), Informed(route_id="r"), Informed(agency_id="a"),
        Informed(run=TripRun("t")), Informed(run=TripRun("t"), stop_id="s"),
    )  # fmt: skip
    periods = (Period(1.0, 2.0),)
    none = implied(Alert("x", places, periods, effect="NO_SERVICE"))
    assert none.closed == (ClosedStop("s", periods=periods), ClosedStop("s", "r", 1, periods))
    assert none.suspended == (SuspendedRoute("r", -1, periods),)
    assert none.cancelled == (CancelledTrip(TripRun("t"), True, periods),)
    detour = implied(Alert("x", places, periods, effect="DETOUR"))
    assert detour == Statements(closed=(ClosedStop("s", "r", 1, periods),))
    for effect in ("STOP_MOVED", "MODIFIED_SERVICE", "UNKNOWN_EFFECT"):
        assert not len(implied(Alert("x", places, periods, effect=effect)))
