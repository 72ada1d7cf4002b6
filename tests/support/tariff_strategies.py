"""Random tariffs that are sound."""

from __future__ import annotations

from hypothesis import strategies as st

from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice, faults

minutes = st.integers(0, 1439)
fen = st.integers(0, 900)
caps = st.none() | st.integers(0, 3000)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    borders = sorted(draw(st.sets(st.integers(1, 300), max_size=2)))
    return tuple(Step(draw(fen), draw(st.sampled_from([0, 1, 7, 15, 30, 60, 1440])), until) for until in (*borders, 0))


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    days = st.sampled_from(["daily", "workdays", "days_off", "67", "1"])
    some = [
        Band(f"b{k}", draw(steps() | st.just(())), draw(minutes), draw(minutes), draw(days), draw(caps))
        for k in range(draw(st.integers(0, 2)))
    ]
    made = Tariff(
        "t", "T", (*some, Band("rest", draw(steps()), cap_fen=draw(caps))), draw(st.integers(0, 60)), draw(st.booleans()), draw(caps),
        draw(minutes), draw(caps), draw(st.sampled_from([(), (VehiclePrice(Vehicle.NEV, 33, 17),)])),
    )  # fmt: skip
    assert list(faults(made)) == []
    return made
