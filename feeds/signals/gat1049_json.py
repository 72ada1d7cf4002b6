"""Control states and lane counts as JSON bodies: POST /v1/signals/states and /v1/signals/counts.

Items are plain states `{"cross_id", "at", "online", "mode_std", "mode", "plan_no", "cycle_s"}`, plain counts `{"approach_id", "start",
"end", "volume", …}`, or objects of GA/T 1049.2 under their names, bare or in a message. One bad item never loses the others.
"""

from __future__ import annotations

from feeds.positions_json_items import Problem
from feeds.signals.gat1049_messages import read_message
from feeds.signals.gat1049_objects import read_plain_count, read_plain_state, read_report
from feeds.signals.json_bodies import Content, read_items
from feeds.signals.reports import Decoded, Reading, Report, Source, Unsound

STATES, COUNTS = "states", "counts"


def decode_reports(body: bytes, source: Source, received: int, *, name: str = STATES, content: Content | None = None) -> Decoded:
    """What a body of states, counts or GA/T 1049.2 objects says; `where` of each Refusal is a JSON pointer.

    received: epoch ms, the time of what has none of its own. name: `states` or `counts`, the key a list may be wrapped in.
    Raises BadEncoding when the body is no JSON, FeedError when it is of another form.
    """
    items, pointer = read_items(body, name, content)
    reading = Reading(source, received)
    for at, item in enumerate(items):
        where = pointer(at, "").rstrip("/")
        if isinstance(item, Problem):
            reading.refuse(where, Unsound("", item.reason, item.detail))
        elif not isinstance(item, dict):
            reading.refuse(where, Unsound("", "not_an_object", "is not an object"))
        elif "approach_id" in item:
            read_report(read_plain_count, Report(reading, item, where))
        elif "at" in item or "cross_id" in item:
            read_report(read_plain_state, Report(reading, item, where))
        else:
            read_message(reading, item, where)
    return reading.finish()
