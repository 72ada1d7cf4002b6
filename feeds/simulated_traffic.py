"""Traffic of the simulated district: how fast each street is at each minute, and which lights are green.

Speed of a bus on edge e = free speed / (1 + load), load = usual(time of day, place, direction) × exp(disturbance).
`usual` is what the timetable was planned with; the disturbance is an AR(1) process per edge (half-life about 20 min),
the same for every bus of every line on that street, and now and then an incident blocks part of a street for a while.
Everything steps on whole minutes, so the state depends on the minute and never on how often somebody asked.
"""
from __future__ import annotations

import numpy as np

from feeds.simulated_streets import Streets
from transit.kernels.columns import F64, I32, U8

UTC_OFFSET = 8 * 3600
"""s that Asia/Shanghai is ahead of UTC, all year."""
DAY = 86_400
_MEMORY, _SPREAD = 0.966, 0.30
"""AR(1) per minute: 0.966^20 = 0.5; stationary standard deviation of the logarithm of load."""
_INCIDENTS_PER_MINUTE, _INCIDENT_LOAD = 0.012, 2.5


def usual_load(streets: Streets, second: float) -> F64:
    """[E] load of every edge at that second of the day on an ordinary day; 0 is an empty street."""

    def bump(centre: float, width: float) -> float:
        away = (second - centre * 3600 + DAY / 2) % DAY - DAY / 2
        return float(np.exp(-0.5 * (away / (width * 3600)) ** 2))

    morning, evening, midday = bump(7.9, 0.8), bump(17.8, 1.0), bump(12.8, 3.2)
    place = 0.35 + streets.edge_central
    inward = 0.35 * streets.edge_inward
    return place * (0.08 + 0.75 * morning * (1 + inward) + 0.85 * evening * (1 - inward) + 0.28 * midday)


class Traffic:
    """The state of the streets. `advance` is called once a second; `speed` [E] m/s holds until the next minute."""

    def __init__(self, streets: Streets, generator: np.random.Generator, at: float) -> None:
        self._streets = streets
        self._generator = generator
        self._disturbance = generator.normal(0.0, _SPREAD, len(streets.edge_free))
        self._incident_until = np.zeros(len(streets.edge_free))
        self.speed = streets.edge_free
        self._update(at)

    def advance(self, now: int) -> None:
        """Go to second `now`; only whole minutes change anything."""
        if now % 60 == 0:
            innovation = _SPREAD * np.sqrt(1 - _MEMORY**2)
            noise = self._generator.normal(0.0, innovation, len(self._disturbance))
            self._disturbance = self._disturbance * _MEMORY + noise
            if self._generator.random() < _INCIDENTS_PER_MINUTE:
                edge = int(self._generator.integers(len(self._disturbance)))
                self._incident_until[edge] = now + float(self._generator.uniform(480, 1500))
            self._update(now)

    def red(self, node: I32, axis: U8, now: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the light at each node shows red to buses coming along that axis."""
        cycle = self._streets.light_cycle[node]
        phase = (now + self._streets.light_offset[node]) % cycle
        green_first = phase < cycle * self._streets.light_green[node]
        return np.asarray(green_first == (axis == 1))

    def _update(self, now: float) -> None:
        load = usual_load(self._streets, (now + UTC_OFFSET) % DAY) * np.exp(self._disturbance)
        load = load + np.where(self._incident_until > now, _INCIDENT_LOAD, 0.0)
        self.speed = self._streets.edge_free / (1.0 + load)
