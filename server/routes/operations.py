"""Health, readiness and metrics: for those who run the server."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from server.answers import JSON
from server.metrics import CONTENT_TYPE
from server.problems import ProblemException, responses
from server.runtime import runtime_of
from server.schemas import Health, Readiness

router = APIRouter(tags=["operations"])
_STUCK = 60.0
"""s without a step after which restarting helps more than waiting"""
_OK = b'{"status":"ok"}'
_NO_STORE = {"cache-control": "no-store"}


@router.get("/healthz", response_model=Health, responses=responses(503))
async def get_health(request: Request) -> Response:
    """Whether the process works: 503 when its engine has not stepped for a minute, and it should be started again."""
    runtime = runtime_of(request)
    snapshot = runtime.published.snapshot
    if snapshot is not None and runtime.clock() - snapshot.now > _STUCK:
        raise ProblemException(503, "stuck", f"the engine has not stepped for {runtime.clock() - snapshot.now:.0f} s")
    return Response(_OK, headers=_NO_STORE, media_type=JSON)


@router.get("/readyz", response_model=Readiness, responses=responses(503))
async def get_readiness(request: Request) -> Response:
    """Whether answers can be had: a network is loaded and the first step is done. `signals` and `parking` say the same of signals and
    parking, whose answers may come later: until then they are 503."""
    runtime = runtime_of(request)
    runtime.published.current()
    reason = runtime.parking.opening.reason
    parking = "ready" if runtime.parking.ready else "unreachable" if reason else "preparing"
    said = {"status": "ok", "signals": "ready" if runtime.signals.shown.ready else "preparing", "parking": parking}
    return Response(msgspec.json.encode({**said, "parking_reason": reason} if reason else said), headers=_NO_STORE, media_type=JSON)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def get_metrics(request: Request) -> Response:
    """Prometheus metrics."""
    return Response(runtime_of(request).metrics.text(), headers=_NO_STORE | {"content-type": CONTENT_TYPE})
