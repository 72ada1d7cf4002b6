"""Everything of signals in one serving process, put together: inventory, engine, inbox, what is shown, what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_files import read_inventory
from feeds.signals.last_reports import LastReports
from feeds.signals.reports import Source
from feeds.signals.site import Site
from server.background import Background
from server.metrics import Metrics
from server.publisher import Publisher
from server.signals.bins_store import BinsStore
from server.signals.bus_trips import bus_trips
from server.signals.coverage import CoverageBook
from server.signals.coverage_loop import CoverageLoop
from server.signals.effects import EffectBook, EffectLoop
from server.signals.engine import SignalEngine, ToKeep
from server.signals.engine_parameters import IntakeParameters, SignalParameters
from server.signals.inbox import SignalInbox
from server.signals.judging import Judge, JudgeLoop
from server.signals.pipeline import SignalPipeline
from server.signals.priority import Priority
from server.signals.priority_loop import PriorityLoop
from server.signals.shown import SignalsShown
from server.signals.siting_book import SitingBook
from server.signals.store import SignalStore
from server.signals.vendors import chosen_vendor, declared_vendors
from server.signals.warm_up import warm_up_signals
from server.signals.worth_book import WorthBook
from signals.inventory import Inventory
from signals.inventory_history import InventoryHistory
from signals.kernels.columns import F64
from transit.network import Network
from transit.snapshot import Snapshot

SAVE_EVERY = 300.0
"""s between two writings: what a crash forgets at most"""
ENDINGS = (".csv", ".csv.gz", ".parquet", ".geojson")
"""of a table's file; the first that is there counts"""


@dataclass(frozen=True)
class SignalService:
    """What routes and commands find in the runtime."""

    inventory: Inventory
    engine: SignalEngine
    inbox: SignalInbox
    source: Source
    """decodes control states; it remembers the last ones, so the event loop's thread alone uses it"""
    shown: SignalsShown
    judge: Judge
    pipeline: SignalPipeline
    bins_store: BinsStore
    coverage: CoverageBook
    siting: SitingBook
    effect: EffectBook
    worth: WorthBook
    bus_delay: Callable[[], F64 | None]
    """bus·s lost a day by intersection"""
    observe: Callable[[Snapshot], None]
    """told of every snapshot of the buses"""
    background: tuple[Background, ...]


def build_signals(
    data_dir: Path, network: Network, publisher: Publisher, metrics: Metrics, clock: Callable[[], float]
) -> SignalService:
    """Of the inventory in `signals/` of the data directory; without one, a service of no signals. Raises FeedError."""
    store, intake, parameters, timezone = SignalStore(data_dir), IntakeParameters(), SignalParameters(), network.timezone
    inventory = listed(store.directory)
    engine = SignalEngine(inventory, timezone, parameters, store.states())
    bins_store = BinsStore(data_dir, inventory, timezone, engine.measures.parameters.bin)
    history = InventoryHistory()
    if inventory.intersection_ids:
        now = int(clock() * 1000)
        engine.recall(now, bins_store.read, store.volumes)
        history = store.inventory(inventory, now)
    vendors = declared_vendors(store.directory)
    source = Source(Site(inventory), LastReports(), ZoneInfo(timezone), chosen_vendor(None, vendors), vendors)
    inbox, shown = SignalInbox(intake.waiting_events), SignalsShown(timezone, engine.measures.parameters)
    publisher.add_topics(shown.topics())
    pipeline = SignalPipeline(engine, inbox, shown, publisher.push, metrics, clock, intake)
    if inventory.intersection_ids:
        pipeline.prepare = warm_up_signals
    keeper = Keeper(store, bins_store, engine, pipeline)
    pipeline.finish = keeper.finish
    book = CoverageBook(history, timezone)
    effect = EffectBook(inventory, timezone, lambda start, end: bins_store.read(start, end, tables=("groups",)))
    judge = Judge(inventory, engine.measures.parameters.utc_offset, parameters)
    judge.effect = effect.effect
    judging = JudgeLoop(judge, inbox, shown, parameters)
    coverage = CoverageLoop(book, shown, publisher.push)
    buses = Priority(network, inventory)
    priority = PriorityLoop(buses, shown, publisher.push)
    siting = SitingBook(store.directory, inventory, lambda: bus_trips(network, buses.crossings, inventory))
    return SignalService(
        inventory, engine, inbox, source, shown, judge, pipeline, bins_store, book,
        siting, effect, WorthBook(inventory), priority.bus_delay, priority.observe,
        (pipeline.run, keeper.run, judging.run, coverage.run, EffectLoop(effect, shown).run, priority.run),
    )  # fmt: skip


def listed(folder: Path) -> Inventory:
    """The inventory of a folder: `inventory`, `detectors`, `approaches`, `cameras`, each .csv, .csv.gz, .parquet or .geojson.

    Raises FeedError when one of them cannot be used as a whole; what is wrong with a row is told in the log.
    """
    files = {name: find_table(folder, name) for name in ("inventory", "detectors", "approaches", "cameras")}
    if files["inventory"] is None:
        return Inventory((), (), np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0), np.zeros(0))
    counters = SignalCounters()
    inventory = read_inventory(
        files["inventory"], files["detectors"], files["approaches"], files["cameras"], counters=counters
    )
    log = structlog.get_logger()
    log.info("inventory_read", intersections=len(inventory.intersection_ids), controllers=len(inventory.device_ids))
    for one in counters.examples:
        log.warning("inventory_row", problem=str(one))
    return inventory


def find_table(folder: Path, name: str) -> Path | None:
    """A table's file in a folder; None without one."""
    return next((path for ending in ENDINGS if (path := folder / f"{name}{ending}").is_file()), None)


class Keeper:
    """Writes what the engine knows, every few minutes and at the end."""

    def __init__(self, store: SignalStore, bins_store: BinsStore, engine: SignalEngine, pipeline: SignalPipeline) -> None:
        self._store, self._bins_store, self._engine, self._pipeline = store, bins_store, engine, pipeline
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY)
            whole = await self._pipeline.ask(self._engine.to_keep)
            if not await asyncio.to_thread(self._write, whole):
                await self._pipeline.ask(lambda: self._engine.keep_again(whole))  # noqa: B023

    def finish(self) -> None:
        """The engine has stopped for good."""
        self._engine.finish()
        self._write(self._engine.to_keep())

    def _write(self, whole: ToKeep) -> bool:
        try:
            if whole.states is not None:
                self._store.keep_states(whole.states)
            self._store.keep_volumes(whole.volumes, self._engine.inventory.approach_ids)
            for hour, tables in whole.bins:
                self._bins_store.keep(hour, tables)
        except OSError as wrong:
            self._log.error("signals_not_written", reason=str(wrong))
            return False
        return True
