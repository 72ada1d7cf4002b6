"""What decoders ask of an inventory: which controller a CrossID means, which approach a lane is on. Built once, then read."""

from __future__ import annotations

from signals.inventory import Inventory


class Site:
    """Look-ups into one inventory. A CrossID may name an intersection or a controller; an intersection wins where both have the id."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._lanes: dict[tuple[bool, int, str], int] = {}
        rows = zip(inventory.detector_approach.tolist(), inventory.detector_device.tolist(), inventory.detector_lane)
        for approach, device, lane in rows:
            if approach < 0 or not lane:
                continue
            name, at = plain(lane), int(inventory.approach_intersection[approach])
            self._lanes.setdefault((False, device, name), approach)
            if at >= 0:
                self._lanes.setdefault((True, at, name), approach)

    def intersection_of(self, cross: str) -> int:
        """Row of the intersection of that id, -1 none."""
        return self.inventory.intersection_index.get(cross, -1)

    def device_of(self, cross: str) -> int:
        """Row of the controller that a CrossID means, -1 none."""
        at = self.intersection_of(cross)
        return int(self.inventory.device[at]) if at >= 0 else self.inventory.device_index.get(cross, -1)

    def approach_of_lane(self, cross: str, lane: str) -> int:
        """Row of the approach on which the detectors of this lane are, -1 none."""
        at, name = self.intersection_of(cross), plain(lane)
        found = self._lanes.get((True, at, name), -1) if at >= 0 else -1
        return found if found >= 0 else self._lanes.get((False, self.device_of(cross), name), -1)

    def approach_of(self, name: str, cross: str = "") -> int:
        """Row of an approach by its name in the inventory, or by its own name at an intersection; -1 none."""
        index = self.inventory.approach_index
        return index.get(f"{cross}/{name}", index.get(name, -1)) if cross else index.get(name, -1)


def plain(lane: str) -> str:
    """A lane number without leading zeros; any other name as it is."""
    return str(int(lane)) if lane.isascii() and lane.isdigit() and len(lane) < 10 else lane
