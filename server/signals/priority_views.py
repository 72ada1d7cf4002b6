"""Priority requests as readers see them: JSON-ready values in the terms of SAE J2735; unknown is None.

Open to all as arrivals are: they name only vehicles on the network. Who must not be known is on no pattern of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from server.signals.priority_accuracy import EtaTally
from signals.inventory import Inventory
from signals.priority import PriorityRequest
from transit.local_time import rfc3339

Json = dict[str, Any]


def picture_view(
    now: float, current: Sequence[PriorityRequest], closed: Sequence[PriorityRequest], counts: Mapping[str, int],
    accuracy: Mapping[float, EtaTally], inventory: Inventory, zone: str,
) -> Json:  # fmt: skip
    """Open requests, those that are over (the newest first), records so far by state, and how exact ETAs were."""
    return {
        "generated_at": rfc3339(now, zone),
        "advice_only": True,
        "requests": [request_view(one, inventory, zone) for one in current],
        "closed": [request_view(one, inventory, zone) for one in closed],
        "records": dict(counts),
        "eta_accuracy": [
            {
                "ahead_s": ahead,
                "judged": tally.judged,
                "unjudged": tally.unjudged,
                "within_5_s": tally.within_5,
                "within_10_s": tally.within_10,
                "inside_interval": tally.inside,
                "bias_s": round(tally.error / tally.judged, 1) if tally.judged else None,
                "mean_absolute_s": round(tally.absolute / tally.judged, 1) if tally.judged else None,
            }
            for ahead, tally in accuracy.items()
        ],
    }


def request_view(request: PriorityRequest, inventory: Inventory, zone: str) -> Json:
    """One record."""
    ask = request.ask
    approach = inventory.approach_ids[ask.approach] if ask.approach >= 0 else None
    return {
        "request_id": request.request_id,
        "sequence": request.sequence,
        "state": request.state.value,
        "why": None if request.why is None else request.why.value,
        "advice_only": request.advice_only,
        "intersection_id": inventory.intersection_ids[ask.intersection],
        "approach_id": approach,
        "vehicle_id": ask.vehicle_id,
        "vehicle_role": "transit",
        "route_id": ask.route_id,
        "direction_id": None if ask.direction_id < 0 else ask.direction_id,
        "trip_id": ask.trip_id or None,
        "arrival": {name: rfc3339(time / 1e3, zone) for name, time in zip(_WINDOW, (ask.earliest, ask.likely, ask.latest))},
        "arrival_ms": dict(zip(_WINDOW, (ask.earliest, ask.likely, ask.latest))),
        "lateness_s": _known(ask.lateness),
        "headway_s": _known(ask.headway),
        "planned_headway_s": _known(ask.planned_headway),
        "occupancy": None if np.isnan(ask.occupancy) else ask.occupancy,
        "importance_level": request.level,
        "stops_before": ask.stops_before,
        "near_side_stop": ask.near_side,
        "created": rfc3339(request.created / 1e3, zone),
        "updated": rfc3339(request.updated / 1e3, zone),
        "expires": rfc3339(request.expires / 1e3, zone),
        "passed": None if request.passed < 0 else rfc3339(request.passed / 1e3, zone),
        "text": _text(request),
    }


_WINDOW = ("earliest", "likely", "latest")


def _known(value: float) -> int | None:
    return None if np.isnan(value) else round(value)


_SAID = {
    "requested": ("建议优先", "priority advised"),
    "updated": ("建议优先（更新）", "priority advised (updated)"),
    "cancelled": ("建议撤回", "advice withdrawn"),
    "served": ("已在所请求时段内通过", "passed in the window advised"),
    "missed": ("未在所请求时段内通过", "did not pass in the window advised"),
}


def _text(request: PriorityRequest) -> Json:
    """Two sentences for people."""
    late, beyond = request.ask.lateness, request.ask.headway - request.ask.planned_headway
    zh, en = [_SAID[request.state][0]], [_SAID[request.state][1]]
    if late >= 60:
        zh.append(f"晚点{round(late / 60)}分钟")
        en.append(f"{round(late / 60)} min late")
    if beyond >= 60:
        zh.append(f"与前车间隔比计划长{round(beyond / 60)}分钟")
        en.append(f"{round(beyond / 60)} min more than planned behind the bus before it")
    return {"zh": "，".join(zh), "en": ", ".join(en)}
