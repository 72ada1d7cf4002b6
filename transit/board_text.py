"""The words of stop boards in Chinese and English, and the one rule by which seconds become minutes.

Every text comes as variants, the fullest first: an application shows the first, an LED card the longest that fits its cells.
A live bus is told in minutes and stops, a scheduled one by the clock, so the two cannot be mistaken for each other.
"""

from __future__ import annotations

import math
from typing import Literal

from transit.board_content import BoardStatus, Call, CallState, LineState, LineStatus, Notice
from transit.changes import LANGUAGE_UNKNOWN, Alert, Texts
from transit.local_time import hour_minute, rfc3339
from transit.model import Source

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def shown_minutes(seconds: float) -> int:
    """The minutes shown for a time to wait: the nearest, halves up, never below 0.

    Python's round() would take 30 s and 150 s down.
    """
    return max(0, math.floor(seconds / 60.0 + 0.5))


def call_texts(call: Call, language: Language, timezone: str) -> tuple[str, ...]:
    """Variants for one call."""
    if call.changed:
        return _changed(call, language, timezone)
    if call.source is Source.LAYOVER:
        return _waiting(call.origin_departure, call.at_origin, language, timezone)
    if not call.live:
        return _scheduled(call.time, language, timezone)
    if call.state is CallState.AT_STOP:
        return ("已进站",) if language == "zh" else ("At stop",)
    if call.state is CallState.ARRIVING:
        return ("即将进站",) if language == "zh" else ("Arriving",)
    if call.state is CallState.DELAYED:
        return _delayed(call, language)
    return _approaching(call.stops_away, call.minutes, language)


def line_texts(status: LineStatus, language: Language, timezone: str) -> tuple[str, ...]:
    """Variants for one line, when there is room for one text only."""
    state = status.state
    call = status.foremost
    if call is not None and call.live:
        return call_texts(call, language, timezone)
    if state in (LineState.CANCELLED, LineState.SKIPPED):
        return call_texts(call, language, timezone) if call is not None and call.changed else _SKIPS[language][2:]
    if state is LineState.WAITING_DEPARTURE:
        here = status.origin_departure == status.next_departure
        return _waiting(status.origin_departure, here, language, timezone)
    if state is LineState.SCHEDULED and status.next_departure is not None:
        return _scheduled(status.next_departure, language, timezone)
    if state is LineState.HEADWAY and status.headway is not None:
        return _headway(status.headway, language)
    if state is LineState.BEFORE_FIRST and status.first is not None and status.last is not None:
        return _span(status.first, status.last, language, timezone)
    return _FIXED[language].get(state, _FIXED[language][LineState.NO_DATA])


def notice_texts(notice: Notice, language: Language) -> tuple[str, ...]:
    """Variants for the message line."""
    return _NOTICES[language][notice]


def alert_texts(alert: Alert, language: Language) -> tuple[str, ...]:
    """Variants for the message line: header and description, header. In another language where there is none in this one."""
    header, description = in_language(alert.header, language), in_language(alert.description, language)
    separator = "：" if language == "zh" else ": "
    both = separator.join(part for part in (header, description) if part)
    return (both, header) if header and both != header else (both or _ALERT[language],)


def in_language(texts: Texts, language: Language) -> str:
    """The text in the language, else the one without a language, else the first there is; empty without any."""
    tags = [(tag.lower().replace("_", "-"), text) for tag, text in texts if text]
    own = next((text for tag, text in tags if tag.split("-")[0] == language), "")
    neutral = next((text for tag, text in tags if tag == LANGUAGE_UNKNOWN), "")
    return own or neutral or (tags[0][1] if tags else "")


def status_text(status: BoardStatus, terminus: bool, language: Language) -> str:
    """What the whole board is, in a word."""
    if terminus:
        return "终点站" if language == "zh" else "Terminus"
    return _STATUS[language][status]


_STATUS: dict[Language, dict[BoardStatus, str]] = {
    "zh": {
        BoardStatus.LIVE: "实时",
        BoardStatus.SCHEDULE_ONLY: "时刻表",
        BoardStatus.NO_SERVICE: "停运",
        BoardStatus.NO_DATA: "暂无数据",
    },
    "en": {
        BoardStatus.LIVE: "Live",
        BoardStatus.SCHEDULE_ONLY: "Timetable",
        BoardStatus.NO_SERVICE: "No service",
        BoardStatus.NO_DATA: "No data",
    },
}
_FIXED: dict[Language, dict[LineState, tuple[str, ...]]] = {
    "zh": {
        LineState.AFTER_LAST: ("末班已过",),
        LineState.NO_SERVICE: ("今日停运",),
        LineState.NO_DATA: ("暂无数据",),
    },
    "en": {
        LineState.AFTER_LAST: ("Last bus has gone", "Last bus gone"),
        LineState.NO_SERVICE: ("No service today", "No service"),
        LineState.NO_DATA: ("No data",),
    },
}
_NOTICES: dict[Language, dict[Notice, tuple[str, ...]]] = {
    "zh": {
        Notice.FEED_DOWN: ("实时数据中断，请以时刻表为准", "实时数据中断"),
        Notice.FEED_PARTLY_STALE: ("部分车辆信号中断，到站时间可能不准", "部分车辆信号中断"),
    },
    "en": {
        Notice.FEED_DOWN: ("Live data interrupted: please go by the timetable", "Live data interrupted"),
        Notice.FEED_PARTLY_STALE: ("Some buses are not reporting: times may be off", "Some buses not reporting"),
    },
}

_CANCELLED: dict[Language, tuple[str, ...]] = {
    "zh": ("班次已取消", "已取消", "已取消"),
    "en": (" bus cancelled", " cancelled", "Cancelled"),
}
_SKIPS: dict[Language, tuple[str, ...]] = {
    "zh": ("班次不停靠本站", "不停靠", "不停靠本站", "不停靠"),
    "en": (" bus skips this stop", " skips stop", "Skips this stop", "Skips"),
}
"""Two ways to go on after a time, then what stands alone."""
_ALERT: dict[Language, str] = {"zh": "服务有变动", "en": "Service change"}


def _stops(count: int) -> str:
    return "1 stop" if count == 1 else f"{count} stops"


def _approaching(stops: int | None, minutes: int | None, language: Language) -> tuple[str, ...]:
    if minutes is None:
        minutes = 0
    if language == "zh":
        short = (f"{minutes}分钟", f"{minutes}分")
        return (f"还有{stops}站·约{minutes}分钟", f"{stops}站·{minutes}分钟", *short) if stops else (f"约{minutes}分钟", *short)
    brief = (f"{minutes} min",)
    return (f"{_stops(stops)} · {minutes} min", *brief) if stops else brief


def _delayed(call: Call, language: Language) -> tuple[str, ...]:
    parts: list[str] = []
    if language == "zh":
        why = "行驶缓慢" if call.stuck else "信号延迟"
        parts += [f"还有{call.stops_away}站"] if call.stops_away else []
        parts += [f"约{call.minutes}分钟"] if call.minutes else []
        separator = "·"
    else:
        why = "slow" if call.stuck else "signal delayed"
        parts += [_stops(call.stops_away)] if call.stops_away else []
        parts += [f"{call.minutes} min"] if call.minutes else []
        separator = " · "
    full = separator.join([*parts, why])
    shorter = (separator.join(parts), *parts[:1]) if parts else ()
    return (full if parts else full[:1].upper() + full[1:], *shorter)


def _waiting(origin: float | None, here: bool, language: Language, timezone: str) -> tuple[str, ...]:
    clock = "" if origin is None else hour_minute(origin, timezone)
    if language == "zh":
        if not clock:
            return ("等待发车",)
        if here:
            return (f"等待发车·{clock}发车", f"{clock}发车")
        return (f"等待发车·始发{clock}", f"始发{clock}", "等待发车")
    if not clock:
        return ("Waiting to depart", "Waiting")
    if here:
        return (f"Departs {clock}", f"Dep {clock}")
    return (f"Waiting · leaves terminal {clock}", f"Terminal {clock}", "Waiting")


def _scheduled(time: float, language: Language, timezone: str) -> tuple[str, ...]:
    clock = hour_minute(time, timezone)
    return (f"时刻表 {clock}", clock) if language == "zh" else (f"Scheduled {clock}", clock)


def _changed(call: Call, language: Language, timezone: str) -> tuple[str, ...]:
    clock = hour_minute(call.time, timezone)
    long, brief, *alone = (_CANCELLED if call.state is CallState.CANCELLED else _SKIPS)[language]
    return (f"{clock}{long}", f"{clock}{brief}", *alone)


def _headway(seconds: float, language: Language) -> tuple[str, ...]:
    minutes = max(1, shown_minutes(seconds))
    if language == "zh":
        return (f"约每{minutes}分钟一班", f"每{minutes}分钟", f"每{minutes}分")
    return (f"About every {minutes} min", f"Every {minutes} min")


def _span(first: float, last: float, language: Language, timezone: str) -> tuple[str, ...]:
    begin, end = hour_minute(first, timezone), hour_minute(last, timezone)
    overnight = rfc3339(first, timezone)[:10] != rfc3339(last, timezone)[:10]
    if language == "zh":
        return (f"首班 {begin} 末班 {'次日' if overnight else ''}{end}", f"首班 {begin}", begin)
    return (f"First {begin} · last {end}{' next day' if overnight else ''}", f"First {begin}", begin)
