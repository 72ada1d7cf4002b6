"""Counts add up, keep only the first examples, and are plain JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from feeds.counters import Counters, Refusal

REASONS = st.sampled_from(["lat_not_a_number", "vehicle_id_missing", "malformed"])
COUNTS = st.dictionaries(REASONS, st.integers(1, 1000))


def example(number: int) -> Refusal:
    return Refusal(f"/{number}", "lat", "lat_not_a_number", "is not a number: 'abc'")


@given(st.lists(st.tuples(st.integers(0, 1000), COUNTS, COUNTS), max_size=5))
def test_added_counts_are_the_sums(parts: list[tuple[int, dict[str, int], dict[str, int]]]) -> None:
    total = Counters()
    for accepted, refused, ignored in parts:
        total.add(Counters(accepted, dict(refused), dict(ignored)))
    assert total.accepted == sum(part[0] for part in parts)
    assert total.refused_total == sum(sum(part[1].values()) for part in parts)
    for reason in ("lat_not_a_number", "vehicle_id_missing", "malformed"):
        assert total.refused.get(reason, 0) == sum(part[1].get(reason, 0) for part in parts)
        assert total.ignored.get(reason, 0) == sum(part[2].get(reason, 0) for part in parts)


def test_adding_leaves_the_other_count_alone() -> None:
    total, other = Counters(), Counters(1, {"malformed": 2}, {"deleted": 1}, [example(0)])
    total.add(other)
    total.add(other)
    assert (other.accepted, other.refused, other.ignored, other.examples) == (1, {"malformed": 2}, {"deleted": 1}, [example(0)])


def test_only_the_first_examples_are_kept_but_all_are_counted() -> None:
    counters = Counters(keep=3)
    counters.refuse("lat_not_a_number", 10, (example(number) for number in range(10)))
    counters.refuse("lat_not_a_number", 1, [example(10)])
    assert counters.refused == {"lat_not_a_number": 11}
    assert [one.where for one in counters.examples] == ["/0", "/1", "/2"]


def test_a_refusal_reads_as_a_sentence_with_and_without_a_field() -> None:
    assert str(example(3)) == "/3, lat: is not a number: 'abc'"
    assert str(Refusal("entity 12", "", "malformed", "cannot be parsed")) == "entity 12: cannot be parsed"


def test_counts_become_plain_json_in_a_fixed_order() -> None:
    counters = Counters(2, {"b": 1, "a": 2}, {"deleted": 1}, [example(1)])
    same = Counters(2, {"a": 2, "b": 1}, {"deleted": 1}, [example(1)])
    assert json.dumps(counters.to_dict()) == json.dumps(same.to_dict())
    assert counters.to_dict()["refused"] == {"a": 2, "b": 1}
    assert json.loads(json.dumps(counters.to_dict()))["examples"][0]["sentence"] == "/1, lat: is not a number: 'abc'"
