from __future__ import annotations

import dataclasses

import numpy as np

from signals.measures_parameters import SILENCES, MeasureParameters, silence_columns
from signals.measures_state import add_phase, channel_index, shifts, signal_state
from signals.model import DetectorType
from tests.support.signal_streets import SMALL, Q, inventory_of


def test_arrivals_are_shifted_by_the_way_to_the_stop_line_less_the_latency() -> None:
    inventory = inventory_of(SMALL)
    assert shifts(inventory, Q).tolist() == [4317, 0, 0, 0, 0]
    assert shifts(inventory, Q._replace(latency=1200)).tolist() == [3117, 0, 0, 0, 0]
    assert shifts(inventory, Q._replace(latency=9000)).tolist() == [0, 0, 0, 0, 0]
    distant = dataclasses.replace(inventory, detector_distance=np.array([2000.0, np.nan, 3.0, np.nan, 3.0]))
    assert shifts(distant, MeasureParameters()).tolist() == [-1, 0, 0, 0, 0]
    assert len(signal_state(distant, Q).groups) == 3
    assert signal_state(distant, Q).link_start.tolist() == [0, 0, 1, 2, 4, 5]


def test_channels_are_found_by_device_and_number() -> None:
    inventory = inventory_of(SMALL, 2)
    odd = dataclasses.replace(inventory, detector_channel=np.where(inventory.detector_channel == 5, 90_000, inventory.detector_channel))
    start, detector_of = channel_index(odd)
    assert start.tolist() == [0, 5, 10]
    assert detector_of.tolist() == [-1, 0, 1, 2, 3, -1, 5, 6, 7, 8]


def test_lane_groups_are_phases_and_approaches_with_their_lanes() -> None:
    state = signal_state(inventory_of(SMALL, 2), Q)
    assert state.devices["groups"].tolist() == [3, 3]
    assert state.devices["count"].tolist() == [2, 2]
    lanes = sorted(zip(state.groups["approach"].tolist(), state.groups["lanes"].tolist()))
    assert lanes == [(0, 2), (1, 0), (1, 1), (2, 2), (3, 0), (3, 1)]
    more = add_phase(state, 1, 7)
    assert more.slots[more.slot_of[1, 7]]["phase"] == 7
    assert more.slots[more.slot_of[1, 7]]["next"] in (state.slot_of[1, 1], state.slot_of[1, 2])


def test_detectors_of_unknown_kind_tell_nothing_of_lane_groups() -> None:
    inventory = inventory_of(SMALL)
    unknown = dataclasses.replace(inventory, detector_type=np.full(5, DetectorType.UNKNOWN, np.uint8))
    assert len(signal_state(unknown, Q).groups) == 0


def test_silences_wrap_at_midnight() -> None:
    start, most = silence_columns(SILENCES)
    assert start.tolist() == [0, 18_000_000, 21_600_000, 75_600_000, 82_800_000]
    assert most.tolist() == [900_000, 300_000, 120_000, 300_000, 900_000]
    assert silence_columns(((0, 5),))[1].tolist() == [5]


def test_an_inventory_may_have_no_detectors_and_a_server_no_devices() -> None:
    for devices in (0, 3):
        state = signal_state(inventory_of([], devices), Q)
        assert (len(state.slots), len(state.groups), len(state.devices)) == (0, 0, devices)
        assert add_phase(state, 2, 5).slots[0]["phase"] == 5 if devices else True
