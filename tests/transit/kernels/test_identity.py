from __future__ import annotations

from collections.abc import Iterator

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from tests.support import naive_identity
from transit.kernels.columns import IdTable
from transit.kernels.identity import build_table, fill, find_all

ids = st.binary(max_size=3) | st.binary(max_size=40)
few = st.lists(st.sampled_from([b"", b"a", b"b", b"ab", b"ba", b"\x00", b"\x00\x00"]), max_size=70)


@pytest.fixture(scope="module", autouse=True)
def hashes_may_wrap() -> Iterator[None]:
    """They do so by design; only without the JIT does numpy warn of it."""
    with np.errstate(over="ignore"):
        yield


def packed(items: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    starts = np.concatenate(([0], np.cumsum([len(one) for one in items]))).astype(np.int64)
    return starts, np.frombuffer(b"".join(items), np.uint8)


def found(table: IdTable, wanted: list[bytes]) -> list[int]:
    starts, text = packed(wanted)
    out = np.empty(len(wanted), np.int32)
    find_all(table, text, starts[:-1].astype(np.int32), np.diff(starts).astype(np.int32), -1, -2, out)
    return out.tolist()


@given(st.lists(ids, max_size=60) | few, st.lists(ids, max_size=60) | few, st.randoms(use_true_random=False))
def test_every_id_is_found_at_its_first_place_and_no_other_is(known: list[bytes], wanted: list[bytes], order: object) -> None:
    wanted = [*wanted, *known]
    order.shuffle(wanted)  # type: ignore[attr-defined]
    assert found(build_table(*packed(known)), wanted) == naive_identity.find_all(known, wanted, -1, -2)


def test_ids_whose_hashes_are_equal_are_told_apart_by_their_bytes() -> None:
    table = build_table(*packed([b"one", b"two", b"six"]))
    slots = np.where(np.arange(8) < 3, np.arange(8) + 1, 0).astype(np.int32)
    wanted = [b"two", b"six", b"one", b"ten"]
    own = build_table(*packed(wanted)).hashes
    for k, key in enumerate(own.tolist()):
        # every stored id claims the hash of the wanted one, and stands where that hash is looked for
        at = int(key) & 7
        crowded = IdTable(np.roll(slots, at), np.full(3, key, np.uint64), table.starts, table.text)
        assert found(crowded, [wanted[k]]) == naive_identity.find_all([b"one", b"two", b"six"], [wanted[k]], -1, -2)


@given(st.lists(ids, min_size=1, max_size=40), st.integers(0, 39))
def test_ids_entered_later_are_found_like_those_entered_first(known: list[bytes], cut: int) -> None:
    starts, text = packed(known)
    slots, hashes = np.zeros(128, np.int32), np.zeros(len(known), np.uint64)
    first = min(cut, len(known))
    fresh = fill(slots, hashes, starts[: first + 1], text, 0)
    fresh += fill(slots, hashes, starts, text, first)
    assert fresh == len(set(known))
    assert found(IdTable(slots, hashes, starts, text), known) == naive_identity.find_all(known, known, -1, -2)
