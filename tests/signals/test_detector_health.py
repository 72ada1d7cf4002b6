from __future__ import annotations

from signals.detector_health import DetectorHealth, DetectorState, alive_shares, detector_health
from signals.measures import Measures
from tests.signals.test_measures import T0, Q, Told, cycles
from tests.support.naive_measures import Detector
from tests.support.signal_streets import columns, inventory_of

ROAD = inventory_of([Detector(c, (1,), 0, True, 0) for c in range(1, 6)], 2)


def states(told: Told) -> dict[int, tuple[DetectorState, tuple[str, ...]]]:
    """By channel of the first device; the second one says nothing."""
    measures = Measures(ROAD, Q)
    measures.feed(columns([(T0 + round(1000 * t), 0, c, v) for t, c, v in told]), T0 + 86_400_000)
    measures.finish()
    found = detector_health(measures.take(), ROAD)
    assert {(one.state, one.reasons) for one in found if one.device == 1} == {(DetectorState.UNKNOWN, ("no_data",))}
    return {one.channel: (one.state, one.reasons) for one in found if one.device == 0}


def hits(channel: int, count: int) -> Told:
    return [(5.0 + 3500.0 * k / count + shift, code, channel) for k in range(count) for shift, code in ((0.0, 82), (0.5, 81))]


def test_each_way_of_failing_has_its_name() -> None:
    told = [*cycles(40), *hits(1, 200), *hits(2, 200), *hits(3, 4), (100.0, 82, 4), (200.0, 87, 2), (300.0, 83, 1)]
    found = states(told)
    assert found[1] == (DetectorState.ALIVE, ())
    assert found[2] == (DetectorState.FAILED, ("shorted",))
    assert found[3] == (DetectorState.SUSPECT, ("few_hits",))
    assert found[4] == (DetectorState.FAILED, ("stuck_on", "few_hits"))
    assert found[5] == (DetectorState.FAILED, ("silent",))


def test_on_an_empty_road_silence_says_nothing() -> None:
    found = states([*cycles(40), *hits(1, 3)])
    assert found[1] == (DetectorState.ALIVE, ())
    assert found[2] == (DetectorState.UNKNOWN, ("empty_road",))


def test_a_chattering_detector_is_in_doubt() -> None:
    assert states([*cycles(40), *hits(1, 6000), *hits(2, 3000), *hits(3, 3000)])[1] == (DetectorState.SUSPECT, ("chatter",))


def test_a_stuck_detector_is_found_over_bins_and_words_are_for_the_wire() -> None:
    assert states([*cycles(40), (10.0, 82, 1)])[1][1] == ("stuck_on",)
    assert DetectorState.FAILED.word == "failed"


def test_the_share_alive_is_told_where_unknown_detectors_cannot_change_it() -> None:
    alive, failed, unknown = DetectorState.ALIVE, DetectorState.FAILED, DetectorState.UNKNOWN
    given = {0: [alive] * 3 + [unknown], 1: [alive, failed, failed, unknown], 2: [alive, alive, unknown, unknown], 3: []}
    found = [
        DetectorHealth(device, k, 0, state, (), 0, 0.0, 0.0, 0.0) for device, states in given.items() for k, state in enumerate(states)
    ]
    assert alive_shares(found, 4, 0.75) == {0: 0.75, 1: 0.5, 2: None, 3: None}
