"""Stop boards on the wire: the arrivals JSON, text for LED cards, and a cache that composes each board once a snapshot.

The JSON is the contract of `GET /v1/stops/{id}/arrivals` and of the topic `stop:{id}`: prepared once as bytes with its ETag, it
is what every reader gets. Unknown values are null. Times are RFC 3339 with the agency's offset.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Any, Literal

import orjson

from server.vehicle_table import route_view
from transit.board_content import BoardContent, Call, LineStatus
from transit.board_layout import screen_rows
from transit.board_text import LANGUAGES, Language, alert_texts, call_texts, in_language, line_texts, notice_texts
from transit.changes import Alert
from transit.local_time import rfc3339
from transit.parameters import BoardParameters

Charset = Literal["gbk", "gb18030", "utf-8"]
Json = dict[str, Any]
SERVICE_ALERT = "service_alert"
"""code of an alert about service; the others are what the board says of itself"""


def encode_arrivals(
    content: BoardContent,
    limit: int | None = None,
    routes: Collection[str] | None = None,
    languages: Sequence[Language] = LANGUAGES,
) -> bytes:
    """The arrivals JSON. `limit` cuts `arrivals`, `routes` (route ids or short names) filters arrivals and lines."""
    return orjson.dumps(arrivals_object(content, limit, routes, languages))


def arrivals_object(
    content: BoardContent, limit: int | None, routes: Collection[str] | None, languages: Sequence[Language]
) -> Json:
    """The same as a dictionary."""
    network, timezone = content.network, content.timezone
    named: dict[int, Json] = {}
    for line in [*(call.line for call in content.calls), *(status.line for status in content.lines)]:
        if line.route not in named:
            named[line.route] = route_view(network, line.route)
    wanted = {i for i, one in named.items() if routes is None or one["id"] in routes or one["short_name"] in routes}
    calls = [call for call in content.calls if call.line.route in wanted][:limit]
    on_board = {id(status) for status in content.board_lines()}
    return {
        "stop": {
            "id": network.stop_ids[content.stop],
            "code": network.stop_codes[content.stop] or None,
            "name": network.stop_names[content.stop],
            "lat": round(float(network.stop_lat[content.stop]), 6),
            "lon": round(float(network.stop_lon[content.stop]), 6),
        },
        "generated_at": rfc3339(content.generated_at, timezone),
        "expires_at": rfc3339(content.expires_at, timezone),
        "status": content.status.value,
        "terminus": content.terminus,
        "arrivals": [_call(content, call, named[call.line.route], languages) for call in calls],
        "lines": [
            _line(content, status, named[status.line.route], id(status) in on_board, languages)
            for status in content.lines
            if status.line.route in wanted
        ],
        "alerts": [
            {"code": notice.value, "text": {one: notice_texts(notice, one)[0] for one in languages}}
            for notice in content.notices
        ]
        + [_alert(alert, languages) for alert in content.alerts],
    }


def _alert(alert: Alert, languages: Sequence[Language]) -> Json:
    texts = {one: alert_texts(alert, one) for one in languages}
    return {
        "code": SERVICE_ALERT,
        "id": alert.id,
        "cause": alert.cause.lower(),
        "effect": alert.effect.lower(),
        "text": {language: variants[-1] for language, variants in texts.items()},
        "description": {language: in_language(alert.description, language) or None for language in languages},
        "url": {language: in_language(alert.url, language) or None for language in languages},
    }


def _texts(variants: dict[Language, tuple[str, ...]]) -> Json:
    """The full text, and a shorter one for narrow columns."""
    return {
        "text": {language: texts[0] for language, texts in variants.items()},
        "short": {language: texts[min(1, len(texts) - 1)] for language, texts in variants.items()},
    }


def _stamp(epoch: float | None, timezone: str) -> str | None:
    return None if epoch is None else rfc3339(epoch, timezone)


def _call(content: BoardContent, call: Call, route: Json, languages: Sequence[Language]) -> Json:
    timezone = content.timezone
    return {
        "route": route,
        "direction_id": call.line.direction if call.line.direction >= 0 else None,
        "headsign": call.line.headsign,
        "trip_id": content.network.trip_ids[call.trip] if call.trip >= 0 else None,
        "vehicle_id": content.vehicle_ids[call.vehicle] if call.vehicle >= 0 else None,
        "stop_sequence": call.sequence,
        "boarding": call.boarding,
        "arrival": _stamp(call.arrival, timezone),
        "departure": _stamp(call.departure, timezone),
        "seconds": call.seconds,
        "minutes": call.minutes,
        "p10_seconds": call.p10_seconds,
        "p90_seconds": call.p90_seconds,
        "stops_away": call.stops_away,
        "distance_m": None if call.distance is None else round(call.distance),
        "state": call.state,
        "source": call.source.word,
        "observed_at": _stamp(call.observed, timezone),
        "crowding": None,
        **_texts({one: call_texts(call, one, timezone) for one in languages}),
    }


def _line(content: BoardContent, status: LineStatus, route: Json, on_board: bool, languages: Sequence[Language]) -> Json:
    timezone = content.timezone
    return {
        "route": route,
        "direction_id": status.line.direction if status.line.direction >= 0 else None,
        "headsign": status.line.headsign,
        "first": _stamp(status.first, timezone),
        "last": _stamp(status.last, timezone),
        "headway_s": status.headway,
        "state": status.state,
        "next_departure": _stamp(status.next_departure, timezone),
        "on_board": on_board,
        **_texts({one: line_texts(status, one, timezone) for one in languages}),
    }


def render_board_txt(
    content: BoardContent,
    rows: int,
    columns: int,
    charset: Charset,
    now: float,
    language: Language = "zh",
    parameters: BoardParameters | None = None,
) -> bytes:
    """`rows` lines of `columns` cells, each ended by LF; all blank after `expires_at` (`now` in epoch s)."""
    lines = screen_rows(content, rows, columns, language, now, parameters or BoardParameters())
    return "".join(f"{line}\n" for line in lines).encode(charset)


def etag_of(body: bytes) -> str:
    """A strong validator."""
    return f'"{blake2b(body, digest_size=9).hexdigest()}"'
