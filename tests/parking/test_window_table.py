"""Columns of openings tell what `covers` tells, for all windows at once."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.records import Interval, ShareWindow
from parking.wall_clock import instant
from parking.window_table import WindowTable
from parking.windows import covers

HERE = "Asia/Shanghai"
START = instant(date(2026, 9, 25), 0, HERE)
SPAN = Interval(START, START + 120 * 86_400)
NIGHTS = ShareWindow("W1", "S1", "eve", "2026-01-01", "", "workdays", 1080, 480)
windows = st.builds(
    lambda days, start, end, buffer_s, more, active, last: msgspec.structs.replace(
        NIGHTS, days=days, start_minute=start, end_minute=end, buffer_s=buffer_s, more=more, active=active, last_day=last
    ),
    st.sampled_from(["daily", "workdays", "days_off", "67"]), st.integers(0, 1439), st.integers(0, 1440), st.sampled_from([0, 1800]),
    st.sampled_from([(), (("days_off", 0, 0),)]), st.booleans() | st.just(True), st.sampled_from(["", "2026-10-06"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(windows, max_size=6), st.integers(0, 110 * 1440), st.integers(1, 3000))
def test_the_table_tells_what_each_window_tells(found: list[ShareWindow], start: int, minutes: int) -> None:
    wanted = Interval(START + 60 * start, START + 60 * (start + minutes))
    table = WindowTable([(one, HERE) for one in found], SPAN)
    told = [one.active and covers(one, wanted, HERE) is True for one in found]
    assert table.covering(wanted).tolist() == told
    some = np.arange(0, len(found), 2)
    assert table.covering(wanted, some).tolist() == told[::2]


def test_a_run_that_goes_on_beyond_the_span_is_cut_to_it() -> None:
    always = msgspec.structs.replace(NIGHTS, days="daily", start_minute=0, end_minute=0, buffer_s=3600)
    table = WindowTable([(always, HERE)], SPAN)
    assert table.covering(SPAN).tolist() == [True]
    assert datetime.fromtimestamp(START, ZoneInfo(HERE)).hour == 0
