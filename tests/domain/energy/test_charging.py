"""When packs charge: tables of single decisions, and what holds of every plan."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.energy.domain.charging import (
    Reserve,
    changed_setpoints,
    demand_deadlines,
    schedule_charging,
    setpoints,
)
from navswap.features.energy.domain.steps import PowerLimit, charging_steps
from navswap.features.energy.domain.tariffs import DayKind, PricePeriod, Prices
from navswap.features.energy.domain.values import PlannedPack, Schedule, Setpoint
from navswap.kit.charging import CHARGE_EFFICIENCY, STANDARD_PACK

CHARGER_KW = STANDARD_PACK.max_charge_kw
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
NIGHTS = [(0, 6, 4.0), (6, 22, 8.0), (22, 24, 4.0)]
PRICES = Prices("UTC", [PricePeriod(days, *hours) for days in DayKind for hours in NIGHTS])


def a_pack(
    number: int,
    soc_percent: float = 40.0,
    *,
    ready_at: datetime | None = None,
    needed_at: datetime | None = None,
) -> PlannedPack:
    return PlannedPack(f"P{number}", number, soc_percent, 1.6, CHARGER_KW, ready_at, needed_at)


def plan_of(
    packs: list[PlannedPack], limit: PowerLimit | None = None, *, prices: Prices = PRICES
) -> Schedule:
    deadlines = {by for pack in packs for by in (pack.ready_at, pack.needed_at) if by}
    return schedule_charging(
        packs, charging_steps(NOW, DAY, prices, limit or PowerLimit(10.0), deadlines), 80.0
    )


def charged_by(plan: Schedule, pack: PlannedPack, moment: datetime) -> float:
    """Return the charge (%) of a pack at a moment of the plan that is the edge of a step."""
    [powers] = [planned.power_kw for planned in plan.packs if planned.serial_number == pack.serial_number]
    kwh = sum(
        power * step.hours for power, step in zip(powers, plan.steps, strict=True) if step.ends_at <= moment
    )
    return pack.soc_percent + 100 * kwh * CHARGE_EFFICIENCY / pack.capacity_kwh


def powers_now(plan: Schedule) -> dict[int, float]:
    return {setpoint.evse_id: setpoint.power_kw for setpoint in setpoints(plan)}


def prices_paid(plan: Schedule) -> set[float]:
    return {step.price_per_kwh for step, drawn in zip(plan.steps, plan.drawn_kw, strict=True) if drawn}


@given(
    st.integers(0, 365 * 24 * 3600).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.sampled_from(["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/New_York"]),
    st.integers(1, 1440),
)
def test_steps_follow_each_other_and_neither_price_nor_limit_changes_within_one(
    now: datetime, time_zone: str, minutes: int
) -> None:
    prices = Prices(
        time_zone, [PricePeriod(days, hour, hour + 1, hour + 1.0) for days in DayKind for hour in range(24)]
    )
    limit = PowerLimit(9.0, 2.0, now + timedelta(minutes=minutes))
    steps = charging_steps(now, DAY, prices, limit)
    assert (steps[0].starts_at, steps[-1].ends_at) == (now, now + DAY)
    for step, following in pairwise(steps):
        assert step.ends_at == following.starts_at
    for step in steps:
        last = step.ends_at - timedelta(microseconds=1)
        assert prices.at(step.starts_at) == prices.at(last) == step.price_per_kwh
        assert limit.at(step.starts_at) == limit.at(last) == step.limit_kw


def test_a_shed_never_raises_the_limit() -> None:
    assert PowerLimit(5.0, 8.0, NOW + HOUR).at(NOW) == 5.0


def test_a_promised_pack_charges_at_once_however_dear_the_hour() -> None:
    promised = a_pack(1, 70.0, ready_at=NOW + timedelta(minutes=20))
    plan = plan_of([promised, a_pack(2)], PowerLimit(CHARGER_KW))
    assert plan.late_promises == ()
    assert charged_by(plan, promised, NOW + timedelta(minutes=20)) == pytest.approx(80, abs=1e-3)
    assert [setpoint.evse_id for setpoint in setpoints(plan)] == [1]


def test_a_pack_that_no_rider_waits_for_charges_in_the_cheapest_hours() -> None:
    plan = plan_of([a_pack(1, 20.0)])
    assert prices_paid(plan) == {4.0}
    assert charged_by(plan, a_pack(1, 20.0), NOW + DAY) == pytest.approx(100, abs=1e-3)


def test_an_expected_pack_is_ready_in_time_and_filled_up_later_when_it_is_cheap() -> None:
    wanted = a_pack(1, 40.0, needed_at=NOW + 3 * HOUR)
    plan = plan_of([wanted])
    assert charged_by(plan, wanted, NOW + 3 * HOUR) == pytest.approx(80, abs=1e-3)
    assert prices_paid(plan) == {8.0, 4.0}
    assert plan.late_packs == ()


def test_what_cannot_be_ready_in_time_is_reported_and_comes_as_early_as_it_can() -> None:
    packs = [a_pack(1, 10.0, ready_at=NOW + timedelta(minutes=20)), a_pack(2, 10.0, needed_at=NOW + HOUR)]
    plan = plan_of(packs)
    assert (plan.late_promises, plan.late_packs) == (("P1",), ("P2",))
    assert all(charged_by(plan, pack, NOW + 2 * HOUR) == pytest.approx(80, abs=1e-3) for pack in packs)


def test_a_shed_takes_the_power_of_packs_that_are_not_promised() -> None:
    packs = [
        a_pack(1, 75.0, ready_at=NOW + timedelta(minutes=20)),
        *(a_pack(number, 40.0, needed_at=NOW + 3 * HOUR) for number in range(2, 8)),
    ]
    shed = PowerLimit(6.0, 0.5, NOW + HOUR)
    before, after = powers_now(plan_of(packs)), powers_now(plan := plan_of(packs, shed))
    assert plan.late_promises == ()
    assert after[1] == pytest.approx(0.4, abs=0.1)
    assert sum(after.values()) <= 0.5 < sum(before.values())


def test_in_a_shed_the_dear_hours_carry_only_what_the_cheap_ones_cannot() -> None:
    prices = Prices(
        "UTC",
        [
            PricePeriod(days, start, end, price)
            for days in DayKind
            for start, end, price in ((0, 8, 9.0), (8, 9, 6.0), (9, 10, 8.0), (10, 11, 5.0), (11, 24, 1.0))
        ],
    )
    packs = [a_pack(number, 30.0, needed_at=NOW + 3 * HOUR) for number in range(1, 4)]

    def by_price(limit: PowerLimit) -> dict[float, float]:
        plan = plan_of(packs, limit, prices=prices)
        drawn: dict[float, float] = defaultdict(float)
        for step, power in zip(plan.steps, plan.drawn_kw, strict=True):
            if step.ends_at <= NOW + 3 * HOUR and power:
                drawn[step.price_per_kwh] += power * step.hours
        return drawn

    usual, shed = by_price(PowerLimit(1.2)), by_price(PowerLimit(1.2, 0.8, NOW + 2 * HOUR))
    needed = 3 * 1.6 * 0.5 / CHARGE_EFFICIENCY
    assert usual == pytest.approx({5.0: 1.2, 6.0: 1.2, 8.0: needed - 2.4}, abs=1e-3)
    assert shed == pytest.approx({5.0: 1.2, 6.0: 0.8, 8.0: needed - 2.0}, abs=1e-3)


def test_the_fullest_packs_are_needed_first_and_the_reserve_at_once() -> None:
    packs = [a_pack(1, 95.0), a_pack(2, 60.0), a_pack(3, 70.0), a_pack(4, 10.0), a_pack(5, 20.0)]
    needed = demand_deadlines(packs, 80.0, [0.0, 0.0, 1.0, 0.0], NOW, Reserve(0.5))
    assert needed == {"P3": NOW + HOUR, "P2": NOW + HOUR, "P5": NOW + 2 * HOUR}


def test_where_no_pack_is_ready_the_fullest_is_needed_now() -> None:
    packs = [a_pack(1, 60.0), a_pack(2, 70.0), a_pack(3, 10.0), a_pack(4, 95.0, ready_at=NOW + HOUR)]
    needed = demand_deadlines(packs, 80.0, [0.0] * 24, NOW, Reserve(0.5))
    assert needed == {"P2": NOW, "P1": NOW + HOUR}
    assert demand_deadlines(packs[:2], 80.0, [0.0] * 24, NOW, Reserve(0.0)) == {"P2": NOW}


def test_as_many_packs_are_needed_now_as_a_rider_takes_at_once() -> None:
    packs = [a_pack(1, 60.0), a_pack(2, 70.0), a_pack(3, 10.0), a_pack(4, 95.0)]
    assert demand_deadlines(packs, 80.0, [0.0] * 24, NOW, Reserve(0.0, visit=3)) == {"P2": NOW, "P1": NOW}
    assert demand_deadlines(packs, 80.0, [0.0] * 24, NOW, Reserve(0.0, visit=1)) == {}


def test_what_is_needed_now_is_charged_at_once_whatever_it_costs() -> None:
    prices = Prices(
        "UTC", [PricePeriod(days, *hours) for days in DayKind for hours in ((0, 9, 9.0), (9, 24, 1.0))]
    )
    later, now = a_pack(1, 70.0, needed_at=NOW + 2 * HOUR), a_pack(2, 70.0, needed_at=NOW)
    plan = plan_of([later, now], PowerLimit(CHARGER_KW), prices=prices)
    assert powers_now(plan).keys() == {2}
    assert charged_by(plan, now, NOW + timedelta(minutes=15)) == pytest.approx(80, abs=1e-3)
    assert charged_by(plan, later, NOW + HOUR) == 70.0
    assert plan.late_packs == ()


def test_nothing_is_needed_of_a_station_that_has_enough() -> None:
    packs = [a_pack(1, 95.0), a_pack(2, 95.0), a_pack(3, 5.0)]
    assert demand_deadlines(packs, 80.0, [0.0] * 24, NOW, Reserve(0.5)) == {}


@pytest.mark.parametrize(
    ("expected", "packs", "reserve", "wanted"),
    [
        (0.0, 12, Reserve(0.5), 6),
        (1.5, 12, Reserve(0.5), 8),
        (1.5, 5, Reserve(0.5, 6), 8),
        (0.0, 12, Reserve(0.5, 0, 0.99), 0),
        (0.5, 12, Reserve(0.5, 0, 0.99), 3),
        (4.0, 12, Reserve(0.5, 0, 0.99), 9),
        (4.0, 12, Reserve(0.5, 0, 0.9), 7),
        (0.5, 5, Reserve(0.5, 6, 0.99), 6),
    ],
)
def test_a_reserve_is_a_share_by_last_week_and_what_chance_may_bring_by_a_model(
    expected: float, packs: int, reserve: Reserve, wanted: int
) -> None:
    assert reserve.wanted(expected, packs) == wanted


def test_by_a_model_few_packs_are_ready_in_a_quiet_night_and_many_before_a_rush() -> None:
    packs = [a_pack(1, 95.0), *(a_pack(number, 40.0) for number in range(2, 9))]
    reserve = Reserve(0.5, sufficient=0.99)
    quiet = demand_deadlines(packs, 80.0, [0.1, 0.1, 0.1], NOW, reserve)
    rush = demand_deadlines(packs, 80.0, [0.1, 0.1, 0.1, 4.0], NOW, reserve)
    assert quiet == {"P2": NOW + HOUR}
    assert [by - NOW for by in rush.values()] == [HOUR, *([3 * HOUR] * 6)]


@given(st.floats(0, 40), st.floats(0, 10), st.integers(0, 12), st.floats(0.5, 0.999))
def test_a_reserve_suffices_for_what_is_expected_and_grows_with_it(
    expected: float, more: float, least: int, sufficient: float
) -> None:
    reserve = Reserve(0.5, least, sufficient)
    assert reserve.wanted(expected, 12) >= max(least, math.floor(expected - 1))
    assert reserve.wanted(expected, 12) <= reserve.wanted(expected + more, 12)


@st.composite
def packs_of_a_station(draw: st.DrawFn) -> list[PlannedPack]:
    minutes = st.none() | st.integers(1, 1440)
    packs = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        promised, wanted = draw(minutes), draw(minutes)
        packs.append(
            a_pack(
                number,
                draw(st.floats(0, 100)),
                ready_at=None if promised is None else NOW + timedelta(minutes=promised),
                needed_at=None if wanted is None or promised is not None else NOW + timedelta(minutes=wanted),
            )
        )
    return packs


limits = st.builds(
    PowerLimit,
    st.floats(0, 6),
    st.none() | st.floats(0, 6),
    st.none() | st.integers(1, 1440).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)


@given(packs_of_a_station(), limits)
def test_no_plan_draws_more_than_the_limit_the_charger_or_the_pack_takes(
    packs: list[PlannedPack], limit: PowerLimit
) -> None:
    plan = plan_of(packs, limit)
    assert all(0 <= power <= CHARGER_KW + 1e-9 for pack in plan.packs for power in pack.power_kw)
    assert all(power <= step.limit_kw + 1e-9 for step, power in zip(plan.steps, plan.drawn_kw, strict=True))
    assert all(charged_by(plan, pack, NOW + DAY) <= 100 + 1e-3 for pack in packs)
    assert sum(powers_now(plan).values()) <= plan.steps[0].limit_kw + 1e-9


@given(packs_of_a_station(), limits)
def test_what_is_not_promised_never_makes_a_promise_late(packs: list[PlannedPack], limit: PowerLimit) -> None:
    promised = [pack for pack in packs if pack.ready_at is not None]
    alone = schedule_charging(promised, plan_of(packs, limit).steps, 80.0)
    assert plan_of(packs, limit).late_promises == alone.late_promises


@given(packs_of_a_station())
def test_a_lower_limit_never_costs_a_promised_pack_anything_that_it_can_still_have(
    packs: list[PlannedPack],
) -> None:
    """As long as the shed limit bears the promised packs, the powers of promised packs stay as they were."""
    promised = [pack for pack in packs if pack.ready_at is not None and pack.soc_percent < 80]
    wide = PowerLimit(len(packs) * CHARGER_KW)
    shed = PowerLimit(len(packs) * CHARGER_KW, len(promised) * CHARGER_KW, NOW + HOUR)
    assert plan_of(packs, shed).late_promises == plan_of(packs, wide).late_promises


def test_only_chargers_whose_power_changes_are_commanded_and_one_that_is_done_is_switched_off() -> None:
    before, after = [Setpoint(1, 0.5), Setpoint(2, 0.9)], [Setpoint(2, 0.9), Setpoint(3, 0.4)]
    assert changed_setpoints(before, after) == (Setpoint(1, 0.0), Setpoint(3, 0.4))
    assert changed_setpoints(after, after) == ()
