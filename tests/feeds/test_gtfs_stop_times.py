"""feeds.gtfs_stop_times: rows of known trips and stops, in order, and their times."""

from __future__ import annotations

import re

import numpy as np
import pytest

from feeds.errors import FeedError, MissingField
from feeds.gtfs_report import Report
from feeds.gtfs_stop_times import format_time, parse_time, read_stop_times
from feeds.gtfs_tables import Table, read_tables

STOPS = {"A": 0, "B": 1, "C": 2}


def _table(name: str, text: str) -> Table:
    return read_tables([(name, text.encode())]).tables[name]


def test_stop_times_are_put_in_the_order_of_trips_and_sequence() -> None:
    text = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,timepoint\n"
    text += "b,08:05:00,08:05:00,B,20,1\na,7:10:00,7:11:00,C,7,\nb,08:00:00,08:00:00,A,10,0\na,07:00:00,07:00:00,A,3,\n"
    times = read_stop_times(_table("stop_times.txt", text), {"a": 0, "b": 1}, STOPS, Report("feed"))
    assert times.start.tolist() == [0, 2, 4]
    assert times.stop.tolist() == [0, 2, 0, 1]
    assert times.sequence.tolist() == [3, 7, 10, 20]
    assert times.arrival.tolist() == [25_200, 25_800, 28_800, 29_100]
    assert times.departure.tolist() == [25_200, 25_860, 28_800, 29_100]
    assert times.timepoint.tolist() == [0, 0, 0, 1]
    assert np.isnan(times.traveled).all()
    assert times.lines.tolist() == [5, 3, 4, 2]


def test_unusable_stop_times_are_skipped_and_counted() -> None:
    report = Report("feed")
    text = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    text += "a,07:00:00,07:00:00,A,1\na,07:01:00,07:01:00,X,2\nz,07:01:00,07:01:00,A,2\na,07:02:00,07:02:00,B,two\n"
    text += "a,07:02:00,07:02:00,B,-1\na,07:02:00,07:02:00,B,1.5\na,07:03:00,07:03:00,B,1\na,07:60:00,07:04:00,C,9\n"
    times = read_stop_times(_table("stop_times.txt", text), {"a": 0}, STOPS, report)
    assert times.stop.tolist() == [0, 2]
    assert times.arrival.tolist() == [25_200, 25_440]
    assert report.count("unknown_stop") == 1
    assert report.count("unknown_trip") == 1
    assert report.count("bad_number") == 3
    assert report.count("duplicate_sequence") == 1
    assert report.count("bad_time") == 1


def test_of_arrival_and_departure_one_is_enough() -> None:
    text = "trip_id,departure_time,stop_id,stop_sequence\na,07:00:00,A,1\na,,B,2\na,07:09:00,C,3\n"
    times = read_stop_times(_table("stop_times.txt", text), {"a": 0}, STOPS, Report("feed"))
    assert times.arrival.tolist() == times.departure.tolist() == [25_200, -1, 25_740]
    with pytest.raises(MissingField, match="arrival_time"):
        read_stop_times(_table("stop_times.txt", "trip_id,stop_id,stop_sequence\na,A,1\n"), {"a": 0}, STOPS, Report("feed"))


def test_stop_times_that_belong_to_nothing_are_an_error_that_shows_the_first() -> None:
    text = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\na-2,07:00:00,07:00:00,A,1\n"
    with pytest.raises(FeedError, match=r"stop_times\.txt, line 2, trip_id: no usable trip has the id 'a-2'"):
        read_stop_times(_table("stop_times.txt", text), {"a": 0}, STOPS, Report("feed"))
    with pytest.raises(FeedError, match=r"line 2, stop_id: no usable stop has the id 'A'"):
        read_stop_times(_table("stop_times.txt", text), {"a-2": 0}, {"B": 0}, Report("feed"))


@pytest.mark.parametrize(("text", "seconds"), [("7:05:09", 25_509), ("00:00:00", 0), ("25:10:00", 90_600), ("123:00:00", 442_800)])
def test_times_pass_midnight(text: str, seconds: int) -> None:
    assert parse_time(text) == seconds
    assert parse_time(format_time(seconds)) == seconds


@pytest.mark.parametrize("text", ["x", "7:05", "07:60:00", "07:00:60", "-1:00:00", "07:00:00 pm", "7:5:9", "1000:00:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        parse_time(text)
