from __future__ import annotations

from hypothesis import given, settings

from tests.signals.kernels.test_measures import Events, figures, measured
from tests.support import naive_measures, naive_requests
from tests.support.signal_streets import DETECTOR_EVENTS, FAULTS, OTHER_EVENTS, T0, Q, columns, streams


@settings(max_examples=120, deadline=None)
@given(streams(kinds=(DETECTOR_EVENTS, DETECTOR_EVENTS, FAULTS, OTHER_EVENTS)))
def test_channels_and_devices_are_those_of_spans_laid_over_bins(events: Events) -> None:
    one, tables = naive_measures.by_device(events)[0], measured(columns(events))
    assert figures(tables.channels, "bin", "channel") == naive_requests.detectors(one, [1, 2, 3, 4, 5], Q)
    told = figures(tables.devices, "bin")
    for row in told.values():
        row.pop("duplicates", None)
    assert told == naive_requests.devices(one, [1, 2, 3, 4, 5], Q)


def test_exact_repetitions_are_counted_and_passed_over() -> None:
    tables = measured(columns([(T0, 0, 82, 1), (T0, 0, 82, 1), (T0 + 1000, 0, 81, 1), (T0, 0, 82, 1)]))
    assert (tables.devices["duplicates"].sum(), tables.channels["hits"].sum()) == (2, 1)


def test_events_of_channels_and_phases_that_nobody_can_place_are_counted() -> None:
    tables = measured(columns([(T0, 0, 82, 77), (T0, 0, 1, 64), (T0, 0, 1, -1), (T0 + 5, 0, 1, 63)]))
    assert (tables.devices["unlisted"].sum(), tables.devices["events"].sum(), len(tables.states)) == (3, 4, 3)
