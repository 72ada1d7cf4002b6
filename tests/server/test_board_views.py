"""Boards on the wire: the documented JSON, text for LED cards, and a cache that composes no more than it must."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from server.board_cache import RENEW, REUSE, BoardCache
from server.board_page import page_rows
from server.board_schemas import Arrivals
from server.board_views import encode_arrivals, etag_of, render_board_txt
from tests.support.board_scenes import A, B, C, D, at, call, network, snapshot, trip_at, vehicle
from transit.board_memory import BoardMemory
from transit.boards import compose
from transit.model import Source, State
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

NOW = at("08:01")
EIGHT, TEN = trip_at("08:00"), trip_at("08:10")


def scene(now: float = NOW, number: int = 1, ahead: float = 190) -> Snapshot:
    """The 08:00 bus of line 11 under way, the 08:10 one waiting."""
    buses = [vehicle(now, 300.0, EIGHT), vehicle(now, 0.0, TEN, state=State.LAYOVER)]
    calls = [
        call(C, 0, EIGHT, 2, now + ahead),
        call(D, 0, EIGHT, 3, now + ahead + 150),
        call(C, 1, TEN, 2, at("08:14"), source=Source.LAYOVER),
    ]
    return snapshot(now, buses, calls, number=number)


def content(stop: int = C):
    return compose(scene(), stop, BoardMemory(), BoardParameters())[0]


@pytest.mark.parametrize("stop", [A, B, C, D])
def test_the_json_is_as_documented(stop: int) -> None:
    Arrivals.model_validate_json(encode_arrivals(content(stop)), strict=True)


def test_a_live_call_has_every_field_of_the_contract() -> None:
    board = orjson.loads(encode_arrivals(content()))
    assert board["stop"] == {"id": "S2", "code": "S2", "name": "实验中学", "lat": 36.71, "lon": 117.51}
    assert (board["generated_at"], board["expires_at"]) == ("2026-11-23T08:01:00+08:00", "2026-11-23T08:02:30+08:00")
    assert (board["status"], board["alerts"]) == ("live", [])
    assert board["arrivals"][0] == {
        "route": {"id": "R11", "short_name": "11", "color": "#E2483D"},
        "direction_id": 0, "headsign": "汽车总站", "trip_id": "T12", "vehicle_id": "鲁A00000D", "stop_sequence": 3,
        "boarding": True, "arrival": "2026-11-23T08:04:10+08:00", "departure": "2026-11-23T08:04:25+08:00",
        "seconds": 190, "minutes": 3, "p10_seconds": None, "p90_seconds": None, "stops_away": 2, "distance_m": 700,
        "state": "approaching", "source": "live", "observed_at": "2026-11-23T08:00:55+08:00", "crowding": None,
        "text": {"zh": "还有2站·约3分钟", "en": "2 stops · 3 min"}, "short": {"zh": "2站·3分钟", "en": "3 min"},
    }  # fmt: skip
    assert board["lines"][1] == {
        "route": {"id": "RK2", "short_name": "K2", "color": None},
        "direction_id": 1, "headsign": "龙泉大厦", "first": "2026-11-23T07:00:00+08:00", "last": "2026-11-23T19:56:00+08:00",
        "headway_s": 480.0, "state": "headway", "next_departure": "2026-11-24T07:00:00+08:00", "on_board": True,
        "text": {"zh": "约每8分钟一班", "en": "About every 8 min"}, "short": {"zh": "每8分钟", "en": "Every 8 min"},
    }  # fmt: skip


def test_limit_routes_and_language_narrow_the_answer() -> None:
    board = orjson.loads(encode_arrivals(content(), limit=1, routes=["11"], languages=("en",)))
    assert [one["trip_id"] for one in board["arrivals"]] == ["T12"]
    assert [one["route"]["id"] for one in board["lines"]] == ["R11"]
    assert board["arrivals"][0]["text"] == {"en": "2 stops · 3 min"}
    assert orjson.loads(encode_arrivals(content(), routes=["R9"]))["arrivals"] == []


def test_an_arrival_at_the_terminus_is_told_and_not_offered() -> None:
    board = orjson.loads(encode_arrivals(content(D)))
    assert [(one["boarding"], one["stop_sequence"]) for one in board["arrivals"]] == [(False, 4)]
    assert (board["terminus"], board["lines"], page_rows(board, "zh")) == (True, [], [])


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-8"])
def test_text_for_a_card_fills_it_and_is_blank_once_expired(charset: str) -> None:
    shown = render_board_txt(content(), 3, 32, charset, NOW).decode(charset)
    assert shown.split("\n")[:3] == ["11 汽车总站     还有2站·约3分钟", "K2 龙泉大厦        约每8分钟一班", " " * 32]
    assert render_board_txt(content(), 3, 32, charset, NOW + 90.1) == (" " * 32 + "\n").encode() * 3


def test_the_page_shows_the_bus_first_and_what_comes_after_it() -> None:
    rows = page_rows(orjson.loads(encode_arrivals(content())), "zh")
    assert rows[0][:7] == ("11", "#E2483D", "汽车总站", "还有2站·约3分钟", "soon", "始发08:10", "wait")
    assert (rows[1].first, rows[1].tone, rows[1].next) == ("约每8分钟一班", "plan", "")


def test_a_board_is_composed_once_a_snapshot() -> None:
    cache, first = BoardCache(), scene()
    assert cache.board(first, C) is cache.board(first, C)
    with ThreadPoolExecutor(8) as pool:
        assert len({id(board) for board in pool.map(lambda _: cache.board(first, B), range(64))}) == 1


def test_the_same_bytes_serve_while_the_board_says_the_same() -> None:
    cache = BoardCache()
    first = cache.board(scene(), C)
    assert first.etag == etag_of(first.body)
    assert cache.board(scene(NOW + 1, 2, 189), C) is first
    later = cache.board(scene(NOW + REUSE, 3, 185), C)
    assert (later.mark, later.etag != first.etag) == (first.mark, True)
    assert cache.board(scene(NOW + REUSE + 1, 4, 100), C).mark != first.mark


def test_an_unchanged_board_is_marked_anew_before_it_expires() -> None:
    cache = BoardCache()
    night = at("23:00")
    marks = [cache.board(snapshot(night + k, number=k + 1), C).mark for k in range(int(2 * RENEW) + 1)]
    assert 3 <= len(set(marks)) <= 4
    assert BoardParameters().expires_after > 2 * RENEW


def test_the_cache_remembers_minutes_and_forgets_stops_not_asked_for() -> None:
    cache = BoardCache(boards=2)
    cache.board(scene(), C)
    assert cache.board(scene(NOW + 1, 2, 250), C).content.calls[0].minutes == 3  # 4 would count up by one
    for stop in (A, B):
        cache.board(scene(), stop)
    assert cache.board(scene(NOW + 2, 3, 250), C).content.calls[0].minutes == 4


def test_a_stop_that_does_not_exist_is_an_error() -> None:
    for stop in (-1, len(network().stop_ids)):
        with pytest.raises(IndexError):
            BoardCache().board(scene(), stop)


def test_stamps_carry_the_agencys_offset() -> None:
    board = orjson.loads(encode_arrivals(content()))
    stamps = [board["generated_at"], *(one["arrival"] for one in board["arrivals"])]
    assert {datetime.datetime.fromisoformat(stamp).utcoffset() for stamp in stamps} == {datetime.timedelta(hours=8)}
