"""A period as readers get it."""

from __future__ import annotations

import datetime
import json

import pytest

from signals.coverage_days import HOUR, local_midnight
from signals.coverage_period import period_view
from signals.finding import Finding
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory_spans import spans_now
from signals.model import Rung, Verdict
from signals.state_history import StateHistory
from tests.support.inventories import graded

D = CoverageDefinitions()
ZONE = "Asia/Shanghai"
MIDNIGHT = local_midnight(datetime.date(2026, 11, 26), ZONE)


def test_a_period_has_its_series_its_days_and_its_service_time() -> None:
    spans, history = spans_now(graded([11])), StateHistory()
    told = (Rung.HEALTHY, Rung.HEALTHY, 22, 1.0)
    history.record([Finding(0, MIDNIGHT + 6 * HOUR, MIDNIGHT + 14 * HOUR, Verdict.ADAPTING, *told)], spans.ids)
    view = period_view(MIDNIGHT, MIDNIGHT + 48 * HOUR, spans, history.view(), D, ZONE, 6 * HOUR)
    assert json.loads(json.dumps(view, allow_nan=False)) == view
    assert (view["from"], view["to"], view["step_s"]) == ("2026-11-26T00:00:00+08:00", "2026-11-28T00:00:00+08:00", 21600.0)
    assert len(view["series"]["times"]) == 8
    assert view["series"]["official"]["value"] == [0, 1, 1, 0, 0, 0, 0, 0]
    spent = view["time_in_state"]
    assert spent["all_day"]["scopes"][0]["by"]["count"]["proved"]["adapting"] == [round(8.25 / 24, 6), 0.0]
    assert spent["service"]["clock"] == ["06:00", "22:00"]
    assert spent["service"]["from"] == ["2026-11-26T06:00:00+08:00", "2026-11-27T06:00:00+08:00"]
    assert spent["service"]["whole"][0]["by"]["count"]["proved"]["adapting"] == [round(8.25 / 32, 6)]


def test_a_period_that_is_none_or_too_fine_is_an_error() -> None:
    spans, states = spans_now(graded([11])), StateHistory().view()
    for start, end, step in ((5, 5, 1), (6, 5, 1), (5, 9, 0)):
        with pytest.raises(ValueError, match="is none"):
            period_view(start, end, spans, states, D, ZONE, step)
    with pytest.raises(ValueError, match="a series of 2001 moments is longer than 2000"):
        period_view(0, 2000 * HOUR + 1, spans, states, D, ZONE)
