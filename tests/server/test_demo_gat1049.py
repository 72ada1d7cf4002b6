from __future__ import annotations

import numpy as np
import orjson

from feeds.signals.gat1049_json import decode_reports
from feeds.signals.last_reports import LastReports
from feeds.signals.reports import Source
from feeds.signals.site import Site
from feeds.simulated import District
from feeds.simulated_signals import district_signals
from server.demo_gat1049 import INTERVAL, Gat1049Sender
from signals.codes import Code

START = 1_777_257_000_000


def test_what_is_sent_says_what_the_controller_logged_to_the_second() -> None:
    signals = district_signals(District(1).streets, 1, START)
    inventory = signals.inventory
    sender, source = Gat1049Sender(inventory, (3, 5)), Source(Site(inventory), LastReports())
    events = signals.advance(START + INTERVAL)
    decoded = decode_reports(orjson.dumps(sender.states(events)), source, START + INTERVAL)
    assert decoded.counters.refused == {}
    assert set(decoded.events.device.tolist()) == {3, 5}
    for code in (Code.BEGIN_GREEN, Code.BEGIN_YELLOW):
        mine = np.isin(events.device, (3, 5)) & (events.code == code)
        sent = decoded.events.code == code
        wanted = {(t // 1000, d, p) for t, d, p in zip(events.time[mine], events.device[mine], events.parameter[mine])}
        assert len(wanted) > 10
        found = zip(decoded.events.time[sent], decoded.events.device[sent], decoded.events.parameter[sent])
        told = {(t // 1000, d, p) for t, d, p in found}
        assert told <= wanted
        assert {one for one in wanted if one[0] >= START // 1000 + 120} <= told  # a lamp's first report tells no change


def test_counts_are_those_of_the_advance_detectors_of_whole_intervals() -> None:
    signals = district_signals(District(1).streets, 1, START)
    inventory = signals.inventory
    sender, source = Gat1049Sender(inventory, (3,)), Source(Site(inventory), LastReports())
    assert sender.counts(signals.advance(START), START) == []
    events = signals.advance(START + INTERVAL - 1)
    assert sender.counts(events, START + INTERVAL - 1) == []
    told = sender.counts(signals.advance(START + INTERVAL), START + INTERVAL)
    decoded = decode_reports(orjson.dumps(told), source, START + INTERVAL, name="counts")
    assert (decoded.counters.refused, set(decoded.counts.start.tolist())) == ({}, {START})
    on = events.parameter[(events.device == 3) & (events.code == Code.DETECTOR_ON)]
    advance = inventory.detector_channel[(inventory.detector_device == 3) & (inventory.detector_type == 1)]
    assert decoded.counts.volume.sum() == np.isin(on, advance).sum() > 20
