"""The three GTFS-Realtime feeds, encoded once a snapshot when somebody asks; the front door hands out the bytes.

The JSON for people is made by the protobuf library, which takes long for a large fleet, and so in another thread.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from feeds.gtfs_rt_write import feed_to_json
from server.answers import JSON, PROTOBUF, Answer
from server.problems import responses
from server.routes.common import answer_bytes
from server.runtime import runtime_of

router = APIRouter(prefix="/gtfs-rt", tags=["GTFS-Realtime"])
Feed = Literal["trip-updates", "vehicle-positions", "alerts"]


def _content(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string", "format": "binary"} if media_type == PROTOBUF else {"type": "object"}
    return {200: {"description": "a FeedMessage", "content": {media_type: {"schema": schema}}}, **responses(422, 503)}


@router.get("/{feed}.pb", response_class=Response, responses=_content(PROTOBUF))
async def get_feed(request: Request, feed: Feed) -> Response:
    """The feed as GTFS-Realtime 2.0 protobuf."""
    return _feed(request, feed).response(request)


@router.get("/{feed}.json", response_class=Response, responses=_content(JSON))
async def get_feed_as_json(request: Request, feed: Feed) -> Response:
    """The same as JSON, for people."""
    return answer_bytes(request, await asyncio.to_thread(feed_to_json, _feed(request, feed).body))


def _feed(request: Request, feed: Feed) -> Answer:
    published = runtime_of(request).published
    published.current()
    found = published.find(f"/gtfs-rt/{feed}.pb")
    assert found is not None
    return found
