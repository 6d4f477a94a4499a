from datetime import UTC, datetime
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.procurement.domain.ordering import (
    DemandForecast,
    Supply,
    believed_demand,
    compute_inputs,
    forecast_demand,
    mean_and_sigma,
    order_up_to,
    packs_to_order,
    service_level,
    share_of,
)
from navswap.features.procurement.domain.values import Depot
from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.forecasts import Source

COUNT = st.integers(0, 1000)
DEPOT = Depot("d1", "Depot", "Asia/Kolkata")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def expected(mean: float, sigma: float = 0.0) -> DemandForecast:
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
    assert order_up_to(expected(mean, sigma), lead_days, level) == packs


@given(st.floats(0, 50), st.floats(0, 20), st.integers(1, 60))
def test_demand_below_the_level_is_as_frequent_as_was_asked(
    mean: float, sigma: float, lead_days: int
) -> None:
    base_stock = order_up_to(expected(mean, sigma), lead_days, 0.95)
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


@given(st.floats(0, 50), COUNT, COUNT, COUNT)
def test_an_order_brings_the_position_up_to_the_level_and_never_above(
    mean: float, on_hand: int, on_order: int, to_replace: int
) -> None:
    inputs = compute_inputs(DEPOT, expected(mean), Supply(on_hand, on_order, to_replace), NOON)
    packs = packs_to_order(inputs)
    position = on_hand + on_order - to_replace
    assert packs >= 0
    assert position + packs == max(inputs.base_stock, position)
    after = compute_inputs(DEPOT, expected(mean), Supply(on_hand, on_order + packs, to_replace), NOON)
    assert packs_to_order(after) == 0


def test_the_inputs_of_an_order_say_what_it_was_computed_from() -> None:
    inputs = compute_inputs(DEPOT, expected(2.0, 1.0), Supply(30, 4, 1), NOON)
    assert (inputs.mean_per_day, inputs.sigma_per_day, inputs.observed_days, inputs.source) == (
        2.0,
        1.0,
        28,
        Source.BASELINE,
    )
    assert (inputs.lead_time_days, inputs.service_level, inputs.base_stock) == (14, 0.95, 37)
    assert (inputs.on_hand, inputs.on_order, inputs.to_replace, inputs.as_of) == (30, 4, 1, NOON)


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


@pytest.mark.parametrize(
    ("issued", "believed", "mean", "source"),
    [
        ([], None, 0.0, Source.BASELINE),
        ([4], None, 4.0, Source.BASELINE),
        ([], 3.5, 3.5, Source.PRIOR),
        ([7], 3.5, 4.0, Source.PRIOR),
        ([0, 0, 0, 0, 0, 0], 7.0, 1.0, Source.PRIOR),
        ([2] * 7, 50.0, 2.0, Source.BASELINE),
        ([1, 3] * 14, 50.0, 2.0, Source.BASELINE),
    ],
)
def test_a_prior_stands_in_for_the_days_of_a_week_that_were_not_observed(
    issued: list[int], believed: float | None, mean: float, source: Source
) -> None:
    forecast = forecast_demand(issued, believed)
    assert forecast.mean_per_day == pytest.approx(mean)
    assert (forecast.days, forecast.source) == (len(issued), source)
    if source is Source.PRIOR:
        assert forecast.sigma_per_day == pytest.approx(mean**0.5)


@pytest.mark.parametrize(
    ("slots", "depots", "packs"), [(0, 1, 0.0), (1_200, 1, 3.12), (1_200, 2, 1.56), (600, 1, 1.56)]
)
def test_what_a_network_is_believed_to_wear_out_is_shared_by_its_depots(
    slots: int, depots: int, packs: float
) -> None:
    assert believed_demand(PRIORS[SiteKind.URBAN], slots, depots, 1_500) == pytest.approx(packs)
