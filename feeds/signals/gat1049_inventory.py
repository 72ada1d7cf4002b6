"""The intersections of a signal system as it lists them itself: CrossParam and SignalController of GA/T 1049.2, XML.

Only what all editions say alike is read: ids, names, grades, which controller holds which intersections, and coordinates where they
are given. Lanes and detectors are not: the editions number their directions and attributes differently, and none says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from feeds.errors import FeedError
from feeds.signals.gat1049_messages import objects_of
from feeds.signals.gat1049_xml import trees_of
from feeds.signals.reports import Unsound

_CELLS = {"CrossID": "intersection_id", "CrossName": "name", "Grade": "grade", "Latitude": "lat", "Longitude": "lon"}
_CONTROLLERS = ("SignalController", "SignalControler")


def read_crosses(body: bytes, path: str) -> Sequence[Mapping[str, str]]:
    """Cells of the inventory's intersections, one mapping a CrossParam. Raises FeedError when the file cannot be used."""
    crosses: list[dict[str, str]] = []
    controllers: dict[str, str] = {}
    for tree in trees_of(body, path):
        if isinstance(tree, Unsound):
            raise FeedError(path, None, None, tree.detail)
        for name, fields, _, _ in objects_of(tree, "", None):
            if name == "CrossParam" and isinstance(fields, dict):
                crosses.append({cell: str(fields[field]) for field, cell in _CELLS.items() if isinstance(fields.get(field), str)})
            elif name in _CONTROLLERS and isinstance(fields, dict):
                device = str(fields.get("SignalControlerID") or fields.get("SignalControllerID") or "")
                controllers.update(dict.fromkeys(_ids(fields.get("CrossIDList")), device))
    if not crosses:
        raise FeedError(path, None, "CrossParam", "is not in any message: the intersections of a signal system were expected")
    return [{**cells, "device_id": controllers.get(cells.get("intersection_id", ""), "")} for cells in crosses]


def _ids(value: Any) -> Sequence[str]:
    """The CrossIDs of a list's element."""
    inside = value.get("CrossID", ()) if isinstance(value, dict) else ()
    return [one for one in (inside if isinstance(inside, list) else [inside]) if isinstance(one, str)]
