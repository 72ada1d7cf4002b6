"""Some of the demo's controllers as a GA/T 1049.2 system tells of them: lamps, mode and plan by the second, counts every 5 min."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np

from feeds.signals.times import SHANGHAI
from signals.codes import Code, Ours
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns
from signals.model import DetectorType

Json = dict[str, Any]
INTERVAL = 300_000
"""ms of a count: what CrossTrafficData usually covers"""
LAMPS = {Code.BEGIN_GREEN: "112", Code.BEGIN_YELLOW: "121", Code.BEGIN_RED_CLEARANCE: "211"}
"""red, yellow, green; 1 dark, 2 lit"""


class Gat1049Sender:
    """Of the controllers `devices` (rows of `inventory`), one intersection each."""

    def __init__(self, inventory: Inventory, devices: Iterable[int]) -> None:
        self._inventory, self.devices = inventory, np.array(sorted(devices), np.int32)
        self._cross = {int(device): inventory.intersection_ids[row] for row, device in enumerate(inventory.device)}
        advance = np.flatnonzero(inventory.detector_type == DetectorType.ADVANCE).tolist()
        self._approach = {
            (int(inventory.detector_device[k]), int(inventory.detector_channel[k])): int(inventory.detector_approach[k])
            for k in advance
        }
        self._plan = dict.fromkeys(self.devices.tolist(), 0)
        self._mode = {device: int(inventory.declared_mode[row]) for row, device in enumerate(inventory.device.tolist())}
        self._began = 0
        self._count: dict[int, int] = {}

    def states(self, events: EventColumns) -> list[Json]:
        """Objects for /v1/signals/states; events of other controllers are left out."""
        told: list[Json] = []
        for time, device, code, parameter in zip(*(column.tolist() for column in events)):
            if device not in self._plan:
                continue
            if code in LAMPS:
                group = {"SignalGroupNo": parameter, "LampStatus": LAMPS[code]}
                status = {"CrossID": self._cross[device], "LampStatusTime": _local(time), "SignalGroupStatusList": [group]}
                told.append({"CrossSignalGroupStatus": status})
            elif code in (Code.PATTERN_CHANGE, Ours.CONTROL_MODE):
                held = self._plan if code == Code.PATTERN_CHANGE else self._mode
                held[device] = parameter
                plan = {"CrossID": self._cross[device], "ControlMode": str(self._mode[device]), "PlanNo": self._plan[device]}
                told.append({"CrossState": {"CrossID": self._cross[device], "Value": "Online"}, "CrossModePlan": plan})
        return told

    def counts(self, events: EventColumns, now: int) -> list[Json]:
        """Counts of the interval that ended, for /v1/signals/counts; none while one runs. `now` is epoch ms."""
        told: list[Json] = []
        begin = now // INTERVAL * INTERVAL
        if begin > self._began:
            if self._count:  # the first interval was not seen from its begin
                told = [self._volume(approach, count) for approach, count in sorted(self._count.items())]
            known = {approach for (device, _), approach in self._approach.items() if device in self._plan}
            self._began, self._count = begin, dict.fromkeys(known, 0)
        for device, code, parameter in zip(events.device.tolist(), events.code.tolist(), events.parameter.tolist()):
            approach = self._approach.get((device, parameter), -1) if code == Code.DETECTOR_ON and device in self._plan else -1
            if approach >= 0:
                self._count[approach] += 1
        return told

    def _volume(self, approach: int, count: int) -> Json:
        start, end = (_stamp(self._began + after) for after in (0, INTERVAL))
        return {"approach_id": self._inventory.approach_ids[approach], "start": start, "end": end, "volume": count}


def _local(time: int) -> str:
    """As the standard writes it: whole seconds, no offset."""
    return datetime.datetime.fromtimestamp(time // 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _stamp(time: int) -> str:
    return datetime.datetime.fromtimestamp(time / 1000, SHANGHAI).isoformat()
