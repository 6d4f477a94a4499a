"""When packs charge: tables of single decisions, and what holds of every plan."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.energy.rules import (
    CHARGE_EFFICIENCY,
    CHARGER_KW,
    FLAT,
    ChargingPack,
    ChargingPlan,
    DayKind,
    Period,
    PowerLimit,
    Prices,
    charging_plan,
    charging_steps,
    cover_the_week,
    setpoints,
    split_by_hour,
    wanted_by,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
NIGHTS = [(0, 6, 4.0), (6, 22, 8.0), (22, 24, 4.0)]
PRICES = Prices("UTC", [Period(days, *hours) for days in DayKind for hours in NIGHTS])


def a_pack(
    number: int,
    soc_percent: float = 40.0,
    *,
    promised_by: datetime | None = None,
    wanted_by: datetime | None = None,
) -> ChargingPack:
    return ChargingPack(f"P{number}", number, soc_percent, 1.6, promised_by, wanted_by)


def plan_of(
    packs: list[ChargingPack], limit: PowerLimit | None = None, *, prices: Prices = PRICES
) -> ChargingPlan:
    deadlines = {by for pack in packs for by in (pack.promised_by, pack.wanted_by) if by}
    return charging_plan(packs, charging_steps(NOW, DAY, prices, limit or PowerLimit(10.0), deadlines), 80.0)


def charged_by(plan: ChargingPlan, pack: ChargingPack, moment: datetime) -> float:
    """Return the charge (%) of a pack at a moment of the plan that is the edge of a step."""
    kwh = sum(
        draw.power_kw * plan.steps[draw.step].hours
        for draw in plan.draws
        if draw.serial_number == pack.serial_number and plan.steps[draw.step].end <= moment
    )
    return pack.soc_percent + 100 * kwh * CHARGE_EFFICIENCY / pack.capacity_kwh


@pytest.mark.parametrize(
    ("moment", "price"),
    [
        ("2026-03-02T00:00:00+05:30", 6.4),
        ("2026-03-02T05:59:59+05:30", 6.4),
        ("2026-03-02T06:00:00+05:30", 8.6),
        ("2026-03-01T18:30:00+00:00", 6.4),
        ("2026-02-28T12:00:00+05:30", 5.0),
        ("2026-02-28T18:29:00+00:00", 5.0),
    ],
)
def test_the_price_is_that_of_the_local_hour_and_kind_of_day(moment: str, price: float) -> None:
    hours = [Period(DayKind.WEEKDAY, 0, 6, 6.4), Period(DayKind.WEEKDAY, 6, 24, 8.6)]
    prices = Prices("Asia/Kolkata", [*hours, Period(DayKind.WEEKEND, 0, 24, 5.0)])
    assert prices.at(datetime.fromisoformat(moment)) == price


def test_periods_cover_the_week_when_each_hour_has_one_price() -> None:
    whole = [Period(days, 0, 24, 1.0) for days in DayKind]
    assert cover_the_week(whole)
    assert not cover_the_week(whole[:1])
    assert not cover_the_week([*whole, Period(DayKind.WEEKEND, 3, 4, 1.0)])
    assert not cover_the_week([whole[0], Period(DayKind.WEEKEND, 0, 23, 1.0)])


@given(
    st.integers(0, 365 * 24 * 3600).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.sampled_from(["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/New_York"]),
    st.integers(1, 1440),
)
def test_steps_follow_each_other_and_neither_price_nor_limit_changes_within_one(
    now: datetime, time_zone: str, minutes: int
) -> None:
    prices = Prices(
        time_zone, [Period(days, hour, hour + 1, hour + 1.0) for days in DayKind for hour in range(24)]
    )
    limit = PowerLimit(9.0, 2.0, now + timedelta(minutes=minutes))
    steps = charging_steps(now, DAY, prices, limit)
    assert (steps[0].start, steps[-1].end) == (now, now + DAY)
    for step, following in pairwise(steps):
        assert step.end == following.start
    for step in steps:
        last = step.end - timedelta(microseconds=1)
        assert prices.at(step.start) == prices.at(last) == step.price_per_kwh
        assert limit.at(step.start) == limit.at(last) == step.limit_kw


def test_a_shed_never_raises_the_limit() -> None:
    assert PowerLimit(5.0, 8.0, NOW + HOUR).at(NOW) == 5.0


def test_a_promised_pack_charges_at_once_however_dear_the_hour() -> None:
    promised = a_pack(1, 70.0, promised_by=NOW + timedelta(minutes=20))
    plan = plan_of([promised, a_pack(2)], PowerLimit(CHARGER_KW))
    assert plan.late_promises == ()
    assert charged_by(plan, promised, NOW + timedelta(minutes=20)) == pytest.approx(80, abs=1e-3)
    first = [draw for draw in plan.draws if draw.step == 0]
    assert [draw.serial_number for draw in first] == ["P1"]


def test_a_pack_that_nobody_waits_for_charges_in_the_cheapest_hours() -> None:
    plan = plan_of([a_pack(1, 20.0)])
    assert {plan.steps[draw.step].price_per_kwh for draw in plan.draws} == {4.0}
    assert charged_by(plan, a_pack(1, 20.0), NOW + DAY) == pytest.approx(100, abs=1e-3)


def test_a_foreseen_pack_is_ready_in_time_and_filled_up_later_when_it_is_cheap() -> None:
    wanted = a_pack(1, 40.0, wanted_by=NOW + 3 * HOUR)
    plan = plan_of([wanted])
    assert charged_by(plan, wanted, NOW + 3 * HOUR) == pytest.approx(80, abs=1e-3)
    assert {plan.steps[draw.step].price_per_kwh for draw in plan.draws} == {8.0, 4.0}
    assert plan.late_packs == ()


def test_what_cannot_be_ready_in_time_is_told_and_comes_as_early_as_it_can() -> None:
    packs = [a_pack(1, 10.0, promised_by=NOW + timedelta(minutes=20)), a_pack(2, 10.0, wanted_by=NOW + HOUR)]
    plan = plan_of(packs)
    assert (plan.late_promises, plan.late_packs) == (("P1",), ("P2",))
    assert all(charged_by(plan, pack, NOW + 2 * HOUR) == pytest.approx(80, abs=1e-3) for pack in packs)


def test_a_shed_takes_the_power_of_those_who_are_not_promised() -> None:
    packs = [
        a_pack(1, 75.0, promised_by=NOW + timedelta(minutes=20)),
        *(a_pack(number, 40.0, wanted_by=NOW + 3 * HOUR) for number in range(2, 8)),
    ]
    shed = PowerLimit(6.0, 0.5, NOW + HOUR)
    before, after = setpoints(plan_of(packs), packs), setpoints(plan := plan_of(packs, shed), packs)
    assert plan.late_promises == ()
    assert after[1] == pytest.approx(0.4, abs=0.1)
    assert sum(after.values()) <= 0.5 < sum(before.values())


def test_in_a_shed_the_dear_hours_carry_only_what_the_cheap_ones_cannot() -> None:
    prices = Prices(
        "UTC",
        [
            Period(days, start, end, price)
            for days in DayKind
            for start, end, price in ((0, 8, 9.0), (8, 9, 6.0), (9, 10, 8.0), (10, 11, 5.0), (11, 24, 1.0))
        ],
    )
    packs = [a_pack(number, 30.0, wanted_by=NOW + 3 * HOUR) for number in range(1, 4)]

    def by_price(limit: PowerLimit) -> dict[float, float]:
        plan = plan_of(packs, limit, prices=prices)
        drawn: dict[float, float] = defaultdict(float)
        for draw in plan.draws:
            if plan.steps[draw.step].end <= NOW + 3 * HOUR:
                drawn[plan.steps[draw.step].price_per_kwh] += draw.power_kw * plan.steps[draw.step].hours
        return drawn

    usual, shed = by_price(PowerLimit(1.2)), by_price(PowerLimit(1.2, 0.8, NOW + 2 * HOUR))
    needed = 3 * 1.6 * 0.5 / CHARGE_EFFICIENCY
    assert usual == pytest.approx({5.0: 1.2, 6.0: 1.2, 8.0: needed - 2.4}, abs=1e-3)
    assert shed == pytest.approx({5.0: 1.2, 6.0: 0.8, 8.0: needed - 2.0}, abs=1e-3)


def test_the_fullest_packs_are_wanted_first_and_the_reserve_at_once() -> None:
    packs = [a_pack(1, 95.0), a_pack(2, 60.0), a_pack(3, 70.0), a_pack(4, 10.0), a_pack(5, 20.0)]
    wanted = wanted_by(packs, 80.0, [0.0, 0.0, 1.0, 0.0], NOW)
    assert wanted == {"P3": NOW + HOUR, "P2": NOW + HOUR, "P5": NOW + 2 * HOUR}


def test_nothing_is_wanted_of_a_station_that_has_enough() -> None:
    assert wanted_by([a_pack(1, 95.0), a_pack(2, 95.0), a_pack(3, 5.0)], 80.0, [0.0] * 24, NOW) == {}


@st.composite
def packs_of_a_station(draw: st.DrawFn) -> list[ChargingPack]:
    minutes = st.none() | st.integers(1, 1440)
    packs = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        promised, wanted = draw(minutes), draw(minutes)
        packs.append(
            a_pack(
                number,
                draw(st.floats(0, 100)),
                promised_by=None if promised is None else NOW + timedelta(minutes=promised),
                wanted_by=None if wanted is None or promised is not None else NOW + timedelta(minutes=wanted),
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
    packs: list[ChargingPack], limit: PowerLimit
) -> None:
    plan = plan_of(packs, limit)
    drawn: dict[int, float] = defaultdict(float)
    for draw in plan.draws:
        assert 0 < draw.power_kw <= CHARGER_KW + 1e-9
        drawn[draw.step] += draw.power_kw
    assert all(power <= plan.steps[step].limit_kw + 1e-9 for step, power in drawn.items())
    assert all(charged_by(plan, pack, NOW + DAY) <= 100 + 1e-3 for pack in packs)
    assert sum(setpoints(plan, packs).values()) <= plan.steps[0].limit_kw + 1e-9


@given(packs_of_a_station(), limits)
def test_what_is_not_promised_never_makes_a_promise_late(
    packs: list[ChargingPack], limit: PowerLimit
) -> None:
    promised = [pack for pack in packs if pack.promised_by is not None]
    alone = charging_plan(promised, plan_of(packs, limit).steps, 80.0)
    assert plan_of(packs, limit).late_promises == alone.late_promises


@given(packs_of_a_station())
def test_a_lower_limit_never_costs_a_promised_pack_anything_that_it_can_still_have(
    packs: list[ChargingPack],
) -> None:
    """As long as the shed limit bears the promised packs, the powers of promised packs stay as they were."""
    promised = [pack for pack in packs if pack.promised_by is not None and pack.soc_percent < 80]
    wide = PowerLimit(len(packs) * CHARGER_KW)
    shed = PowerLimit(len(packs) * CHARGER_KW, len(promised) * CHARGER_KW, NOW + HOUR)
    assert plan_of(packs, shed).late_promises == plan_of(packs, wide).late_promises


def test_a_reading_is_split_where_the_local_hour_ends_and_each_part_has_its_price() -> None:
    prices = Prices(
        "Asia/Kolkata", [Period(days, hour, hour + 1, float(hour)) for days in DayKind for hour in range(24)]
    )
    start = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    parts = list(split_by_hour(start, start + HOUR, 4.0, prices))
    assert [(part.kwh, part.cost, part.kw) for part in parts] == [(1.0, 13.0, 4.0), (3.0, 42.0, 4.0)]
    assert parts[0].end == parts[1].start == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@given(st.integers(0, 86_400), st.integers(1, 3600), st.floats(0, 100))
def test_splitting_loses_no_energy(offset: int, seconds: int, kwh: float) -> None:
    start = NOW + timedelta(seconds=offset)
    parts = list(split_by_hour(start, start + timedelta(seconds=seconds), kwh, FLAT))
    assert sum(part.kwh for part in parts) == pytest.approx(kwh)
    assert len(parts) <= 2
