"""The three GTFS-Realtime feeds, encoded once a snapshot when somebody asks; the front door hands out the bytes."""
from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from server.answers import JSON, PROTOBUF
from server.problems import responses
from server.runtime import runtime_of

router = APIRouter(prefix="/gtfs-rt", tags=["GTFS-Realtime"])
Feed = Literal["trip-updates", "vehicle-positions", "alerts"]


def _content(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string", "format": "binary"} if media_type == PROTOBUF else {"type": "object"}
    return {200: {"description": "a FeedMessage", "content": {media_type: {"schema": schema}}}, **responses(422, 503)}


@router.get("/{feed}.pb", response_class=Response, responses=_content(PROTOBUF))
async def get_feed(request: Request, feed: Feed) -> Response:
    """The feed as GTFS-Realtime 2.0 protobuf."""
    return _answer(request, f"/gtfs-rt/{feed}.pb")


@router.get("/{feed}.json", response_class=Response, responses=_content(JSON))
async def get_feed_as_json(request: Request, feed: Feed) -> Response:
    """The same as JSON, for people."""
    return _answer(request, f"/gtfs-rt/{feed}.json")


def _answer(request: Request, path: str) -> Response:
    published = runtime_of(request).published
    published.current()
    answer = published.find(path)
    assert answer is not None
    return answer.response(request)
