"""Signals of the simulated district: real crossings of its streets, some with a controller of known control, some without.

Every crossing has a light, so every one is in the inventory; CONTROLLED of them have a controller that logs, of all kinds of control,
some of which claim more than they do. The files are those that a bureau would hand in; `SimulatedSignals` makes the events.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from feeds.signals.simulated import DECLARED, SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from feeds.simulated_streets import ROADS, STREETS, Streets, to_degrees
from signals.codes import Mode

CONTROLLED = 18
"""controllers: half of the crossings, as the district's plan says of its first year"""
_KINDS = (
    Control.FIXED, Control.ACTUATED, Control.SPLIT, Control.TOD, Control.JITTER, Control.DELAY, Control.ACTUATED, Control.SELECT,
    Control.SPLIT,
)  # fmt: skip
"""in turn, from the middle of the district outwards"""
_MAIN_STREETS, _MAIN_ROADS = (2, 3, 4), (2, 4)
_BRANCH_STREETS, _BRANCH_ROADS = (0, 6), (0,)
_STOP_LINE = 18.0
"""m from the middle of a crossing"""
_GRADES = {"MM": 11, "MS": 12, "MB": 13, "SS": 21, "SB": 22, "BB": 31}


def intersection_id(node: int) -> str:
    """`ZQ-0302`: column and row of a crossing, from 01."""
    row, column = divmod(node, len(STREETS))
    return f"ZQ-{column + 1:02}{row + 1:02}"


def controlled_nodes(streets: Streets, count: int = CONTROLLED) -> list[int]:
    """Crossings with a controller, from the middle outwards."""
    nodes = np.arange(len(STREETS) * len(ROADS))
    away = np.hypot(streets.node_x[nodes], streets.node_y[nodes])
    found: list[int] = nodes[np.argsort(away, kind="stable")][:count].tolist()
    return found


def district_signals(streets: Streets, seed: int, start_ms: int) -> SimulatedSignals:
    """The controllers under way since `start_ms`; devices in order of `controlled_nodes`."""
    generator = np.random.default_rng([seed, 31])
    sites = [_site(streets, node, _KINDS[k % len(_KINDS)], generator) for k, node in enumerate(controlled_nodes(streets))]
    return SimulatedSignals(seed, start_ms, sites)


def grade_of(node: int) -> int:
    """GA/T 1049.2 grade of a crossing."""
    row, column = divmod(node, len(STREETS))
    street = "M" if column in _MAIN_STREETS else "B" if column in _BRANCH_STREETS else "S"
    road = "M" if row in _MAIN_ROADS else "B" if row in _BRANCH_ROADS else "S"
    return _GRADES["".join(sorted(street + road, key="MSB".index))]


def _site(streets: Streets, node: int, control: Control, generator: np.random.Generator) -> Site:
    """Phases 1 north-south and 2 east-west; of main crossings 3 and 4 too."""
    phases = 4 if grade_of(node) == 11 else 2
    base = [float(g) for g in generator.integers(18, 34 if phases == 4 else 44, phases)]
    turned = base[1:] + base[:1]
    hours = {Control.TOD: (0.0, 7.0, 9.5, 16.5), Control.SELECT: (0.0, 8.0 * phases, 12.0 * phases)}.get(control, (0.0,))
    lat, lon = _place(streets, node, 0.0, 0.0)
    return Site(
        f"C-{intersection_id(node)[3:]}", control, DECLARED[control],
        [Plan(k + 1, hour, base if k % 2 == 0 else turned) for k, hour in enumerate(hours)],
        [float(q) for q in generator.integers(140, 380, phases)],
        lanes=2, platoons=float(generator.choice([0.0, 0.6])), terminations=control == Control.ACTUATED,
        recall=bool(generator.random() < 0.5), resolution=0.1, reports_state=True, lat=lat, lon=lon, grade=grade_of(node),
        intersection_id=intersection_id(node),
    )  # fmt: skip


def inventory_files(streets: Streets, signals: SimulatedSignals, seen: float) -> dict[str, str]:
    """The files that say what stands where: file name → CSV text. E-police points were last seen to work at `seen` (epoch s)."""
    controlled = dict(zip(controlled_nodes(streets), signals.sites))
    listed = (_listed(streets, node, controlled) for node in range(len(STREETS) * len(ROADS)))
    tables = {
        "inventory.csv": ("device_id,intersection_id,grade,declared_mode,lat,lon,name", listed),
        "approaches.csv": ("approach_id,intersection_id,lat,lon,bearing", _approaches(streets, signals)),
        "detectors.csv": ("device_id,channel,lane_id,approach_id,phases,type,distance_m", _detectors(signals)),
        "cameras.csv": ("camera_id,intersection_id,approach_id,seen_at", _cameras(streets, signals, seen)),
    }
    return {name: "\n".join([head, *rows, ""]) for name, (head, rows) in tables.items()}


def _listed(streets: Streets, node: int, controlled: dict[int, Site]) -> str:
    row, column = divmod(node, len(STREETS))
    lat, lon = _place(streets, node, 0.0, 0.0)
    site = controlled.get(node)
    device, mode = (site.device_id, int(site.declared_mode)) if site is not None else ("", int(Mode.FIXED))
    return f"{device},{intersection_id(node)},{grade_of(node)},{mode},{lat:.6f},{lon:.6f},{STREETS[column]}{ROADS[row]}路口"


def _approaches(streets: Streets, signals: SimulatedSignals) -> Iterator[str]:
    inventory, nodes = signals.inventory, controlled_nodes(streets)
    for row, name in enumerate(inventory.approach_ids):
        node, bearing = nodes[int(inventory.approach_intersection[row])], float(inventory.approach_bearing[row])
        back = np.deg2rad(bearing)
        lat, lon = _place(streets, node, -_STOP_LINE * float(np.sin(back)), -_STOP_LINE * float(np.cos(back)))
        yield f"{name},{intersection_id(node)},{lat:.6f},{lon:.6f},{bearing:g}"


def _detectors(signals: SimulatedSignals) -> Iterator[str]:
    inventory = signals.inventory
    for k, device in enumerate(inventory.detector_device.tolist()):
        phases = "+".join(str(phase) for phase in inventory.phases_of(k).tolist())
        kind = "advance" if inventory.detector_type[k] == 1 else "stopbar"
        approach = inventory.approach_ids[int(inventory.detector_approach[k])]
        lane, far = inventory.detector_lane[k], float(inventory.detector_distance[k])
        yield f"{inventory.device_ids[device]},{int(inventory.detector_channel[k])},{lane},{approach},{phases},{kind},{far:g}"


def _cameras(streets: Streets, signals: SimulatedSignals, seen: float) -> Iterator[str]:
    """Two of three controlled crossings are watched; of every third one approach is not."""
    inventory, nodes = signals.inventory, controlled_nodes(streets)
    for row, name in enumerate(inventory.approach_ids):
        site = int(inventory.approach_intersection[row])
        if site % 3 == 2 or (site % 3 == 1 and name.endswith("1a")):
            continue
        yield f"E-{name},{intersection_id(nodes[site])},{name},{seen:.0f}"


def road_files(streets: Streets, seed: int, trips: int = 3000) -> dict[str, str]:
    """`edges.csv` and `trips.csv`: the streets, and origins and destinations drawn towards the middle."""
    generator = np.random.default_rng([seed, 32])
    count = len(STREETS) * len(ROADS)
    inside = np.flatnonzero((streets.edge_from < count) & (streets.edge_to < count)).tolist()
    weight = np.exp(-((np.hypot(streets.node_x[:count], streets.node_y[:count]) / 3000.0) ** 2))
    ends = generator.choice(count, (trips, 2), p=weight / weight.sum())
    tables = {
        "edges.csv": ["from_node,to_node,road_class,to_signal,length_m,speed_mps", *(_edge(streets, edge) for edge in inside)],
        "trips.csv": ["from_node,to_node", *(f"{intersection_id(a)},{intersection_id(b)}" for a, b in ends.tolist() if a != b)],
    }
    return {name: "\n".join([*rows, ""]) for name, rows in tables.items()}


def _edge(streets: Streets, edge: int) -> str:
    """One directed street between crossings; all of them have lights."""
    start, end = int(streets.edge_from[edge]), int(streets.edge_to[edge])
    row, column = divmod(start, len(STREETS))
    number, main, branch = (
        (column, _MAIN_STREETS, _BRANCH_STREETS) if streets.edge_axis[edge] else (row, _MAIN_ROADS, _BRANCH_ROADS)
    )
    kind = "主干路" if number in main else "支路" if number in branch else "次干路"
    there = intersection_id(end)
    return f"{intersection_id(start)},{there},{kind},{there},{streets.edge_length[edge]:.0f},{streets.edge_free[edge]:.1f}"


def _place(streets: Streets, node: int, east: float, north: float) -> tuple[float, float]:
    lat, lon = to_degrees(streets.node_x[node] + east, streets.node_y[node] + north)
    return float(lat), float(lon)
