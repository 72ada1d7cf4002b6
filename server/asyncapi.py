"""The AsyncAPI 3.0 document of the WebSockets, made from the table of topics and the models that OpenAPI shows too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.board_schemas import Arrivals
from server.parking.lot_schemas import LotRoom
from server.parking.schemas import ReservationEvent
from server.schemas import PositionsAccepted, RouteVehicles, TileVehicles, VehicleDetail
from server.signals.district_schemas import CoverageNow
from server.signals.schemas import IntersectionNow
from server.supervision_schemas import Supervision
from server.topics import KINDS, TopicKind
from server.version import VERSION

Json = dict[str, Any]
_DATA: dict[str, type[BaseModel]] = {
    one.__name__: one
    for one in (
        Arrivals, RouteVehicles, VehicleDetail, TileVehicles, Supervision, IntersectionNow, CoverageNow, LotRoom, ReservationEvent,
    )
}
_SCHEMAS = "#/components/schemas/"
_MESSAGES = "#/components/messages/"
_DESCRIPTION = """What changes, as it happens. Each topic has an epoch and a sequence number that grows by one a publication: give both
back as `since` after a disconnect to get what was missed. A reader that does not keep up gets the newest state of each topic, and
numbers are left out; one that stays far behind is closed with 1013."""
_SINCE = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["epoch", "seq"],
        "properties": {"epoch": {"type": "string"}, "seq": {"type": "integer"}},
    },
}

_TOKEN = {"type": "string", "description": "a citizen's token, for `reservation:` topics; it holds for the connection"}


def asyncapi_document() -> Json:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Baimai", "version": VERSION, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/v1/ws",
                "description": "Readers subscribe topics; the current value comes first, then every change.",
                "messages": _references("subscribe", "unsubscribe", "ping", *KINDS, "error", "pong"),
            },
            "positions": {
                "address": "/v1/positions/ws",
                "description": "Vehicles send positions; the handshake carries an API key with the scope positions.",
                "messages": _references("positions", "receipt"),
            },
        },
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _references(*names: str) -> Json:
    return {name: {"$ref": f"{_MESSAGES}{name}"} for name in names}


def _operations() -> Json:
    def operation(action: str, channel: str, summary: str, *names: str) -> Json:
        messages = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
        return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary, "messages": messages}

    return {
        "hearReaders": operation("receive", "live", "what a reader may say", "subscribe", "unsubscribe", "ping"),
        "publish": operation("send", "live", "what a reader is told", *KINDS, "error", "pong"),
        "takePositions": operation("receive", "positions", "positions of vehicles", "positions"),
        "confirmPositions": operation("send", "positions", "what became of them", "receipt"),
    }


def _messages() -> Json:
    topics = {"type": "array", "items": {"type": "string"}, "examples": [[one.example for one in KINDS.values()]]}
    said: Json = {
        "subscribe": _message("begin reading topics", _said("subscribe", topics=topics, since=_SINCE, token=_TOKEN), ["topics"]),
        "unsubscribe": _message("stop reading topics", _said("unsubscribe", topics=topics), ["topics"]),
        "ping": _message("are you there?", _said("ping"), []),
        "pong": _message("yes", _said("pong"), []),
        "error": _message(
            "something the reader said could not be done; the connection stays open",
            _said("error", code={"type": "string"}, detail={"type": "string"}, topic={"type": "string"}),
            ["code", "detail"],
        ),
        "positions": {
            "summary": "a JSON array or NDJSON, as in POST /v1/positions",
            "contentType": "application/json",
            "payload": {"type": "array", "items": {"type": "object"}},
        },
        "receipt": {"summary": "counts", "payload": {"$ref": f"{_SCHEMAS}PositionsAccepted"}},
    }
    for one in KINDS.values():
        said[one.kind] = {
            "summary": one.summary,
            "title": one.form,
            "payload": _publication(one),
        }
    return said


def _said(op: str, **properties: Json) -> Json:
    return {"op": {"const": op}, **properties}


def _message(summary: str, properties: Json, required: list[str]) -> Json:
    payload = {"type": "object", "required": ["op", *required], "properties": properties}
    return {"summary": summary, "payload": payload}


def _publication(one: TopicKind) -> Json:
    return {
        "type": "object",
        "required": ["topic", "epoch", "seq", "at", "data"],
        "properties": {
            "topic": {"type": "string", "pattern": f"^{one.kind}:" if one.address else f"^{one.kind}$", "examples": [one.example]},
            "epoch": {"type": "string", "description": "numbers of different epochs have nothing to do with each other"},
            "seq": {"type": "integer", "description": "grows by one with each publication of the topic"},
            "at": {"type": "string", "format": "date-time"},
            "data": {"oneOf": [{"$ref": f"{_SCHEMAS}{one.schema}"}, {"type": "null"}]},
            "recovered": {
                "type": "boolean",
                "description": "after `since`: true for each missed publication, false when they cannot be had any more",
            },
        },
    }


def _schemas() -> Json:
    models: list[type[BaseModel]] = [*_DATA.values(), PositionsAccepted]
    _, document = models_json_schema([(one, "serialization") for one in models], ref_template=_SCHEMAS + "{model}")
    schemas: Json = document["$defs"]
    return schemas


@lru_cache(maxsize=1)
def asyncapi_bytes() -> bytes:
    """The document as JSON."""
    return orjson.dumps(asyncapi_document())
