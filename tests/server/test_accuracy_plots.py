from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from server.accuracy_plots import Axis, Series, bars, heat, lines, ridges

SVG = ""


def parts(plot: str, name: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(plot).iter() if one.get("class") == name]


def test_bars_are_as_high_as_their_values_and_unknown_ones_are_not_there() -> None:
    plot = bars("t", ["a", "b"], [Series("ours", [0.5, 1.0]), Series("other", [None, 0.25])], Axis("%", 0.0, 1.0), (0.7, 0.8, 0.9))
    heights = [float(one.get("height", "nan")) for one in parts(plot, "s0")]
    assert heights[1] == 2 * heights[0]
    assert [float(one.get("height", "nan")) for one in parts(plot, "s1")] == [heights[0] / 2]
    assert len(parts(plot, "aim")) == 1
    assert [one[0].text for one in parts(plot, "s0")] == ["ours, a: 50 %", "ours, b: 100 %"]


def test_a_predictor_without_any_value_keeps_its_colour_for_the_others() -> None:
    plot = bars("t", ["a"], [Series("ours", [None]), Series("other", [3.0])], Axis("s"))
    assert (len(parts(plot, "s0")), len(parts(plot, "s1"))) == (0, 1)


def test_names_cannot_break_out_of_a_plot() -> None:
    plot = bars("<t>", ["<b>"], [Series('"><script>', [1.0])], Axis("s"))
    assert "<script>" not in plot
    assert parts(plot, "s0")[0][0].text == '"><script>, <b>: 1 s'


def test_distributions_show_quantiles_where_there_are_any() -> None:
    plot = ridges("t", ["a", "b"], [[1, 4, 1], [0, 0, 0]], [-600, 0, 300, 900], [(-30.0, 0.0, 60.0), (None, None, None)], "min")
    assert len(parts(plot, "ridge")) == len(parts(plot, "median")) == 1


def test_the_worst_hour_has_the_strongest_colour_whichever_way_is_worse() -> None:
    values: list[float | None] = [None] * 24
    values[7], values[8] = 10.0, 90.0
    plot = heat("t", list(range(24)), [("error", values, "", True), ("share", values, "", False)])
    strengths = [float(one.get("fill-opacity", "nan")) for one in parts(plot, "heat")]
    assert strengths[0] < strengths[1]
    assert strengths[2] > strengths[3]
    assert len(parts(plot, "unknown")) == 44


def test_a_day_without_a_value_breaks_the_line() -> None:
    plot = lines("t", ["2026-11-21", "2026-11-22", "2026-11-23"], [Series("ours", [1.0, None, 3.0])], Axis("s"))
    assert len(parts(plot, "l0")) == len(parts(plot, "s0")) == 2
    assert "11-21" in plot
