"""The words, minute by minute, and the width of what a screen shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transit.board_content import BoardStatus, Call, CallState, LineState, LineStatus, Notice
from transit.board_text import LANGUAGES, Language, call_texts, line_texts, notice_texts, shown_minutes, status_text
from transit.departures import Line
from transit.local_time import hour_minute, rfc3339
from transit.model import Source
from transit.text_cells import fit, lay_out, longest_that_fits, to_gbk_repertoire, width

ZONE = "Asia/Shanghai"
EIGHT = 1795392000.0
"""2026-11-23 08:00 in Shanghai"""
LINE = Line(0, 0, "汽车总站")


def a_call(**fields: object) -> Call:
    base = Call(
        LINE, True, Source.LIVE, CallState.APPROACHING, EIGHT + 170, EIGHT + 170, EIGHT + 185, 170, 3, None, None, 2, 700.0, False,
        None, False, EIGHT - 5, 0, 0, EIGHT - 28800, 1, 2,
    )  # fmt: skip
    return base._replace(**fields)


def a_line(state: LineState, **fields: object) -> LineStatus:
    base = LineStatus(LINE, state, (), EIGHT - 7200, EIGHT + 13.5 * 3600, 480.0, EIGHT + 720, EIGHT + 600)
    return base._replace(**fields)


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(-30, 0), (0, 0), (29.9, 0), (30, 1), (89.9, 1), (90, 2), (119, 2), (149.9, 2), (150, 3), (3600, 60)],
)
def test_minutes_are_the_nearest_with_halves_up(seconds: float, minutes: int) -> None:
    assert shown_minutes(seconds) == minutes


@pytest.mark.parametrize(
    ("call", "zh", "en"),
    [
        (a_call(), "还有2站·约3分钟", "2 stops · 3 min"),
        (a_call(stops_away=1, minutes=1), "还有1站·约1分钟", "1 stop · 1 min"),
        (a_call(stops_away=None), "约3分钟", "3 min"),
        (a_call(state=CallState.ARRIVING), "即将进站", "Arriving"),
        (a_call(state=CallState.AT_STOP, stops_away=0), "已进站", "At stop"),
        (a_call(state=CallState.DELAYED), "还有2站·约3分钟·信号延迟", "2 stops · 3 min · signal delayed"),
        (a_call(state=CallState.DELAYED, stuck=True), "还有2站·约3分钟·行驶缓慢", "2 stops · 3 min · slow"),
        (a_call(state=CallState.DELAYED, minutes=None), "还有2站·信号延迟", "2 stops · signal delayed"),
        (a_call(state=CallState.DELAYED, minutes=None, stops_away=None), "信号延迟", "Signal delayed"),
        (a_call(source=Source.LAYOVER, origin_departure=EIGHT + 300), "等待发车·始发08:05", "Waiting · leaves terminal 08:05"),
        (a_call(source=Source.LAYOVER, origin_departure=EIGHT + 300, at_origin=True), "等待发车·08:05发车", "Departs 08:05"),
        (a_call(source=Source.LAYOVER), "等待发车", "Waiting to depart"),
        (a_call(source=Source.SCHEDULE, time=EIGHT + 779), "时刻表 08:12", "Scheduled 08:12"),
    ],
)
def test_a_call_says(call: Call, zh: str, en: str) -> None:
    assert call_texts(call, "zh", ZONE)[0] == zh
    assert call_texts(call, "en", ZONE)[0] == en


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        (a_line(LineState.LIVE, calls=(a_call(),)), "还有2站·约3分钟", "2 stops · 3 min"),
        (a_line(LineState.WAITING_DEPARTURE), "等待发车·始发08:10", "Waiting · leaves terminal 08:10"),
        (a_line(LineState.WAITING_DEPARTURE, next_departure=EIGHT + 600), "等待发车·08:10发车", "Departs 08:10"),
        (a_line(LineState.HEADWAY), "约每8分钟一班", "About every 8 min"),
        (a_line(LineState.SCHEDULED), "时刻表 08:12", "Scheduled 08:12"),
        (a_line(LineState.BEFORE_FIRST), "首班 06:00 末班 21:30", "First 06:00 · last 21:30"),
        (a_line(LineState.AFTER_LAST), "末班已过", "Last bus has gone"),
        (a_line(LineState.NO_SERVICE), "今日停运", "No service today"),
        (a_line(LineState.NO_DATA), "暂无数据", "No data"),
    ],
)
def test_a_line_says(line: LineStatus, zh: str, en: str) -> None:
    assert line_texts(line, "zh", ZONE)[0] == zh
    assert line_texts(line, "en", ZONE)[0] == en


def test_a_line_tells_of_the_bus_that_is_seen_rather_than_of_the_schedule() -> None:
    scheduled = a_call(source=Source.SCHEDULE, time=EIGHT + 60)
    assert line_texts(a_line(LineState.LIVE, calls=(scheduled, a_call())), "zh", ZONE)[0] == "还有2站·约3分钟"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_shorter_than_the_one_before_and_fits_gbk(language: Language) -> None:
    calls = [
        a_call(state=state, source=source, stops_away=stops, minutes=minutes, origin_departure=origin)
        for state in CallState
        for source in Source
        for stops in (None, 0, 1, 12)
        for minutes in (None, 0, 7)
        for origin in (None, EIGHT)
    ]
    every = [call_texts(call, language, ZONE) for call in calls]
    every += [line_texts(a_line(state), language, ZONE) for state in LineState]
    every += [notice_texts(notice, language) for notice in Notice]
    every += [(status_text(status, terminus, language),) for status in BoardStatus for terminus in (False, True)]
    for texts in every:
        widths = [width(text) for text in texts]
        assert widths == sorted(widths, reverse=True)
        assert all(texts)
        for text in texts:
            assert text.encode("gbk").decode("gbk") == text


@pytest.mark.parametrize(
    ("text", "cells", "fitted"),
    [
        ("汽车总站", 8, "汽车总站"),
        ("汽车总站", 7, "汽车总 "),
        ("汽车总站", 5, "汽车 "),
        ("K2路", 6, "K2路  "),
        ("汽", 1, " "),
        ("", 3, "   "),
        ("a\tb\nc", 6, "a b c "),
    ],
)
def test_text_is_cut_between_characters(text: str, cells: int, fitted: str) -> None:
    assert fit(text, cells) == fitted


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ștefan", "Stefan"),
        ("公交🚌站", "公交?站"),
        ("é", "é"),
        ("ﬁn", "fin"),
        ("a\u200bb", "ab"),
        ("½", "1?2"),
        ("中·国", "中·国"),
    ],
)
def test_what_gbk_lacks_is_replaced(text: str, plain: str) -> None:
    assert to_gbk_repertoire(text) == plain


@given(st.text(max_size=40), st.integers(0, 40))
def test_any_text_fits_exactly_and_encodes(text: str, cells: int) -> None:
    shown = fit(text, cells)
    assert len(shown.encode("gbk")) == cells == width(shown)


@given(st.text(max_size=12), st.text(max_size=20), st.lists(st.text(max_size=20), min_size=1, max_size=3),
       st.integers(1, 60), st.integers(1, 12))  # fmt: skip
def test_a_board_line_is_exactly_as_wide_as_the_screen(
    left: str, middle: str, right: list[str], columns: int, cells: int
) -> None:
    assert len(lay_out(left, middle, right, columns, cells).encode("gbk")) == columns


def test_the_text_that_fits_is_chosen_and_the_destination_takes_the_rest() -> None:
    texts = ("还有2站·约3分钟", "2站·3分钟", "3分钟", "3分")
    assert lay_out("11", "汽车总站", texts, 32, 3) == "11  汽车总站    还有2站·约3分钟"
    assert lay_out("11", "汽车总站", texts, 22, 3) == "11  汽车总  2站·3分钟"
    assert lay_out("11", "汽车总站", texts, 17, 3) == "11  汽车总  3分钟"
    assert lay_out("11", "汽车总站", texts, 10, 3) == "11   3分钟"
    assert lay_out("11", "汽车总站", texts, 2, 3) == "11"
    assert longest_that_fits(texts, 6) == "3分钟"
    assert longest_that_fits(texts, 3) == "3分"
    assert longest_that_fits(texts, 2) == "3"


@pytest.mark.parametrize(
    ("epoch", "zone", "stamp", "clock"),
    [
        (EIGHT + 5.9, ZONE, "2026-11-23T08:00:05+08:00", "08:00"),
        (0.0, "UTC", "1970-01-01T00:00:00+00:00", "00:00"),
        (EIGHT, "Asia/Kathmandu", "2026-11-23T05:45:00+05:45", "05:45"),
        (1774746000.0 - 1, "Europe/Paris", "2026-03-29T01:59:59+01:00", "01:59"),
        (1774746000.0, "Europe/Paris", "2026-03-29T03:00:00+02:00", "03:00"),
    ],
)
def test_local_times_carry_the_offset_in_force(epoch: float, zone: str, stamp: str, clock: str) -> None:
    assert rfc3339(epoch, zone) == stamp
    assert hour_minute(epoch, zone) == clock
