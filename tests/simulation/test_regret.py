import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from navswap.simulation.engine.log import Demand, Move, Stay, Stock
from navswap.simulation.regret.charging import (
    STEPS,
    ImpossibleChargingError,
    Numbers,
    charger_limits,
    cheapest,
    least_charging_cost,
)
from navswap.simulation.regret.rebalancing import Day, Link, RegretParameters, least_cost
from navswap.simulation.regret.regret import spread

shares = st.floats(0, 1)


@settings(max_examples=60)
@given(arrays(float, (4, 6), elements=st.floats(0, 5)), arrays(float, 24, elements=shares), st.data())
def test_no_feasible_plan_is_cheaper_than_the_optimum(
    limits: Numbers, used: Numbers, data: st.DataObject
) -> None:
    prices = data.draw(arrays(float, 6, elements=st.sampled_from([1.0, 2.0, 3.0, 7.5])))
    plan = limits * used.reshape(4, 6)
    optimum = cheapest(plan.sum(axis=1), limits, prices, float(plan.sum(axis=0).max()))
    assert optimum.cost <= (plan @ prices).sum() + 1e-6
    assert optimum.kwh.sum(axis=1) == pytest.approx(plan.sum(axis=1), abs=1e-6)
    assert (optimum.kwh <= limits + 1e-9).all()
    assert optimum.kwh.sum(axis=0).max() <= plan.sum(axis=0).max() + 1e-6
    again = cheapest(optimum.kwh.sum(axis=1), limits, prices, float(plan.sum(axis=0).max()))
    assert again.cost == pytest.approx(optimum.cost, abs=1e-6), "the optimum has no regret"


@settings(max_examples=25)
@given(
    arrays(int, (2, 3), elements=st.integers(0, 2)),
    arrays(int, 3, elements=st.integers(1, 5)),
    st.integers(1, 3),
    st.data(),
)
def test_the_charging_optimum_is_that_of_all_plans_in_whole_units(
    limits: Numbers, prices: Numbers, feeder: int, data: st.DataObject
) -> None:
    plans = [
        np.array(kwh).reshape(2, 3)
        for kwh in itertools.product(*(range(int(most) + 1) for most in limits.flat))
    ]
    plans = [plan for plan in plans if plan.sum(axis=0).max() <= feeder]
    needs = data.draw(st.sampled_from(plans)).sum(axis=1)
    least = min((plan @ prices).sum() for plan in plans if (plan.sum(axis=1) == needs).all())
    found = cheapest(needs.astype(float), limits.astype(float), prices.astype(float), float(feeder))
    assert found.cost == pytest.approx(least, abs=1e-6)


def test_packs_are_charged_in_the_cheap_hours_that_the_feeder_leaves() -> None:
    cheap_from = 120.0
    stays = [Stay(0, 0.0, 240.0, 1.5, 1.0), Stay(0, 0.0, 240.0, 1.5, 1.0), Stay(0, 0.0, 60.0, 0.5, 1.0)]

    def price(_: int, minute: float) -> float:
        return 10.0 if minute <= cheap_from else 5.0

    assert least_charging_cost(stays, [2.0], price) == pytest.approx(3 * 5 + 0.5 * 10)
    assert least_charging_cost(stays, [1.0], price) == pytest.approx(2 * 5 + 1 * 10 + 0.5 * 10)


def test_a_stay_counts_in_the_part_of_a_step_in_which_the_pack_is_there() -> None:
    limits = charger_limits([Stay(0, 1440 + 10.0, 1440 + 35.0, 0.0, 2.4)], 1440.0)
    assert limits.shape == (1, STEPS)
    assert limits[0, :4] == pytest.approx([5 / 60 * 2.4, 15 / 60 * 2.4, 5 / 60 * 2.4, 0.0])


def test_a_log_that_no_charger_can_have_written_is_refused() -> None:
    with pytest.raises(ImpossibleChargingError, match="charger"):
        least_charging_cost([Stay(0, 0.0, 60.0, 2.0, 1.0)], [9.0], lambda _, __: 1.0)
    with pytest.raises(ImpossibleChargingError, match="feeder"):
        least_charging_cost([Stay(0, 0.0, 60.0, 1.0, 1.0)] * 2, [1.0], lambda _, __: 1.0)


PARAMETERS = RegretParameters(lost_rider_cost=100.0, km_cost=10.0, vehicle_packs=2)
LINKS = [Link(0, 1, 30.0, 5_000), Link(1, 0, 30.0, 5_000)]


def rider(station: int, at: float, *ready_at: float, served: bool = False) -> Demand:
    return Demand(station, "M", at, ready_at, served)


def a_day(
    demand: Sequence[Demand],
    stock: Sequence[Stock] = (),
    moves: Sequence[Move] = (),
    links: Sequence[Link] = LINKS,
    slots: Sequence[int] = (4, 4),
) -> Day:
    return Day(slots, demand, stock, moves, links, 1440.0)


def test_riders_for_whom_no_pack_is_anywhere_are_lost_in_the_optimum_too() -> None:
    assert least_cost(a_day([rider(0, 100, 200), rider(1, 50, 90)]), PARAMETERS) == 200.0


def test_a_pack_that_a_rider_brings_serves_the_next_one_once_it_is_charged() -> None:
    stock = [Stock(0, "M", 0.0)]
    assert least_cost(a_day([rider(0, 100, 160), rider(0, 160, 300)], stock), PARAMETERS) == 0.0
    assert least_cost(a_day([rider(0, 100, 161), rider(0, 160, 300)], stock), PARAMETERS) == 100.0


def test_a_pack_is_driven_where_that_costs_less_than_a_lost_rider() -> None:
    stock = [Stock(0, "M", 0.0)]
    assert least_cost(a_day([rider(1, 100, 300)], stock), PARAMETERS) == 5.0
    assert least_cost(a_day([rider(1, 29, 300)], stock), PARAMETERS) == 100.0, "it would come too late"
    assert least_cost(a_day([rider(1, 100, 300)], stock, links=()), PARAMETERS) == 100.0
    dear = [Link(0, 1, 30.0, 200_000)]
    assert least_cost(a_day([rider(1, 100, 300)], stock, links=dear), PARAMETERS) == 100.0


def test_a_station_without_a_slot_for_the_model_serves_no_rider() -> None:
    assert least_cost(a_day([rider(1, 100, 300)], [Stock(0, "M", 0.0)], slots=(4, 0)), PARAMETERS) == 100.0


def test_a_move_of_the_run_is_possible_in_the_optimum() -> None:
    stock = [Stock(0, "M", 0.0)]
    moves = [Move(0, 1, "M", 5.0, 20.0, 0.0, 1, 4000.0)]
    found = least_cost(a_day([rider(1, 25, 300)], stock, moves, links=()), PARAMETERS)
    assert found == 26.0, "4 km are 5.2 km of road at 10 a km, of which a full vehicle's pack pays half"


def test_a_rider_with_two_packs_needs_both() -> None:
    both = rider(0, 100, 200, 200)
    assert least_cost(a_day([both], [Stock(0, "M", 0.0)] * 2), PARAMETERS) == 0.0
    assert least_cost(a_day([both]), PARAMETERS) == 100.0


@st.composite
def tiny_days(draw: st.DrawFn) -> Day:
    minutes = st.integers(1, 300).map(float)
    demand = []
    for _ in range(draw(st.integers(1, 5))):
        at = draw(minutes)
        demand.append(rider(draw(st.integers(0, 1)), at, at + draw(st.integers(0, 120))))
    stock = [Stock(draw(st.integers(0, 1)), "M", draw(minutes)) for _ in range(draw(st.integers(0, 3)))]
    return a_day(sorted(demand, key=lambda found: found.at), stock, links=())


@given(tiny_days())
def test_without_driving_the_optimum_serves_as_many_as_the_best_choice_of_riders(day: Day) -> None:
    def is_possible(chosen: tuple[Demand, ...]) -> bool:
        free = [(pack.station, pack.ready_at) for pack in day.stock]
        for served in chosen:
            usable = [pack for pack in free if pack[0] == served.station and pack[1] <= served.at]
            if not usable:
                return False
            free.remove(usable[0])
            free.append((served.station, served.ready_at[0]))
        return True

    most = max(
        len(chosen)
        for count in range(len(day.demand) + 1)
        for chosen in itertools.combinations(day.demand, count)
        if is_possible(chosen)
    )
    assert least_cost(day, PARAMETERS) == 100.0 * (len(day.demand) - most)


def test_stations_are_spread_evenly() -> None:
    assert spread(10, 5) == {0, 2, 4, 6, 8}
    assert spread(3, 5) == {0, 1, 2}
    assert spread(0, 5) == set()
