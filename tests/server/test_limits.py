from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.limits import ReadLimiter, client_of


@given(st.lists(st.floats(0.0, 5.0), max_size=200))
def test_no_client_ever_gets_more_than_the_rate_and_one_minute_ahead(pauses: list[float]) -> None:
    limiter, now, allowed = ReadLimiter(60, ()), 0.0, 0
    for pause in pauses:
        now += pause
        allowed += limiter.wait("198.51.100.7", now) == 0.0
        assert allowed <= 60 + now + 1


def test_one_who_waits_as_told_may_ask_again_and_not_before() -> None:
    limiter = ReadLimiter(60, ())
    now = 100.0
    while (wait := limiter.wait("198.51.100.7", now)) == 0.0:
        pass
    assert limiter.wait("198.51.100.7", now + wait - 0.01) > 0
    assert limiter.wait("198.51.100.7", now + wait + 0.01) == 0.0


def test_clients_do_not_pay_for_each_other() -> None:
    limiter = ReadLimiter(1, ())
    while limiter.wait("198.51.100.7", 0.0) == 0.0:
        pass
    assert limiter.wait("198.51.100.8", 0.0) == 0.0


def test_no_limit_and_exempt_clients() -> None:
    unlimited = ReadLimiter(0, ())
    exempt = ReadLimiter(1, ("127.0.0.1", "::1"))
    assert all(unlimited.wait("198.51.100.7", 0.0) == 0.0 for _ in range(100))
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "::1"):
        assert all(exempt.wait(address, 0.0) == 0.0 for _ in range(100))


def test_clients_who_are_paid_off_are_forgotten() -> None:
    limiter = ReadLimiter(60, ())
    for number in range(25_000):
        limiter.wait(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", float(number))
    assert len(limiter._paid_at) < 11_000


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_its_address_or_its_network_of_64_bits(address: str, client: str) -> None:
    assert client_of(address) == client
