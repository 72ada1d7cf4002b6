"""What citizens asked and heard over HTTP, against what is stored afterwards: every way in which the two may not agree.

The outbox is in order of commits (of one place on PostgreSQL), so it is a witness of the order in which commands took effect. It is not
trusted: what was answered before something else was asked must stand before it, every answer must be one of its rows and every row be
asked for by somebody, and a refusal must be true at some moment between its asking and its answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from parking.records import Event, Place
from server.parking.views import event_view
from tests.support.parking_rows import Rows
from tests.support.parking_talk import Attempt, digest_of

BLOCKING = frozenset({"offered", "hold", "confirmed", "relocation_offered", "checked_in", "overstay"})
BY_ITSELF = frozenset({"offered", "expired", "no_show", "overstay"})
"""states that a reservation may come to without being asked"""
AFTER = {
    "confirm": {"confirmed"}, "cancel": {"cancelled"}, "check-in": {"checked_in"}, "check-out": {"completed"},
    "extend": {"confirmed", "checked_in"}, "plate": {"waiting", "offered", "hold", "confirmed"},
}  # fmt: skip
"""states an action leaves behind"""
EXPECTED = frozenset({200, 201, 402, 409, 412, 422, 503})
NEVER, EVER = float("-inf"), float("inf")
Wish = tuple[str, int]


class Claim(NamedTuple):
    """A part of a place's time; `until`: of a hold, when it lapses."""

    start: int
    end: int
    until: float


@dataclass
class Step:
    """A change of a place: what it holds then, between which moments it took place, and the server's time at it."""

    held: dict[str, Claim]
    invoked: float
    answered: float
    at: int


@dataclass
class Checker:
    """`found`: what is wrong, each with the invariant it is of."""

    attempts: list[Attempt]
    heard: Mapping[str, list[tuple[int, str]]]
    rows: Rows
    places: Mapping[str, Place]
    hold_s: int = 600
    offer_s: int = 900
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._events = {(one.reservation_id, one.sequence): one for one in self.rows.events}
        self._wishes: dict[Wish, list[Attempt]] = defaultdict(list)
        self._keys: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        for one in self.attempts:
            if not one.spoilt:
                self._wishes[one.client, one.wish].append(one)
            if one.key:
                self._keys[f"id:{one.client}", one.key].append(one)
        self._made_by = {json.loads(reply.body)["id"]: key for key, reply in self.rows.answers.items() if reply.status == 201}
        self._causes = self._causes_of()

    def check(self) -> list[str]:
        """Everything that is wrong."""
        for part in (self._rows, self._answers, self._repeats, self._versions, self._reads, self._asked_for, self._topics, self._order):
            for wrong in part():
                self.found.append(wrong)
        return self.found

    def _rows(self) -> Iterator[str]:
        try:
            self.rows.check(dict(self.places), self.rows.now)
        except AssertionError as wrong:
            yield f"rows: {str(wrong).splitlines()[0] if str(wrong) else wrong!r}"

    def _answers(self) -> Iterator[str]:
        """I3: what was acknowledged is there, as it was acknowledged."""
        for one in self.attempts:
            if one.answered is not None and one.status not in EXPECTED:
                yield f"answers: {one.status} {one.code} to {one.kind} of {one.client}: {one.text}"
            if not one.done:
                continue
            text = one.text
            event = self._events.get((str(text["id"]), one.tag))
            if event is None:
                yield f"I3: {one.kind} of {text['id']} was acknowledged as version {one.tag}, and there is no such version"
            else:
                shown = event_view(event)
                for name in ("state", "from", "to"):
                    if shown[name] != text[name]:
                        yield f"I3: {text['id']} version {one.tag}: {name} was told as {text[name]}, stored as {shown[name]}"

    def _repeats(self) -> Iterator[str]:
        """I4: one answer for a key, the one that is kept; none of it for another request."""
        for key, tried in self._keys.items():
            digests = {one.digest for one in tried if one.done}
            kept = self.rows.answers.get(key)
            if digests:
                headers = dict(kept.headers) if kept else {}
                etag, location = (headers.get(name, b"").decode() for name in (b"etag", b"location"))
                if kept is None or digests != {digest_of(kept.status, etag, location, kept.body)}:
                    yield f"I4: {len(digests)} answers for {key}, not the one that is kept"
        for one in self.attempts:
            if one.spoilt and one.answered is not None and one.status < 400:
                yield f"{'I4' if one.match is None else 'If-Match'}: {one.kind} of {one.client} was carried out, and should not be"
            reused = one.code in ("idempotency_key_reused", "in_flight") or one.status == 503
            if one.spoilt and one.kind == "reserve" and one.answered is not None and not reused:
                yield f"I4: another request under {one.key} was answered {one.status} {one.code}"

    def _versions(self) -> Iterator[str]:
        """If-Match: each version has one successor, and who named another was refused."""
        successors: dict[tuple[str, int], set[Wish]] = defaultdict(set)
        for one in self.attempts:
            if one.match is None or one.answered is None:
                continue
            if one.done and one.tag not in (one.match, one.match + 1):
                yield f"If-Match: {one.kind} of {one.name} named {one.match} and made {one.tag}"
            if one.done and one.tag == one.match + 1:
                successors[one.name, one.tag].add((one.client, one.wish))
            if one.code == "stale_version" and not one.spoilt and (one.name, one.match + 1) not in self._events:
                yield f"If-Match: {one.kind} of {one.name} was refused as stale, and version {one.match} is the newest"
        for (name, version), wishes in successors.items():
            if len(wishes) > 1:
                yield f"If-Match: version {version} of {name} was made by {len(wishes)} commands"

    def _reads(self) -> Iterator[str]:
        """What was acknowledged is seen by whoever asks afterwards."""
        told: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for one in self.attempts:
            if one.done and one.kind != "see":
                told[str(one.text["id"])].append((one.answered or 0.0, one.tag))
        for one in self.attempts:
            if one.kind == "see" and one.done and any(when < one.invoked and version > one.tag for when, version in told[one.name]):
                yield f"reads: {one.name} was seen as version {one.tag} after a newer one was acknowledged"

    def _asked_for(self) -> Iterator[str]:
        """No change without somebody who asked for it; nothing twice; no reservation without its answer."""
        for name in self.rows.reservations:
            if name not in self._made_by:
                yield f"halves: {name} is there without the answer that was to be kept with it"
        for name in self._made_by:
            if name not in self.rows.reservations:
                yield f"halves: the answer for {name} is there without it"
        for key, event in self._events.items():
            if str(event.data["state"]) not in BY_ITSELF and key not in self._causes:
                yield f"asked for: nobody asked for version {key[1]} ({event.data['state']}) of {key[0]}, or they were refused"

    def _topics(self) -> Iterator[str]:
        """I9: the topic tells what the outbox says, without a gap, from where it was first heard to the end; what time alone did after
        everybody had gone need not have been heard."""
        for topic, heard in self.heard.items():
            name = topic.partition(":")[2]
            last = max((number for who, number in self._events if who == name), default=0)
            while last > heard[-1][0] and str(self._events[name, last].data["state"]) in BY_ITSELF:
                last -= 1
            numbers = [number for number, _ in heard]
            if set(numbers) != set(range(min(numbers), last + 1)):
                yield f"topics: {topic} told {numbers} of 1 to {last}: {[data for number, data in heard if number < 0][:1]}"
                continue
            for number, data in heard:
                if json.loads(data) != json.loads(json.dumps(event_view(self._events[name, number]))):
                    yield f"topics: {topic} told {data} as {number}"

    def _order(self) -> Iterator[str]:
        """I1 at every moment, and an order of everything that happened to a place that explains all answers."""
        steps = self._steps()
        for place, found in steps.items():
            newest, before = NEVER, 0
            for step in found:
                if step.at < before:
                    yield f"I8: {place}: time went back from {before} to {step.at}"
                before = step.at
                if step.answered < newest:
                    yield f"order: {place}: something was answered before another thing was asked that stands before it"
                newest = max(newest, step.invoked)
                for claim in step.held.values():
                    others = [one for one in step.held.values() if one is not claim]
                    if not room_for(claim, others, self.places[place].room):
                        yield f"I1: {place}: more than {self.places[place].room} at once at {step.at}: {step.held}"
                        break
        times = self._times()
        for one in self.attempts:
            wish = self._refused(one)
            if wish is not None and not any(
                not room_for(wish, held, self.places[one.place].room) for held in self._moments(steps[one.place], one, times)
            ):
                yield f"taken: {one.kind} {wish} of {one.place} was refused, and there was room all the time from asking to answer"

    def _refused(self, one: Attempt) -> Claim | None:
        """What there was said to be no room for."""
        early = one.kind == "check-in" and one.code == "too_early" and "taken" in str(one.text.get("detail"))
        if one.place and (early or (one.code == "taken" and one.kind in ("reserve", "extend"))):
            return self._claim(one.place, one.start, one.end)
        return None

    def _moments(self, steps: list[Step], one: Attempt, times: list[tuple[float, int]]) -> Iterator[list[Claim]]:
        """What the place may have held when the refusal was decided, lapsed holds left out."""
        first = max((k + 1 for k, step in enumerate(steps) if step.answered < one.invoked), default=0)
        last = next((k for k in range(first, len(steps)) if steps[k].invoked > (one.answered or EVER)), len(steps))
        now = max((at for answered, at in times if answered < one.invoked), default=0)
        for k in range(first, last + 1):
            held = steps[k - 1].held if k else {}
            now = max(now, steps[k - 1].at if k else 0)
            yield [claim for name, claim in held.items() if name != one.name and now < claim.until]

    def _times(self) -> list[tuple[float, int]]:
        """(when it was answered, the server's time in the answer) of every hundredth change, enough to know that holds have lapsed."""
        told = [(one.answered or 0.0, self._events[str(one.text["id"]), one.tag].at) for one in self.attempts
                if one.done and one.kind != "see" and (str(one.text["id"]), one.tag) in self._events]  # fmt: skip
        return sorted(told)[:: max(1, len(told) // 300)]

    def _steps(self) -> dict[str, list[Step]]:
        """Of every place, in the order of the outbox."""
        steps: dict[str, list[Step]] = {place: [] for place in self.places}
        now: dict[str, dict[str, Claim]] = {place: {} for place in self.places}
        where: dict[str, str] = {}
        until: dict[str, float] = {}
        for event in self.rows.events:
            name, place, state = event.reservation_id, str(event.data["place_id"]), str(event.data["state"])
            invoked, answered = self._causes.get((name, event.sequence), (NEVER, EVER))
            for touched in {where.get(name), place} - {None, ""}:
                held = {other: claim for other, claim in now[str(touched)].items() if other != name}
                if touched == place and state in BLOCKING:
                    limit = event.at + self.hold_s if state == "hold" else min(event.at + self.offer_s, int(str(event.data["start"])))
                    until.setdefault(name, limit)
                    held[name] = self._claim_of(event)._replace(until=until[name] if state in ("hold", "offered") else EVER)
                now[str(touched)] = held
                steps[str(touched)].append(Step(held, invoked, answered, event.at))
            where[name] = place
        return steps

    def _claim_of(self, event: Event) -> Claim:
        start, arrived = int(str(event.data["start"])), self.rows.reservations[event.reservation_id].arrived
        if event.data["state"] == "checked_in" and arrived is not None:
            start = min(start, arrived)
        return self._claim(str(event.data["place_id"]), start, int(str(event.data["end"])))

    def _claim(self, place: str, start: int, end: int) -> Claim:
        one = self.places[place]
        if not one.numbered:
            start, end = start // one.slot_s * one.slot_s, -(-end // one.slot_s) * one.slot_s
        return Claim(start, end, EVER)

    def _causes_of(self) -> dict[tuple[str, int], tuple[float, float]]:
        """(asked, answered) of who made each version, where somebody did; what nobody heard of may have been done at any time."""
        causes: dict[tuple[str, int], tuple[float, float]] = {}
        for tried in self._wishes.values():
            asked = min(one.invoked for one in tried)
            answers = [one for one in tried if one.done and one.kind != "see"]
            if answers and (answers[0].match is None or answers[0].tag == answers[0].match + 1):
                first = min(one.answered or EVER for one in answers)
                causes[str(answers[0].text["id"]), answers[0].tag] = asked, first
        for name, key in self._made_by.items():
            if (name, 1) not in causes and key in self._keys:
                causes[name, 1] = min(one.invoked for one in self._keys[key]), EVER
        for tried in self._wishes.values():
            one = tried[0]
            if one.match is not None and any(each.answered is None or each.status == 503 for each in tried):
                event = self._events.get((one.name, one.match + 1))
                if event is not None and str(event.data["state"]) in AFTER[one.kind]:
                    causes.setdefault((one.name, one.match + 1), (min(each.invoked for each in tried), EVER))
        return causes


def room_for(claim: Claim, others: Iterable[Claim], room: int) -> bool:
    """Whether at no instant of the claim more than `room` would be there, it included."""
    meeting = [one for one in others if one.start < claim.end and claim.start < one.end]
    moments = {claim.start, *(one.start for one in meeting if one.start > claim.start)}
    return all(sum(one.start <= moment < one.end for one in meeting) < room for moment in moments)
