"""Prometheus metrics of parking in one process; what its parts count anyway is read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from server.parking.service import Parking


def parking_metrics(parking: Parking) -> Iterator[Metric]:
    """Whether it is ready, what its store failed, webhooks, and what came of calls and notices of the payment provider."""
    yield GaugeMetricFamily("baimai_parking_ready", "1 when the store of parking is open", float(parking.ready))
    failed = CounterMetricFamily("baimai_parking_store_failures", "commands and questions that the store failed (503 store_failed)")
    failed.add_metric([], parking.store_failures)
    yield failed
    sent = CounterMetricFamily("baimai_parking_webhooks_sent", "events that webhooks took")
    sent.add_metric([], parking.webhooks.sent)
    yield sent
    if parking.provider is not None and parking.cashier is not None:
        cashier = CounterMetricFamily("baimai_parking_cashier", "calls to and notices of the payment provider", labels=["outcome"])
        for outcome, count in sorted(parking.cashier.counts.items()):
            cashier.add_metric([outcome], count)
        yield cashier
