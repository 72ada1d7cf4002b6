"""Errors on the wire: `application/problem+json` (RFC 9457), the same fields for every one. No stack trace leaves.

`type` names the kind of problem as a URN, `code` is its last word for programs, `errors` points into the request with JSON
pointers (`/body/0/lat`, `/query/limit`), and `retryable` says whether the same request may succeed later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
_RETRYABLE = frozenset({408, 429, 502, 503, 504})
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class ProblemError(BaseModel):
    """One thing that is wrong."""

    pointer: str = Field(description="JSON pointer into the request", examples=["/query/limit"])
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:problem-type:baimai:unknown_stop"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["unknown_stop"])
    detail: str = Field(examples=["no stop has the id '17'"])
    instance: str = Field(examples=["/v1/stops/17/arrivals"])
    errors: list[ProblemError] = []
    retryable: bool = False


class ProblemException(Exception):
    """Raised by a route to answer with a problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, object] | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(status, code, detail)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors
        self.headers, self.facts, self.retryable = dict(headers or {}), dict(facts or {}), retryable

    def body(self, instance: str) -> bytes:
        """Its JSON."""
        return problem_body(self.status, self.code, self.detail, instance, self.errors, self.facts, self.retryable)


def problem_body(
    status: int, code: str, detail: str, instance: str, errors: Sequence[Mapping[str, str]] = (),
    facts: Mapping[str, object] | None = None, retryable: bool = False,
) -> bytes:  # fmt: skip
    """The JSON of one problem; `facts` are extension members (RFC 9457 §3.2)."""
    fields: dict[str, Any] = {
        "type": f"urn:problem-type:baimai:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": instance,
        "errors": list(errors),
        "retryable": retryable or status in _RETRYABLE,
        **(facts or {}),
    }
    return orjson.dumps(fields)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: these statuses answer with a Problem."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def schemas() -> dict[str, Any]:
    """Problem and its parts for the components of OpenAPI."""
    reference = "#/components/schemas/{model}"
    whole = Problem.model_json_schema(mode="serialization", ref_template=reference)
    return {**whole.pop("$defs"), "Problem": whole}


def install(app: FastAPI) -> None:
    """Every error of the app, foreseen or not, becomes a problem."""
    app.add_exception_handler(ProblemException, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unknown)


def _response(
    request: Request,
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = problem_body(status, code, detail, request.url.path, errors)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, MEDIA_TYPE)


async def _answer_problem(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, ProblemException)
    return Response(wrong.body(request.url.path), wrong.status, {"cache-control": "no-store", **wrong.headers}, MEDIA_TYPE)


async def _answer_invalid(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    errors = [{"pointer": _pointer(one["loc"]), "detail": str(one["msg"])} for one in wrong.errors()]
    more = f"; {len(errors) - 1} more in `errors`" if len(errors) > 1 else ""
    first = f"{errors[0]['pointer']} is not valid: {errors[0]['detail']}{more}"
    return _response(request, 422, "invalid_request", first, errors)


async def _answer_http(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    code = _CODES.get(wrong.status_code, "error")
    detail = str(wrong.detail)
    if wrong.status_code == 404 and detail == HTTPStatus(404).phrase:
        detail = f"there is nothing at {request.url.path}"
    return _response(request, wrong.status_code, code, detail, headers=wrong.headers)


async def _answer_unknown(request: Request, wrong: Exception) -> Response:
    structlog.get_logger().error("request_failed", path=request.url.path, exc_info=wrong)
    return _response(request, 500, "internal_error", "the server failed to answer; the fault is logged")


def _pointer(location: Sequence[object]) -> str:
    """RFC 6901: `~` and `/` inside a name are escaped."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)
