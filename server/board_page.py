"""What the server-rendered pages show of an arrivals JSON; `web/static/feed.js` decides alike when a page refreshes itself.

Pages are made from the JSON and not from the engine's objects, so a gateway that only relays it renders the same pages.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from transit.board_text import Language
from transit.text_cells import width

Json = dict[str, Any]
ROOM = 9.0
"""汉字 that a text may be long; a longer one gives way to its short form"""


class PageRow(NamedTuple):
    """One line of a page. Tones: now, soon, old, wait, plan, none."""

    route: str
    color: str | None
    to: str
    first: str
    tone: str
    next: str
    next_tone: str


def page_rows(payload: Json, language: Language) -> list[PageRow]:
    """A row for each line worth one."""
    return [_row(payload, line, language) for line in payload["lines"] if line["on_board"]]


def calls_of(payload: Json, line: Json) -> list[Json]:
    """The line's calls to board, the one its text speaks of first."""
    mine = [
        call
        for call in payload["arrivals"]
        if call["boarding"]
        and call["route"]["id"] == line["route"]["id"]
        and (call["direction_id"], call["headsign"]) == (line["direction_id"], line["headsign"])
    ]
    moving = next((call for call in mine if call["source"] == "live"), None)
    foremost = moving or next((call for call in mine if not _off(call)), None)
    return mine if foremost is None else [foremost, *(call for call in mine if call is not foremost)]


def fitting(told: Json, language: Language) -> str:
    """The text of a call or line, or its short form."""
    text: str = told["text"][language]
    return text if width(text) / 2 <= ROOM else str(told["short"][language])


def tone(call: Json | None, line: Json | None) -> str:
    """How a text is drawn."""
    if call and _off(call):
        return "none"
    if call and call["state"] in ("at_stop", "arriving"):
        return "now"
    if call and call["source"] == "live":
        return "old" if call["state"] == "delayed" else "soon"
    if line and line["state"] in ("no_service", "after_last", "no_data", "cancelled", "skipped"):
        return "none"
    return "wait" if call and call["source"] == "layover" else "plan"


def _off(call: Json) -> bool:
    """Whether it does not take place."""
    return call["state"] in ("cancelled", "skipped")


def stale(payload: Json) -> bool:
    """Whether the board says of itself that its data are not as they should be."""
    return any(alert["code"] != "service_alert" for alert in payload["alerts"])


def alert_lines(payload: Json | None, language: Language) -> list[str]:
    """What the board says of itself and of service, each with what more there is to say."""
    alerts = [] if payload is None else payload["alerts"]
    parts = [(alert["text"][language], (alert.get("description") or {}).get(language)) for alert in alerts]
    return [f"{text}{'：' if language == 'zh' else ': '}{more}" if more else text for text, more in parts]


def _row(payload: Json, line: Json, language: Language) -> PageRow:
    calls = calls_of(payload, line)
    following = calls[1] if len(calls) > 1 else None
    return PageRow(
        line["route"]["short_name"],
        line["route"]["color"],
        line["headsign"],
        fitting(line, language),
        tone(calls[0] if calls else None, line),
        following["short"][language] if following else "",
        tone(following, None) if following else "",
    )
