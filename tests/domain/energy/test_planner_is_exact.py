"""The planner gives what the plain one gives, pack by pack and step by step."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from navswap.features.energy.domain.allocation import allocate
from navswap.features.energy.domain.charging import schedule_charging
from navswap.features.energy.domain.readiness import ready_times
from navswap.features.energy.domain.steps import PowerLimit, charging_steps
from navswap.features.energy.domain.tariffs import DayKind, PricePeriod, Prices
from navswap.features.energy.domain.values import PlannedPack
from tests.domain.energy import plain_planner

NOW = datetime(2026, 3, 2, 8, 7, 13, tzinfo=UTC)
DAY = timedelta(hours=24)
Instance = tuple[list[int], list[list[int]], list[int], list[int]]


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Return needs, room, capacity and an order of the steps; some steps are used up, some never."""
    packs, steps = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    sized = st.integers(0, 12)
    ends = draw(st.lists(st.integers(0, steps), min_size=packs, max_size=packs))
    room = [[draw(sized) if step < end else 0 for step in range(steps)] for end in ends]
    needs = draw(st.lists(st.integers(0, 30), min_size=packs, max_size=packs))
    capacity = draw(st.lists(st.integers(0, 40), min_size=steps, max_size=steps))
    return needs, room, capacity, draw(st.permutations(range(steps)))


@st.composite
def stations(draw: st.DrawFn) -> list[PlannedPack]:
    """Return packs as a station has them: full, empty and in between, held, expected or neither, on like chargers."""
    minutes = st.none() | st.integers(0, 1440)
    packs = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        promised, wanted = draw(minutes), draw(minutes)
        packs.append(
            PlannedPack(
                f"P{number}",
                number,
                draw(st.sampled_from([100.0, 80.0, 40.0]) | st.floats(0, 100)),
                draw(st.floats(0.5, 3.0)),
                draw(st.sampled_from([0.9, 1.2, 0.45])),
                None if promised is None else NOW + timedelta(minutes=promised),
                None if wanted is None or promised is not None else NOW + timedelta(minutes=wanted),
            )
        )
    return packs


limits = st.builds(
    PowerLimit,
    st.floats(0, 8),
    st.none() | st.floats(0, 3),
    st.none() | st.integers(1, 1440).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
tariffs = st.lists(st.integers(1, 4), min_size=24, max_size=24).map(
    lambda prices: Prices(
        "Asia/Kolkata",
        [
            PricePeriod(days, hour, hour + 1, float(price))
            for days in DayKind
            for hour, price in enumerate(prices)
        ],
    )
)


@given(instances())
def test_an_allocation_is_that_of_the_plain_planner(instance: Instance) -> None:
    needs, room, capacity, order = instance
    assert allocate(needs, room, capacity, order) == plain_planner.allocate(needs, room, capacity, order)


@given(stations(), limits, tariffs)
def test_a_plan_is_that_of_the_plain_planner_to_the_last_digit(
    packs: list[PlannedPack], limit: PowerLimit, prices: Prices
) -> None:
    deadlines = {by for pack in packs for by in (pack.ready_at, pack.needed_at) if by}
    steps = charging_steps(NOW, DAY, prices, limit, deadlines)
    plan = schedule_charging(packs, steps, 80.0)
    assert plan == plain_planner.schedule_charging(packs, steps, 80.0)
    assert [ready.ready_at for ready in ready_times(plan, 80.0)] == [
        plain_planner.ready_at(pack, plan, 80.0) for pack in plan.packs if pack.soc_percent < 80.0
    ]
