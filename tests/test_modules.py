"""Every module has its tests: a test module of its own name, a test that imports it, or the test named here that runs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
PACKAGES = ("transit", "signals", "parking", "feeds", "server")
RUN_BY = {
    "server.parking.handing_in": "parking/test_conformance.py",
    "server.parking.rows": "parking/test_conformance.py",
    "server.parking.migrations.versions.0001_first": "parking/test_migrate.py",
    "server.parking.migrations.env": "parking/test_migrate.py",
    "server.parking.postgres_unit": "parking/test_machine.py",
    "server.parking.postgres_known": "parking/test_conformance.py",
    "server.parking.postgres_locks": "parking/test_proofs.py",
    "server.parking.postgres_pending": "parking/test_conformance.py",
    "server.parking.postgres_reader": "parking/test_conformance.py",
    "server.parking.postgres_transaction": "parking/test_conformance.py",
    "server.parking.sqlite_unit": "parking/test_machine.py",
    "server.parking.records_codec": "parking/test_machine.py",
    "parking.relocation": "parking/test_machine.py",
    "parking.profile": "parking/test_machine.py",
    "parking.changes": "parking/test_booking.py",
    "parking.refunds": "parking/test_payouts.py",
    "server.parking.postgres_money": "server/parking/test_money_stores.py",
    "server.parking.sqlite_money": "server/parking/test_money_stores.py",
    "transit.board_calls": "transit/test_boards.py",
    "transit.board_schedule": "transit/test_boards.py",
    "transit.changes_places": "transit/test_changes_in_force.py",
    "transit.kernels.memory": "transit/test_fleet.py",
    "transit.kernels.prefetch": "transit/kernels/test_matching.py",
    "feeds.gtfs_assembly": "feeds/test_gtfs.py",
    "feeds.gtfs_blocks": "feeds/test_gtfs.py",
    "feeds.gtfs_shapes": "feeds/test_gtfs_placement.py",
    "feeds.kernels.gtfs_rt_runs": "feeds/test_gtfs_rt_write.py",
    "feeds.kernels.gtfs_rt_write": "feeds/test_gtfs_rt_write.py",
    "feeds.kernels.json_positions": "feeds/test_positions_json.py",
    "feeds.positions_json_items": "feeds/test_positions_json.py",
    "feeds.recording_cells": "feeds/test_recording_read.py",
    "feeds.recording_tables": "feeds/test_recording_read.py",
    "feeds.signals.gat1049_messages": "feeds/signals/test_gat1049_xml.py",
    "feeds.signals.gat1049_objects": "feeds/signals/test_gat1049_xml.py",
    "feeds.signals.inventory_approaches": "feeds/signals/test_inventory_files.py",
    "feeds.signals.inventory_parts": "feeds/signals/test_inventory_files.py",
    "feeds.signals.inventory_rows": "feeds/signals/test_inventory_files.py",
    "feeds.simulated_ways": "feeds/test_simulated.py",
    "parking.sharing_unit": "server/parking/test_sharing_rows.py",
    "server.accuracy_files": "server/test_accuracy_store.py",
    "server.accuracy_page": "server/test_command_score.py",
    "server.accuracy_views": "server/test_command_score.py",
    "server.answers": "server/test_front_door.py",
    "server.change_checks": "server/test_service_changes.py",
    "server.commands.gateway": "server/test_redis_relay.py",
    "server.commands.keys": "server/test_cli.py",
    "server.commands.learn": "server/test_command_learn.py",
    "server.commands.options": "server/test_cli.py",
    "server.commands.recordings": "server/test_command_replay.py",
    "server.commands.replay": "server/test_command_replay.py",
    "server.commands.score": "server/test_command_score.py",
    "server.commands.serve": "server/test_cli.py",
    "server.commands.settings": "server/test_cli.py",
    "server.commands.signals_verify": "server/test_command_signals_verify.py",
    "server.commands.signals": "server/test_command_signals_measures.py",
    "server.commands.signals_measures": "server/test_command_signals_measures.py",
    "server.commands.signals_next": "server/test_command_signals_next.py",
    "server.commands.version": "server/test_cli.py",
    "feeds.parking.simulated": "server/parking/test_demo.py",
    "server.parking.availability": "server/parking/test_operators_api.py",
    "server.parking.bridge": "server/parking/test_reservations_api.py",
    "server.parking.catalogue_store": "server/parking/test_operators_api.py",
    "server.parking.commands": "server/parking/test_reservations_api.py",
    "server.parking.desk": "server/parking/test_reservations_api.py",
    "server.parking.inside": "server/parking/test_operators_api.py",
    "server.parking.messages": "server/parking/test_documents.py",
    "server.parking.offers": "server/parking/test_operators_api.py",
    "server.parking.operations": "server/parking/test_operators_api.py",
    "server.parking.schemas": "server/parking/test_documents.py",
    "server.parking.sealing": "server/parking/test_webhooks.py",
    "server.parking.service": "server/parking/test_reservations_api.py",
    "server.parking.short_cut": "server/parking/test_reservations_api.py",
    "server.parking.tokens": "server/parking/test_access.py",
    "server.parking.views": "server/parking/test_documents.py",
    "server.routes.parking": "server/parking/test_operators_api.py",
    "server.routes.parking_access": "server/parking/test_access.py",
    "server.routes.parking_page": "e2e/test_parking_page.py",
    "server.routes.parking_offers": "server/parking/test_offers_api.py",
    "server.parking.offer_schemas": "server/parking/test_offers_api.py",
    "server.routes.parking_payments": "server/parking/test_payments_api.py",
    "server.routes.parking_operators": "server/parking/test_operators_api.py",
    "server.routes.parking_owners": "server/parking/test_shares.py",
    "server.routes.parking_conduct": "server/parking/test_conduct_api.py",
    "server.routes.parking_earnings": "server/parking/test_earnings_api.py",
    "server.routes.parking_owned_places": "server/parking/test_owned_places_api.py",
    "server.routes.parking_residents": "server/parking/test_residents_api.py",
    "server.routes.parking_webhooks": "server/parking/test_webhooks.py",
    "server.parking.conduct_lists": "server/parking/test_conduct_api.py",
    "server.parking.conduct_schemas": "server/parking/test_documents.py",
    "server.parking.cursors": "server/parking/test_conduct_api.py",
    "server.parking.earnings": "server/parking/test_earnings_api.py",
    "server.parking.keyed": "server/parking/test_conduct_api.py",
    "server.parking.owned_places": "server/parking/test_owned_places_api.py",
    "server.parking.owner_messages": "server/parking/test_shares.py",
    "server.parking.owner_schemas": "server/parking/test_documents.py",
    "server.parking.shares": "server/parking/test_shares.py",
    "server.parking.waitlist": "server/parking/test_shares.py",
    "server.routes.parking_reservations": "server/parking/test_reservations_api.py",
    "server.logs": "server/test_cli.py",
    "server.parking.reservation_lists": "server/parking/test_arrivals_api.py",
    "server.parking.holes": "server/parking/test_outbox.py",
    "server.parking.counting": "server/parking/test_barriers_api.py",
    "server.parking.gate_desk": "server/parking/test_barriers_api.py",
    "server.parking.importing": "server/test_command_parking_import.py",
    "server.parking.open_store": "server/test_command_parking_import.py",
    "server.parking.lot_availability": "server/parking/test_lot_search.py",
    "server.parking.lot_schemas": "server/parking/test_documents.py",
    "server.parking.operator_messages": "server/parking/test_documents.py",
    "server.parking.operator_schemas": "server/parking/test_documents.py",
    "server.parking.catalogue": "server/parking/test_lot_search.py",
    "server.parking.street_file": "server/test_command_parking_import.py",
    "server.commands.parking": "server/test_command_parking_import.py",
    "server.commands.parking_import": "server/test_command_parking_import.py",
    "server.routes.parking_barriers": "server/parking/test_barriers_api.py",
    "server.routes.parking_closures": "server/parking/test_closures_api.py",
    "server.published": "server/test_publisher.py",
    "server.realtime_feeds": "server/test_realtime.py",
    "server.redis_gateway": "server/test_redis_relay.py",
    "server.relay_channels": "server/test_redis_relay.py",
    "server.routes.accuracy": "server/test_accuracy_collector.py",
    "server.routes.common": "server/test_app.py",
    "server.routes.lines": "server/test_app.py",
    "server.routes.operations": "server/test_app.py",
    "server.routes.operations_page": "server/test_supervision_views.py",
    "server.routes.positions": "server/test_app.py",
    "server.routes.realtime": "server/test_realtime.py",
    "server.routes.service_changes": "server/test_service_changes.py",
    "server.routes.stops": "server/test_app.py",
    "server.routes.supervision": "server/test_supervision_views.py",
    "server.routes.vehicles": "server/test_app.py",
    "server.demo_signals": "server/test_demo_signals.py",
    "server.routes.moments": "server/signals/test_district.py",
    "server.routes.signals": "server/signals/test_service.py",
    "server.commands.signals_import": "server/test_command_signals_import.py",
    "server.routes.signals_page": "e2e/test_signals_page.py",
    "server.routes.signals_effect": "server/signals/test_effects.py",
    "server.routes.signals_coverage": "server/signals/test_district.py",
    "server.routes.signals_intake": "server/signals/test_district.py",
    "server.routes.signals_measures": "server/signals/test_diagrams.py",
    "server.signals.bins": "server/signals/test_diagrams.py",
    "server.signals.bins_store": "server/signals/test_diagrams.py",
    "server.signals.coverage": "server/signals/test_district.py",
    "server.signals.coverage_loop": "server/signals/test_district.py",
    "server.signals.district_schemas": "server/signals/test_district.py",
    "server.signals.metrics": "server/signals/test_district.py",
    "server.signals.pipeline": "server/signals/test_service.py",
    "server.signals.priority_loop": "server/signals/test_district.py",
    "server.signals.schemas": "server/signals/test_district.py",
    "server.signals.shown": "server/signals/test_service.py",
    "server.signals.siting_book": "server/signals/test_district.py",
    "server.signals.snapshot": "server/signals/test_judging.py",
    "server.signals.views": "server/signals/test_service.py",
    "server.topic_values": "server/test_publisher.py",
    "server.views": "server/test_app.py",
    "server.warm_up": "server/test_cli.py",
    "server.web_app": "server/test_app.py",
    "server.ws_protocol": "server/test_sockets.py",
}
"""What is reached only through another module or over the wire."""


def modules() -> Iterator[tuple[str, Path]]:
    """(dotted name, path from the root) of every module but the packages' own."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            inside = path.relative_to(ROOT)
            if "node_modules" not in inside.parts and path.name not in ("__init__.py", "__main__.py"):
                yield ".".join(inside.with_suffix("").parts), inside


def own_test(path: Path) -> Path:
    """Where the module's own test module would be."""
    return TESTS / path.parent / f"test_{path.stem}.py"


def imported_by_tests() -> set[str]:
    """Dotted names of all that any test or helper imports."""
    names: set[str] = set()
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_has_its_tests() -> None:
    imported = imported_by_tests()
    without = [name for name, path in modules() if not own_test(path).exists() and name not in imported and name not in RUN_BY]
    assert without == []


def test_the_table_names_tests_and_modules_that_exist() -> None:
    known = {name for name, _ in modules()}
    assert set(RUN_BY) - known == set()
    assert [name for name, test in RUN_BY.items() if not (TESTS / test).exists()] == []
