"""feeds.errors: one sentence naming file, line and field."""

from __future__ import annotations

from feeds.errors import BadEncoding, FeedError, MissingField, MissingFile


def test_an_error_names_file_line_and_field() -> None:
    error = FeedError("stops.txt", 7, "stop_lat", "is not a number: 'north'")
    assert str(error) == "stops.txt, line 7, stop_lat: is not a number: 'north'"


def test_what_is_not_to_blame_is_not_named() -> None:
    assert str(MissingFile("city.zip")) == "city.zip: does not exist"
    assert str(MissingField("trips.txt", "trip_id")) == "trips.txt, line 1, trip_id: the column is missing"
    assert str(BadEncoding("stops.txt", "is not UTF-8", 3)) == "stops.txt, line 3: is not UTF-8"
