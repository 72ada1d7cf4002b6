"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator

from server.accuracy_collector import AccuracyCollector
from server.accuracy_store import AccuracyStore
from server.auth import KeyStore
from server.background import Background
from server.board_cache import BoardCache
from server.bureau_changes import BureauChanges
from server.change_sources import ChangeSources, ChangesTaker
from server.city import City
from server.hub import Hub
from server.inbox import Inbox
from server.learned_store import LEARNED, LearnedStore, recalled_city
from server.listeners import Poller, PositionsTaker
from server.metrics import Metrics, engine_metrics, hub_metrics, inbox_metrics, relay_metrics
from server.parking.live_topics import public_opener
from server.parking.metrics import parking_metrics
from server.parking.service import Parking
from server.pipeline import Engine, Pipeline
from server.published import Published
from server.publisher import Publisher
from server.realtime_feeds import feed_encoders
from server.redis_relay import Relay
from server.runtime import Runtime
from server.settings import Settings
from server.signals.metrics import signal_metrics
from server.signals.renewal import RenewedSignals
from server.signals.service import build_signals
from server.warm_up import warm_up
from transit.baselines import Baselines
from transit.network import Network
from transit.snapshot import Snapshot


def build(settings: Settings, network: Network, clock: Callable[[], float] = time.time, city: Engine | None = None) -> Runtime:
    """Everything one engine process is made of; nothing runs yet. `clock` gives epoch seconds."""
    metrics, inbox = Metrics(), Inbox(settings.inbox_positions)
    hub = Hub(settings.history, settings.recovery_seconds, settings.slow_seconds)
    encoders = feed_encoders()
    published = Published(network, BoardCache(), encoders, settings.max_age)
    publisher = Publisher(published, hub, metrics)
    changes = ChangeSources()
    bureau = BureauChanges(settings.data_dir, changes, network.agency)
    engine = city or recalled_city(network, settings.data_dir / LEARNED)
    pipeline = Pipeline(engine, inbox, changes, published, publisher, metrics, clock, settings.step_seconds)
    pipeline.prepare = lambda snapshot: warm_up(snapshot, encoders.values())
    pollers = [Poller(url, settings, PositionsTaker(inbox), metrics, clock).run for url in settings.positions_urls]
    accuracy = AccuracyCollector(network, AccuracyStore(settings.data_dir), clock, Baselines(network))

    def observe(snapshot: Snapshot) -> None:
        accuracy.observe(snapshot)
        signals.service.observe(snapshot)

    pipeline.observe = observe
    folder = settings.data_dir
    signals = RenewedSignals(folder / "signals", lambda: build_signals(folder, network, publisher, metrics, clock))
    keys = KeyStore(folder)
    parking = Parking(folder, keys, hub, clock)
    own: list[Background] = [signals.run, pipeline.run, accuracy.run, parking.run]
    background = [*own, *pollers, *_change_pollers(settings, changes, metrics, clock)]
    if isinstance(engine, City):
        store = LearnedStore(folder / LEARNED, engine.learned, pipeline.ask)
        pipeline.finish = store.finish
        background.append(store.run)
    if settings.redis_url is not None:
        background.append(_add_relay(settings, hub, public_opener(parking, publisher.open_topic), metrics).run)
    metrics.watch(lambda: hub_metrics(hub))
    metrics.watch(lambda: inbox_metrics(inbox))
    metrics.watch(lambda: signal_metrics(signals.service.inbox, signals.service.shown))
    metrics.watch(lambda: engine_metrics(published, clock))
    metrics.watch(lambda: parking_metrics(parking))
    return Runtime(
        settings=settings, network=network, keys=keys, inbox=inbox, changes=changes, bureau=bureau,
        published=published, hub=hub, publisher=publisher, pipeline=pipeline, metrics=metrics, clock=clock, accuracy=accuracy,
        renewed_signals=signals, parking=parking, background=tuple(background),
    )  # fmt: skip


def _change_pollers(
    settings: Settings, changes: ChangeSources, metrics: Metrics, clock: Callable[[], float]
) -> Iterator[Background]:
    """Of the feeds of service changes; the sources are called by their place in the settings, which holds no secret."""
    for name, urls, stamped in (("trip-updates", settings.trip_updates_urls, True), ("alerts", settings.alerts_urls, False)):
        for number, url in enumerate(urls, 1):
            taker = ChangesTaker(changes, f"{name}-{number}", settings.changes_seconds, stamped)
            yield Poller(url, settings, taker, metrics, clock).run


def _add_relay(settings: Settings, hub: Hub, open_topic: Callable[[str], Awaitable[None]], metrics: Metrics) -> Relay:
    relay = Relay(settings, hub, open_topic)
    hub.told = relay.offer
    metrics.watch(lambda: relay_metrics(relay.counts.connected, relay.counts.totals()))
    return relay
