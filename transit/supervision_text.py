"""Alerts and holds in words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from transit.alert_book import AlertKind, Condition
from transit.board_text import Language
from transit.departures import destination, route_name
from transit.local_time import hour_minute
from transit.network import Network


def alert_text(condition: Condition, network: Network, vehicle_ids: Sequence[str], language: Language) -> str:
    """One sentence."""
    zh = language == "zh"
    line = line_text(network, condition.pattern, language)
    names = [vehicle_ids[vehicle] for vehicle in condition.vehicles]
    last = names[-1] if names else ""
    at, since = stop_name(network, condition.pattern_stop), hour_minute(condition.since, network.timezone)
    if condition.kind is AlertKind.BUNCHING:
        apart, planned = _minutes(condition.headway, zh), _minutes(condition.planned_headway, zh)
        if zh:
            return f"{line}：{names[0]} 与 {last} 串车，在{at}相隔{apart}，计划{planned}"
        return f"{line}: {names[0]} and {last} are bunched, {apart} apart at {at}, {planned} planned"
    if condition.kind is AlertKind.GAP and not names:
        planned = _minutes(condition.planned_headway, zh)
        return f"{line}：{since}起无车，计划间隔{planned}" if zh else f"{line}: no bus since {since}, one every {planned} planned"
    if condition.kind is AlertKind.GAP:
        apart, planned = _minutes(condition.headway, zh), _minutes(condition.planned_headway, zh)
        if zh:
            return f"{line}：{last} 到{at}时距前车 {names[0]} {apart}，计划{planned}"
        return f"{line}: a gap of {apart} at {at} before {last}, behind {names[0]}, {planned} planned"
    if condition.kind is AlertKind.DETOUR_CANDIDATE:
        end = stop_name(network, stop_after(network, condition.pattern, (condition.span or (0.0, 0.0))[1]))
        if zh:
            return f"{line}：{since}起 {len(names)} 辆车在{at}与{end}之间绕行，道路可能不通（{'、'.join(names)}）"
        return f"{line}: {len(names)} buses since {since} went around {at} to {end}; the road may be closed ({', '.join(names)})"
    if condition.kind is AlertKind.OFF_ROUTE:
        return f"{line}：{last} {since}起在{at}之后偏离线路" if zh else f"{line}: {last} has been off route since {since}, after {at}"
    return f"{line}：{last} {since}起停在{at}之后不动" if zh else f"{line}: {last} has not moved since {since}, after {at}"


def hold_text(network: Network, pattern_stop: int, vehicle_id: str, seconds: int, until: float, language: Language) -> str:
    """One sentence to a controller."""
    line = line_text(network, int(network.pattern_of_pattern_stop[pattern_stop]), language)
    at, clock = stop_name(network, pattern_stop), hour_minute(until, network.timezone)
    if language == "zh":
        return f"{line}：{vehicle_id} 在{at}多停{seconds}秒，约{clock}发车"
    return f"{line}: hold {vehicle_id} at {at} for {seconds} s, leaving about {clock}"


def line_text(network: Network, pattern: int, language: Language) -> str:
    """Route and destination."""
    if pattern < 0:
        return "未知线路" if language == "zh" else "Unknown line"
    to = destination(network, int(network.patterns.headsign[pattern]), pattern)
    name = route_name(network, int(network.patterns.route[pattern]))
    return f"{name} 往{to}" if language == "zh" else f"{name} to {to}"


def stop_name(network: Network, pattern_stop: int) -> str:
    """Of a pattern stop."""
    return network.stop_names[int(network.patterns.stop[pattern_stop])] if pattern_stop >= 0 else "?"


def stop_after(network: Network, pattern: int, progress: float) -> int:
    """The first pattern stop at or beyond a place on the pattern; the last one when there is none."""
    first, end = (int(one) for one in network.patterns.stop_start[pattern : pattern + 2])
    return min(first + int(np.searchsorted(network.patterns.distance[first:end], progress)), end - 1)


def _minutes(seconds: float | None, zh: bool) -> str:
    """Whole minutes, "under a minute" below one; "?" unknown."""
    if seconds is None:
        return "?"
    minutes = round(seconds / 60.0)
    if minutes < 1:
        return "不到1分钟" if zh else "less than a minute"
    return f"{minutes}分钟" if zh else f"{minutes} min"
