"""Car parks of the simulated district: a few of every kind, so that the API of the demo answers at once."""

from __future__ import annotations

from feeds.simulated_streets import ORIGIN_LAT, ORIGIN_LON
from parking.model import Account, SpaceKind
from parking.records import Lot, Place
from parking.tariffs import Band, Step, Tariff

OWNER = "id:ann"
"""the demo's citizen who has a private space to share"""
GUESTS = 40
"""visitors who have a private space too"""
NEIGHBOURS = 4
"""citizens who share theirs from the beginning"""
_OFFICE_HOURS = tuple((day * 1440 + 7 * 60, day * 1440 + 22 * 60) for day in range(7))


def guest(number: int) -> str:
    """A visitor's name."""
    return f"guest-{number + 1:02}"


def guest_place(number: int) -> str:
    """The private space a visitor may share."""
    return f"demo-garden.{201 + number}"


def neighbour(number: int) -> str:
    """A citizen's name."""
    return f"neighbour-{number + 1}"


def neighbour_place(number: int) -> str:
    """The private space a neighbour shares."""
    return f"demo-garden.{101 + number}"


def neighbour_windows() -> list[dict[str, object]]:
    """[NEIGHBOURS] when they share, but for place and first day: office hours, nights, days off, and what is given away."""
    return [
        {"days": "workdays", "start": "08:00", "end": "18:00", "buffer_s": 1800, "price_fen_per_hour": 300},
        {"days": "daily", "start": "19:00", "end": "07:30", "buffer_s": 1800, "price_fen_per_hour": 100},
        {"days": "days_off", "start": "09:00", "end": "21:00", "buffer_s": 3600, "price_fen_per_hour": 200},
        {"days": "workdays", "start": "07:30", "end": "17:30", "buffer_s": 1800, "price_fen_per_hour": 0},
    ]


def tariffs() -> list[Tariff]:
    """Of the one car park that is not free: 2 yuan for every half hour."""
    day = Band("全天", (Step(200, unit_min=30),))
    steps = ((3600, 100), (0, 50))
    return [Tariff("demo-market", "中心市场", (day,), day_cap_fen=4000, refund_steps=steps, overstay_fen_per_hour=800)]


def lots() -> list[tuple[Lot, tuple[Place, ...]]]:
    """Each with its places."""
    return [
        (
            _lot("demo-station", "绣源河站停车场", 0.0012, 0.0008),
            (_pool("demo-station.general", "demo-station", 180), _pool("demo-station.charging", "demo-station", 12, SpaceKind.CHARGING),
             _pool("demo-station.disabled", "demo-station", 4, SpaceKind.DISABLED)),
        ),
        (
            _lot("demo-market", "中心市场停车场", -0.0041, 0.0056, tariff="demo-market"),
            (_pool("demo-market.general", "demo-market", 60),),
        ),
        (
            _lot("demo-school", "实验学校临时停车区", 0.0063, -0.0048, opening=_OFFICE_HOURS),
            (_pool("demo-school.general", "demo-school", 24), _pool("demo-school.bus", "demo-school", 3, SpaceKind.BUS)),
        ),
        (
            _lot("demo-square", "文化广场路侧泊位", -0.0026, -0.0071, payee=Account.TREASURY),
            tuple(_space(f"demo-square.{number:02}", "demo-square") for number in range(1, 21)),
        ),
        (
            _lot("demo-garden", "花园小区", 0.0049, 0.0081),
            (
                _private("demo-garden.117", OWNER), *(_private(guest_place(k), f"id:{guest(k)}") for k in range(GUESTS)),
                *(_private(neighbour_place(k), f"id:{neighbour(k)}") for k in range(NEIGHBOURS)),
            ),
        ),
    ]  # fmt: skip


def _lot(
    name: str, title: str, north: float, east: float, opening: tuple[tuple[int, int], ...] = (), payee: Account = Account.OPERATOR,
    tariff: str = "",
) -> Lot:  # fmt: skip
    return Lot(
        id=name, name=title, lat=round(ORIGIN_LAT + north, 6), lon=round(ORIGIN_LON + east, 6), operator="示范停车", payee=payee,
        opening=opening, tariff_id=tariff,
    )  # fmt: skip


def _private(name: str, owner: str) -> Place:
    return Place(name, "demo-garden", 1, numbered=True, shared_only=True, owner=owner)


def _pool(name: str, lot: str, capacity: int, kind: SpaceKind = SpaceKind.GENERAL) -> Place:
    return Place(name, lot, capacity, kind)


def _space(name: str, lot: str) -> Place:
    return Place(name, lot, 1, numbered=True)
