"""A board on a screen of rows × columns: which lines fit, on which page, and each row exactly as wide as the screen.

Every row is encodable in GBK. After `expires_at` all rows are blank: a screen that nobody feeds any more must show nothing.
"""

from __future__ import annotations

from transit.board_content import BoardContent, LineStatus
from transit.board_text import Language, alert_texts, call_texts, line_texts, notice_texts, status_text
from transit.departures import route_name
from transit.parameters import BoardParameters
from transit.text_cells import abbreviated, fit, lay_out, width

MAX_CALLS = 3


def screen_rows(
    content: BoardContent, rows: int, columns: int, language: Language, now: float, parameters: BoardParameters
) -> list[str]:
    """`rows` strings of `columns` cells each. More lines than rows alternate by the clock, a page every `page_time` s."""
    if now > content.expires_at:
        return [" " * columns] * rows
    message = _message(content, columns, language, now, parameters) if rows > 1 else None
    room = rows - 1 if message is not None else rows
    entries = _entries(content, room, language)
    if not entries:
        shown = [fit(status_text(content.status, content.terminus, language), columns)][:room]
    else:
        pages = -(-len(entries) // room)
        page = int(now // parameters.page_time) % pages
        left_cells = min(max(width(left) for left, _, _ in entries), max(2, columns // 3))
        shown = [lay_out(*entry, columns, left_cells) for entry in entries[page * room : (page + 1) * room]]
    shown += [" " * columns] * (room - len(shown))
    return shown if message is None else [*shown, message]


def _message(content: BoardContent, columns: int, language: Language, now: float, parameters: BoardParameters) -> str | None:
    """What the board says of itself and of service, one thing at a time as pages turn; None: nothing."""
    texts = [notice_texts(notice, language) for notice in content.notices]
    texts += [alert_texts(alert, language) for alert in content.alerts]
    if not texts:
        return None
    variants = texts[int(now // parameters.page_time) % len(texts)]
    whole = next((text for text in variants if width(text) <= columns), None)
    return fit(whole if whole is not None else abbreviated(variants[-1], columns), columns)


def _entries(content: BoardContent, room: int, language: Language) -> list[tuple[str, str, tuple[str, ...]]]:
    """(route, destination, texts) of each row wanted: one a line, and its next buses when there is room for those of all."""
    lines = content.board_lines()
    each = min(MAX_CALLS, max(1, room // len(lines))) if lines else 1
    entries: list[tuple[str, str, tuple[str, ...]]] = []
    for status in lines:
        name = route_name(content.network, status.line.route)
        texts = _texts(status, each, language, content.timezone)
        entries += [(name, status.line.headsign, text) for text in texts]
    return entries


def _texts(status: LineStatus, each: int, language: Language, timezone: str) -> list[tuple[str, ...]]:
    texts = [line_texts(status, language, timezone)]
    foremost = status.foremost
    texts += [call_texts(call, language, timezone) for call in status.calls if call is not foremost]
    return texts[:each]
