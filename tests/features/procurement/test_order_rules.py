from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.procurement.rules import (
    DemandForecast,
    Supply,
    mean_and_sigma,
    order_up_to,
    packs_to_order,
    service_level,
    share_of,
)
from navswap.kit.forecasts import Source

COUNT = st.integers(0, 1000)


def foreseen(mean: float, sigma: float = 0.0) -> DemandForecast:
    return DemandForecast(mean, sigma, 28, Source.BASELINE)


@pytest.mark.parametrize(
    ("mean", "sigma", "lead_days", "level", "packs"),
    [
        (0, 0, 14, 0.95, 0),
        (2, 0, 14, 0.95, 30),
        (2, 0, 14, 0.5, 30),
        (2, 1, 14, 0.95, 37),
        (2, 1, 15, 0.5, 32),
        (0.1, 0, 14, 0.95, 2),
        (2, 3, 14, 0.05, 11),
        (0, 1, 14, 0.05, 0),
    ],
)
def test_the_level_lasts_until_the_next_order_can_arrive(
    mean: float, sigma: float, lead_days: int, level: float, packs: int
) -> None:
    assert order_up_to(foreseen(mean, sigma), lead_days, level) == packs


@given(st.floats(0, 50), st.floats(0, 20), st.integers(1, 60))
def test_demand_below_the_level_is_as_frequent_as_was_asked(
    mean: float, sigma: float, lead_days: int
) -> None:
    base_stock = order_up_to(foreseen(mean, sigma), lead_days, 0.95)
    days = lead_days + 1
    if sigma > 0.01:
        demand = NormalDist(mean * days, sigma * days**0.5)
        assert demand.cdf(base_stock) >= 0.95 - 1e-6
        assert demand.cdf(base_stock - 1) <= 0.95 + 1e-6
    else:
        assert base_stock >= mean * days - 1e-6


@pytest.mark.parametrize(("shortage", "holding", "level"), [(1, 1, 0.5), (19, 1, 0.95), (1, 19, 0.05)])
def test_the_service_level_is_the_newsvendors(shortage: float, holding: float, level: float) -> None:
    assert service_level(shortage, holding) == pytest.approx(level)


@pytest.mark.parametrize(("shortage", "holding"), [(0, 1), (1, 0), (-1, 1)])
def test_a_cost_of_nothing_gives_no_service_level(shortage: float, holding: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        service_level(shortage, holding)


@given(COUNT, COUNT, COUNT, COUNT)
def test_an_order_brings_the_position_up_to_the_level_and_never_above(
    base_stock: int, on_hand: int, on_order: int, to_replace: int
) -> None:
    supply = Supply(on_hand, on_order, to_replace)
    packs = packs_to_order(base_stock, supply)
    assert packs >= 0
    after = Supply(on_hand, on_order + packs, to_replace)
    assert after.position == max(base_stock, supply.position)
    assert packs_to_order(base_stock, after) == 0


@pytest.mark.parametrize(
    ("counts", "mean", "sigma"), [([], 0, 0), ([3], 3, 0), ([0, 0, 0, 4], 1, 3**0.5), ([1, 3], 2, 1)]
)
def test_days_without_demand_count(counts: list[int], mean: float, sigma: float) -> None:
    assert mean_and_sigma(counts) == pytest.approx((mean, sigma))


@given(COUNT, st.integers(1, 9))
def test_what_depots_share_is_shared_out_whole(packs: int, depots: int) -> None:
    shares = [share_of(packs, depots, place) for place in range(depots)]
    assert sum(shares) == packs
    assert max(shares) - min(shares) <= 1
