"""Parking for operators: car parks and places entered or imported, barriers, counts. All of it needs a key with the scope `parking`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from fastapi import APIRouter, Request, Response

from parking.records import Place
from parking.tariffs import Tariff, faults
from server.answers import JSON
from server.parking.catalogue_store import fits_claims, put_lot, put_place, sound
from server.parking.lot_schemas import LotBrief, PlaceBrief
from server.parking.messages import GateEvents, LotIn, LotsIn, OccupancyReports, PlaceIn, decoded, invalid, seconds
from server.parking.messages import is_id as is_good_id
from server.parking.operations import receive, report
from server.parking.records_codec import pack
from server.parking.schemas import Imported, Receipt, TariffBrief, body_of_message
from server.parking.store import ServiceUnit
from server.parking.views import encode, lot_view, place_view
from server.problems import ProblemException, responses
from server.routes.common import body_of, unknown
from server.routes.parking_access import Key, operator
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking operators"])
T = TypeVar("T")
_PRIVATE = {"cache-control": "no-store"}
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_LOT = {"name": "东站停车场", "lat": 36.712, "lon": 117.535, "operator": "高新停车", "opening": [], "grace_s": 900}
_PLACE = {"capacity": 120, "kind": "general"}
_IMPORT = {"lots": [{"id": "east", **_LOT, "places": [{"id": "east.general", **_PLACE}]}]}
_TARIFF = {"id": "centre", "name": "中心区", "free_min": 15, "bands": [{"name": "全天", "steps": [{"fen": 200, "unit_min": 30}]}]}
_EVENT = {
    "events": [{"id": "gate1-000017", "lot_id": "demo-station", "direction": "entry", "at": "2026-11-27T08:03:11+08:00",
                "plate": {"text": "鲁A12345", "color": "blue"}}]
}  # fmt: skip
_COUNT = {"reports": [{"lot_id": "demo-station", "at": "2026-11-27T08:05:00+08:00", "occupied": 87}]}


def _message(name: str, example: Any) -> dict[str, Any]:
    return body_of_message({"$ref": f"#/components/schemas/{name}"}, example)


async def _sent(request: Request, kind: type[T]) -> T:
    operator(request)
    limit = runtime_of(request).settings.body_bytes
    return decoded(kind, await body_of(request, limit, "send it in several requests"))


@router.post("/lots", response_model=Imported, responses=_WRONG, openapi_extra=_message("LotsIn", _IMPORT))
async def import_lots(request: Request, _key: Key) -> Response:
    """Enter or replace car parks with their places: all of them or none."""
    said = await _sent(request, LotsIn)
    seen: dict[tuple[str, str], str] = {}
    for number, lot in enumerate(said.lots):
        where = f"/body/lots/{number}"
        _check_new(seen, "lot", lot.id, where)
        _check_lot(lot, where)
        for place, one in enumerate(lot.places):
            _check_new(seen, "place", one.id, f"{where}/places/{place}")

    def rule(unit: ServiceUnit, now: int) -> None:
        for number, lot in enumerate(said.lots):
            _check_tariff(unit, lot, f"/body/lots/{number}")
            put_lot(unit, lot.id or "", lot)
            for one in lot.places:
                _put_place(unit, lot.id or "", one.id or "", one, now)

    await _entered(request, rule)
    return _json({"lots": len(said.lots), "places": sum(len(lot.places) for lot in said.lots)})


@router.put("/lots/{lot_id}", response_model=LotBrief, responses=_WRONG, openapi_extra=_message("LotIn", _LOT))
async def enter_lot(request: Request, lot_id: str, _key: Key) -> Response:
    """Enter or replace one car park, with the places that are sent; others stay."""
    said = await _sent(request, LotIn)
    _check_id(lot_id, "lot")
    _check_lot(said, "/body")

    def rule(unit: ServiceUnit, now: int) -> None:
        _check_tariff(unit, said, "/body")
        put_lot(unit, lot_id, said)
        for one in said.places:
            _put_place(unit, lot_id, one.id or "", one, now)

    if any(one.id is None for one in said.places):
        raise invalid("/body/places", "every place needs an id")
    await _entered(request, rule)
    parking = runtime_of(request).parking
    lot = parking.catalogue.lots[lot_id]
    return _json(lot_view(lot, parking.catalogue.places(lot_id), lot.lat, lot.lon))


@router.put("/lots/{lot_id}/places/{place_id}", response_model=PlaceBrief, responses=_WRONG, openapi_extra=_message("PlaceIn", _PLACE))
async def enter_place(request: Request, lot_id: str, place_id: str, _key: Key) -> Response:
    """Enter or replace a numbered space or a pool. What is claimed keeps its room: a pool shrinks only while nothing is."""
    said = await _sent(request, PlaceIn)
    _check_id(place_id, "place")
    _check_place(said, "/body")

    def rule(unit: ServiceUnit, now: int) -> Place:
        if unit.lot(lot_id) is None:
            raise unknown("lot", lot_id)
        return _put_place(unit, lot_id, place_id, said, now)

    return _json(place_view(await _entered(request, rule)))


@router.post("/gate-events", status_code=202, response_model=Receipt, responses=_WRONG, openapi_extra=_message("GateEvents", _EVENT))
async def take_gate_events(request: Request, _key: Key) -> Response:
    """Barriers' entries and exits, late and repeated ones too. Each counts once; each tells whether it met a reservation."""
    said, parking = await _sent(request, GateEvents), runtime_of(request).parking
    receipt = await parking.run_rule(lambda unit, now: receive(unit, parking.means, said.events, now))
    await parking.counting.catch_up()
    return _json(receipt, 202)


@router.post(
    "/occupancy", status_code=202, response_model=Receipt, responses=_WRONG, openapi_extra=_message("OccupancyReports", _COUNT)
)
async def take_occupancy(request: Request, _key: Key) -> Response:
    """How many vehicles are inside, as operators or sensors count; the newest of each car park holds."""
    said, parking = await _sent(request, OccupancyReports), runtime_of(request).parking
    receipt = await parking.run_rule(lambda unit, now: report(unit, said.reports, now))
    for one in said.reports:
        if seconds(one.at) <= parking.now() + 300:
            parking.counting.inside.report(one.lot_id, one.occupied, seconds(one.at))
    return _json(receipt, 202)


@router.put(
    "/tariffs/{tariff_id}", response_model=TariffBrief, responses=_WRONG, openapi_extra=_message("Tariff", _TARIFF)
)  # fmt: skip
async def enter_tariff(request: Request, tariff_id: str, _key: Key) -> Response:
    """Enter a price list; the next version of one that is there. What is reserved keeps the price it was promised."""
    said = await _sent(request, Tariff)
    _check_id(tariff_id, "tariff")
    if said.id != tariff_id:
        raise invalid("/body/id", "differs from the id in the path")
    for where, wrong in faults(said):
        raise invalid(f"/body/{where}", wrong)
    try:
        pack(said)
    except OverflowError:
        raise invalid("/body", "a number is too large") from None

    def rule(unit: ServiceUnit, _now: int) -> int:
        before = unit.tariff(tariff_id)
        version = before.version + 1 if before else 1
        unit.put_tariff(msgspec.structs.replace(said, version=version))
        return version

    return _json({"id": tariff_id, "name": said.name, "version": await _entered(request, rule)})


async def _entered(request: Request, rule: Callable[[ServiceUnit, int], T]) -> T:
    parking = runtime_of(request).parking
    done = await parking.run_rule(rule)
    await parking.reload()
    return done


def _put_place(unit: ServiceUnit, lot_id: str, place_id: str, said: PlaceIn, now: int) -> Place:
    before = unit.place(place_id)
    place = put_place(unit, lot_id, place_id, said)
    if place is None:
        raise ProblemException(409, "place_of_another_lot", f"the place {place_id!r} belongs to another car park")
    if not fits_claims(unit, place, before, now):
        raise ProblemException(409, "place_in_use", f"the place {place_id!r} is claimed; it may grow, not shrink or change its nature")
    return place


def _check_lot(lot: LotIn, where: str) -> None:
    try:
        ZoneInfo(lot.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(f"{where}/timezone", "is no time zone of the tz database") from None
    if any(start == end for start, end in lot.opening):
        raise invalid(f"{where}/opening", "a span ends where it starts")
    for number, place in enumerate(lot.places):
        _check_place(place, f"{where}/places/{number}")


def _check_tariff(unit: ServiceUnit, lot: LotIn, where: str) -> None:
    """A car park whose price list nobody entered could be reserved by nobody."""
    if lot.tariff_id and unit.tariff(lot.tariff_id) is None:
        raise invalid(f"{where}/tariff_id", "names a price list that was never entered; PUT /v1/parking/tariffs/{id} enters it")


def _check_place(place: PlaceIn, where: str) -> None:
    wrong = sound(place)
    if wrong is not None:
        raise invalid(f"{where}/capacity", wrong)


def _check_new(seen: dict[tuple[str, str], str], kind: str, name: str | None, where: str) -> None:
    """An id that is there, and once only."""
    if name is None:
        raise invalid(f"{where}/id", "is missing")
    before = seen.setdefault((kind, name), where)
    if before != where:
        raise invalid(f"{where}/id", f"is that of {before} already")


def _check_id(text: str, kind: str) -> None:
    if not is_good_id(text):
        raise ProblemException(422, "invalid_request", f"the {kind}'s id may have 64 letters, digits and . _ : ~ -",
                               [{"pointer": f"/path/{kind}_id", "detail": "is no id"}])  # fmt: skip


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, _PRIVATE, JSON)
