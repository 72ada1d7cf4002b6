"""Times of signal inputs as epoch milliseconds: epoch seconds, RFC 3339, and local strings without a zone (GA/T 543.6 DE00554)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATEST = 1e11
"""epoch s; a larger number is milliseconds, or nonsense"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(value: object, zone: tzinfo | None = None) -> int | None:
    """Epoch ms of a number of epoch seconds or a text; None when it is no time.

    A text without an offset is local time in `zone`, and no time when there is no zone: `2026-03-02 08:00:00.250`,
    `2026-03-02T08:00:00+08:00`, `20260302080000`.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return round(value * 1000.0) if 0.0 < value < LATEST else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if zone is not None and len(text) == 14 and text.isascii() and text.isdigit():
        text = f"{text[:8]}T{text[8:]}"
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:
            if zone is None or len(text) < 15:
                return None
            when = when.replace(tzinfo=zone)
        found = round((when - _EPOCH) / _MILLISECOND)
    except (ValueError, OverflowError):
        return None
    return found if 0 < found < LATEST * 1000.0 else None
