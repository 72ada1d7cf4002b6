"""Typical times once more: the way between two stops is what lies on each piece, added up, one trip and one hop at a time."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.support.naive_traversals import Piece, pieces_of
from transit.kernels.prediction_columns import Estimates, RunningTimes
from transit.links import Links
from transit.network import Network


def way(pieces: list[Piece], begin: float, end: float) -> list[tuple[int, float]]:
    """(link, m) of the way between two places."""
    ends = [piece.end for piece in pieces[:-1]] + [max(pieces[-1].end, end)]
    overlaps = [(piece.link, min(stop, end) - max(piece.begin, begin)) for piece, stop in zip(pieces, ends)]
    return [(link, metres) for link, metres in overlaps if metres > 0.0]


def at_hour(means: Any, clock: float) -> float:
    """Between the middles of two hours, a day being a circle."""
    hours = len(means)
    x = (clock / 86_400.0 * hours - 0.5) % hours
    low, share = int(x), x - int(x)
    return float((1.0 - share) * means[low % hours] + share * means[(low + 1) % hours])


def blend(learned: float, weight: float, planned: float, worth: float) -> float:
    return (weight * learned + worth * planned) / (weight + worth)


def profile(
    network: Network, links: Links, trip: int, known: Estimates, factor: Any, prior: RunningTimes, worth: float
) -> list[tuple[float, float]]:
    """(arrive, leave) of each stop of a trip."""
    patterns, p, row = network.patterns, int(network.trips.pattern[trip]), int(prior.profile[trip])
    first, stops = int(patterns.stop_start[p]), int(patterns.stop_start[p + 1] - patterns.stop_start[p])
    pieces, clock = pieces_of(links, p), float(prior.leave[row])
    times = [(float(prior.arrive[row]), clock)]
    for k in range(1, stops):
        begin, end = float(patterns.distance[first + k - 1]), float(patterns.distance[first + k])
        now = float(network.trips.departure[network.trips.start[trip]]) + clock - float(prior.leave[row])
        planned = float(prior.arrive[row + k]) - float(prior.leave[row + k - 1])
        seconds = planned if end <= begin else 0.0
        for link, metres in way(pieces, begin, end):
            learned = at_hour(known.mean[link], now) * metres / float(links.length[link])
            seconds += blend(learned, float(known.weight[link]), planned * metres / (end - begin), worth)
        clock += seconds * float(factor[links.hop_of[first + k]])
        dwell = len(links) + int(patterns.stop[first + k])
        stay = float(prior.leave[row + k]) - float(prior.arrive[row + k])
        more = blend(at_hour(known.mean[dwell], now), float(known.weight[dwell]), stay, worth) if k < stops - 1 else 0.0
        times.append((clock, clock + more))
        clock += more
    return times


def planned_by_hour(network: Network, links: Links, trips: list[int], prior: RunningTimes) -> dict[int, dict[int, tuple[float, float]]]:
    """Element → hour → (s, how many times the element) of the timetables of these trips; a piece is on one hop, that of its middle."""
    found: dict[int, dict[int, tuple[float, float]]] = defaultdict(lambda: defaultdict(lambda: (0.0, 0.0)))
    patterns = network.patterns
    for trip in trips:
        p, row = int(network.trips.pattern[trip]), int(prior.profile[trip])
        first, stops = int(patterns.stop_start[p]), int(patterns.stop_start[p + 1] - patterns.stop_start[p])
        distance = [float(x) for x in patterns.distance[first : first + stops]]
        hour_at = [int(network.trips.departure[network.trips.start[trip] + k]) // 3600 % 24 for k in range(stops)]
        for piece in pieces_of(links, p):
            passed = sum(d <= (piece.begin + piece.end) / 2 for d in distance) - 1
            k = min(max(passed, 0), stops - 2)
            pace = (float(prior.arrive[row + k + 1]) - float(prior.leave[row + k])) / max(distance[k + 1] - distance[k], 1.0)
            metres = piece.end - piece.begin
            add(found[piece.link], hour_at[k], metres * pace, metres / float(links.length[piece.link]))
        for k in range(1, stops - 1):
            stay = float(prior.leave[row + k]) - float(prior.arrive[row + k])
            add(found[len(links) + int(patterns.stop[first + k])], hour_at[k], stay, 1.0)
    return found


def add(hours: dict[int, tuple[float, float]], hour: int, seconds: float, times: float) -> None:
    before = hours[hour]
    hours[hour] = (before[0] + seconds, before[1] + times)


def hop_variance(network: Network, links: Links, q: int, variance: Any) -> float:
    """s^2 of the way between the ends of two stops' zones, and of the stay at the later."""
    p = int(network.pattern_of_pattern_stop[q])
    if q == network.patterns.stop_start[p]:
        return 0.0
    begin, end = (float(links.pieces.end[links.pieces.of_stop[stop]]) for stop in (q - 1, q))
    drive = sum(metres / float(links.length[link]) * float(variance[link]) for link, metres in way(pieces_of(links, p), begin, end))
    return drive + float(variance[len(links) + int(network.patterns.stop[q])])
