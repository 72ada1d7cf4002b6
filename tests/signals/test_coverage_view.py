"""What readers get of coverage."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np

from signals.coverage import Coverage, coverage_at
from signals.coverage_days import HOUR, hours, moments
from signals.coverage_epolice import epolice_at
from signals.coverage_series import coverage_moments, principal_series, time_in_state
from signals.coverage_view import coverage_view, series_view, time_in_state_view
from signals.coverage_weights import Measured
from signals.finding import Finding
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory_spans import spans_now
from signals.model import Rung, Verdict
from signals.state_history import StateHistory
from tests.support.inventories import full, graded

D = CoverageDefinitions()
ZONE = "Asia/Shanghai"
EIGHT = 1_795_651_200_000
"""2026-11-26 08:00 in Shanghai"""
SPANS = spans_now(graded([11, 11, 12, 13, 31, 0]))


def states() -> StateHistory:
    history = StateHistory()
    told = [(0, Rung.HEALTHY, Rung.HEALTHY), (1, Rung.DECLARED, Rung.EFFECTIVE), (2, Rung.ONLINE, Rung.EFFECTIVE)]
    history.record([Finding(row, EIGHT, EIGHT + HOUR, Verdict.ADAPTING, a, b, 22, 1.0) for row, a, b in told], SPANS.ids)
    return history


def coverage(**more: Any) -> Coverage:
    flow = Measured("flow", ["0", "1"], np.array([100.0, 300.0]))
    return coverage_at(EIGHT + 1, SPANS, states().view(), D, [flow, Measured("tram_riders", ["0"], np.array([5.0]))], **more)


def plain(value: object) -> object:
    """What a JSON reader gets back; NaN is an error."""
    return json.loads(json.dumps(value, allow_nan=False))


def both_languages(value: object) -> bool:
    """Whether every text has both languages and neither is empty."""
    if isinstance(value, dict):
        whole = not ({"zh", "en"} & value.keys()) or (bool(value.get("zh")) and bool(value.get("en")))
        return whole and all(both_languages(one) for one in value.values())
    return all(both_languages(one) for one in value) if isinstance(value, list) else True


def test_a_moment_has_all_its_figures_by_name() -> None:
    view = coverage_view(coverage(items=True, epolice=epolice_at(EIGHT, full(), D)), ZONE)
    assert plain(view) == view
    assert both_languages(view)
    assert view["definitions"]["service_time"] == ["06:00", "22:00"]
    assert view["definitions"]["grade_weights"]["31"] == 2.0
    assert view["definitions"]["grade_readings"] == {"except_branch_branch": [11, 12, 13, 21, 22], "no_branch": [11, 12, 21]}
    assert view["definitions"]["mode_readings"]["lenient"] == [22, 23, 32, 33, 41]
    assert view["as_of"] == "2026-11-26T08:00:00+08:00"
    everything = view["scopes"][0]
    assert (everything["scope"], everything["intersections"], everything["undecided"]) == ("all", 6, 0)
    assert [scope["undecided"] for scope in view["scopes"]] == [0, 1, 1]
    assert everything["by"]["count"]["proved"]["healthy"] == {"sum": 1.0, "share": 0.166667}
    assert everything["by"]["flow"]["proved"]["healthy"] == {"sum": 100.0, "share": 0.25}
    assert everything["by"]["flow"]["possible"]["effective"]["share"] == 0.75
    assert everything["by"]["flow"]["unknown_items"] == 4
    assert everything["by"]["tram_riders"]["label"] == {"zh": "按 tram_riders", "en": "by tram_riders"}
    figures = {one["reading"]: one for one in view["official"]["figures"]}
    principal = figures[view["official"]["principal"]]
    assert principal["items"] == {"counted": ["0", "1", "2"], "unknown": ["3"], "undecided": ["5"]}
    assert (principal["numerator"], principal["denominator"], principal["value"]) == (3, 4, 0.75)
    assert (principal["low"], principal["high"], principal["star"], principal["gap"]) == (0.6, 1.0, 4, 2)
    assert principal["definition_version"] == D.version
    assert view["epolice"]["unplaced_points"] == 1
    assert view["official"]["stars"][1] == {"stars": 5, "share": 0.8, "more_than": True}


def test_lists_come_only_when_asked_and_e_police_may_be_left_out() -> None:
    view = coverage_view(coverage(), ZONE)
    assert "items" not in view["official"]["figures"][0]
    assert view["epolice"] is None


def test_the_headline_is_a_sentence_in_both_languages() -> None:
    text = coverage_view(coverage(), ZONE)["text"]
    assert text["zh"] == (
        "截至 2026-11-26 08:00：4 个重要路口中 3 个（75.0 %）在线并申报实时信号配时（除支-支外的路口：在线申报，严格口径），"
        "达到★★★★，距★★★★★还差 2 个；状态未知 1 个，等级未知 1 个。"
    )
    assert text["en"] == (
        "As of 2026-11-26 08:00: 3 of 4 important intersections (75.0 %) are on line and declare real-time signal timing "
        "(declared and on line, strict; all but intersections of two branch roads); ★★★★ reached, 2 short of ★★★★★; "
        "1 of unknown state, 1 of unknown grade."
    )
    none = dataclasses.replace(coverage(), official=coverage_at(EIGHT, spans_now(graded([])), states().view(), D).official)
    assert coverage_view(none, ZONE)["text"]["en"] == "As of 2026-11-26 08:00: no intersection is known to be important."


def test_series_have_a_value_for_every_time() -> None:
    times, view = moments(EIGHT - HOUR, EIGHT + 2 * HOUR, HOUR), states().view()
    found = series_view(times, coverage_moments(times, SPANS, view, D), principal_series(times, SPANS, view, D), ZONE)
    assert plain(found) == found
    assert both_languages(found)
    assert found["times"] == [f"2026-11-26T0{hour}:00:00+08:00" for hour in (7, 8, 9)]
    assert found["scopes"][0]["by"]["count"]["proved"]["online"] == [0.0, 0.5, 0.5]
    assert found["official"]["value"] == [0.0, 0.75, 0.75]
    assert found["official"]["star"] == [0, 4, 4]
    assert series_view(times, [], [], ZONE)["official"] is None


def test_time_in_state_has_its_bins_and_the_whole() -> None:
    bins = hours(EIGHT, EIGHT + 2 * HOUR)
    found = time_in_state_view(bins, time_in_state(bins, SPANS, states().view(), D), ZONE)
    assert plain(found) == found
    assert found["to"][-1] == "2026-11-26T10:00:00+08:00"
    assert found["scopes"][0]["by"]["count"]["proved"]["online"] == [0.5, 0.125]
    assert found["whole"][0]["by"]["count"]["proved"]["online"] == [0.3125]
