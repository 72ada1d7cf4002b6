"""Opening hours as people write them, to minutes of the week from Monday 00:00 local time, and back.

The part of the opening_hours specification of OpenStreetMap that car parks use: rules separated by `;`, each days and times:
`Mo-Fr 07:00-12:00,13:00-22:00; Sa,Su 08:00-20:00`, `24/7`, `Su off`, `Fr 22:00-06:00` (into the next morning). A later rule replaces
what was said of its days; without days it is for all of them. Chinese days are read as well: 周一至周五, 每天, 全天.
"""

from __future__ import annotations

import re

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY, WEEK = 1440, 7 * 1440
_NAMES = {name.lower(): k for k, name in enumerate(DAYS)} | {
    name: k for k, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
} | {name[:3]: k for k, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))} | {
    f"{prefix}{digit}": k for prefix in ("周", "星期") for k, digit in enumerate("一二三四五六日")
} | {"周天": 6, "星期天": 6}  # fmt: skip
_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_ALWAYS = ("24/7", "全天", "24小时", "全天24小时", "always")
_OFF = ("off", "closed", "休息", "关闭")
_PLAIN = str.maketrans({"；": ";", "，": ",", "、": ",", "：": ":", "–": "-", "—": "-", "～": "-", "~": "-", "至": "-"})
Spans = tuple[tuple[int, int], ...]


def parse_opening(text: str) -> Spans:
    """Spans (start, end), in order, none meeting another; a span that runs over Sunday midnight ends after the week's last minute.

    Empty for 24/7 and for no text. Raises ValueError with the predicate of a sentence.
    """
    plain = text.translate(_PLAIN).strip()
    if not plain or plain.lower() in _ALWAYS:
        return ()
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for rule in plain.split(";"):
        if rule.strip():
            days, spans = _rule(rule.strip())
            for day in days:
                week[day] = [(day * DAY + start, day * DAY + end) for start, end in spans]
    spans = sorted(span for day in week for span in day)
    if not spans:
        raise ValueError("never opens")
    return _joined(spans)


def format_opening(spans: Spans) -> str:
    """The same in the specification's words, days with equal times together; `24/7` for no spans."""
    if not spans:
        return "24/7"
    by_day: dict[int, list[str]] = {}
    for start, end in spans:
        while start < end:  # a span of several days is told day by day
            day, begin = divmod(start, DAY)
            until = end - day * DAY
            piece = until if until <= 2 * DAY and until - begin <= DAY else DAY
            by_day.setdefault(day % 7, []).append(f"{_clock(begin)}-{_clock(piece if piece <= DAY else piece - DAY)}")
            start = day * DAY + piece
    rules: list[tuple[list[int], str]] = []
    for day in sorted(by_day):
        times = ",".join(by_day[day])
        if rules and rules[-1][1] == times and rules[-1][0][-1] == day - 1:
            rules[-1][0].append(day)
        else:
            rules.append(([day], times))
    return "; ".join(f"{_days(days)} {times}" for days, times in rules)


def _rule(rule: str) -> tuple[list[int], list[tuple[int, int]]]:
    """(days, spans in minutes of the day); a span across midnight ends after 1440."""
    match = re.search(r"\d{1,2}:\d{2}|24/7|全天|24小时", rule)
    off = next((word for word in _OFF if rule.lower().endswith(word)), None)
    cut = len(rule) - len(off) if off else match.start() if match else -1
    if cut < 0:
        raise ValueError(f"has no times in {rule!r}; write for example Mo-Fr 07:00-22:00")
    days = _parse_days(rule[:cut].strip().rstrip(":").strip())
    if off:
        return days, []
    times = rule[cut:].replace(" ", "")
    if times.lower() in _ALWAYS:
        return days, [(0, DAY)]
    return days, [_span(part) for part in times.split(",")]


def _parse_days(text: str) -> list[int]:
    if text in ("", "每天", "每日", "daily"):
        return list(range(7))
    days = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        begin, end = (_NAMES.get(name.lower(), -1) for name in (first, last or first))
        if begin < 0 or end < 0:
            raise ValueError(f"has unknown days {part!r}; write Mo Tu We Th Fr Sa Su")
        days += [(begin + k) % 7 for k in range((end - begin) % 7 + 1)]
    return days


def _span(text: str) -> tuple[int, int]:
    found = _TIMES.fullmatch(text)
    if found is None:
        raise ValueError(f"has times that are not hh:mm-hh:mm: {text!r}")
    hours = [int(one) for one in found.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if max(hours[1], hours[3]) > 59 or start >= DAY or end > 2 * DAY:
        raise ValueError(f"has a time that is none: {text!r}")
    return start, end if end > start else end + DAY


def _joined(spans: list[tuple[int, int]]) -> Spans:
    """Spans that touch or overlap as one, around the week's end too; nothing when they fill the week."""
    found: list[list[int]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    over = found[-1][1] - WEEK
    while len(found) > 1 and over >= found[0][0]:
        over = max(over, found.pop(0)[1])
    found[-1][1] = max(found[-1][1], over + WEEK)
    if found[-1][1] - found[-1][0] >= WEEK:
        return ()
    return tuple((start, end) for start, end in found)


def _days(days: list[int]) -> str:
    return DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}{'-' if len(days) > 2 else ','}{DAYS[days[-1]]}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
