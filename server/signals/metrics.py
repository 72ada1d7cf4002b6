"""Prometheus metrics of signals, read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from server.signals.inbox import SignalInbox
from server.signals.shown import SignalsShown
from signals.model import Rung

_DECODED = {"events": "hi-res events", "states": "control states", "counts": "lane counts"}


def signal_metrics(inbox: SignalInbox, shown: SignalsShown) -> Iterable[Metric]:
    """What came in, what became of it, and what is shown."""
    accepted = CounterMetricFamily("baimai_signal_accepted", "items decoded", labels=["kind"])
    refused = CounterMetricFamily("baimai_signal_refused", "items that could not be used", labels=["kind", "reason"])
    codes = CounterMetricFamily("baimai_signal_unknown_codes", "events kept whose code no table explains", labels=["code"])
    modes = CounterMetricFamily("baimai_signal_unknown_modes", "reports kept whose control mode no table explains", labels=["mode"])
    for kind in _DECODED:
        counters = inbox.counters[kind]
        accepted.add_metric([kind], counters.accepted)
        _add(refused, counters.refused, kind)
        _add(codes, counters.unknown_codes)
        _add(modes, counters.unknown_modes)
    yield from (accepted, refused, codes, modes)
    yield CounterMetricFamily("baimai_signal_turned_away", "messages refused because the engine was behind", inbox.turned_away)
    yield GaugeMetricFamily("baimai_signal_waiting", "events waiting for the next step", inbox.waiting)
    snapshot = shown.snapshot
    if snapshot is None:
        return
    events = CounterMetricFamily("baimai_signal_events", "events and lane counts by what became of them", labels=["outcome"])
    _add(events, snapshot.counts)
    yield events
    yield CounterMetricFamily("baimai_signal_verdicts", "verdicts that said something new", snapshot.verdicts)
    yield CounterMetricFamily("baimai_signal_steps", "steps of the signal engine", snapshot.number)
    yield GaugeMetricFamily("baimai_signal_controllers", "controllers in the inventory", len(snapshot.controllers))
    yield GaugeMetricFamily("baimai_signal_controllers_online", "controllers that speak", snapshot.online)
    yield GaugeMetricFamily("baimai_signal_window_events", "events kept for verdicts and diagrams", snapshot.window.held)
    rungs = GaugeMetricFamily("baimai_signal_intersections", "intersections by the rung they are shown to stand on", labels=["rung"])
    for rung in Rung:
        rungs.add_metric([rung.word], sum(rung == (Rung.LISTED if one is None else one.proved) for one in snapshot.findings))
    yield rungs


def _add(family: CounterMetricFamily, counts: Mapping[str, int], *labels: str) -> None:
    for name, count in sorted(counts.items()):
        family.add_metric([*labels, name], count)
