"""The demand of depots on real stores: of the days that were observed, and of the prior before."""

from datetime import timedelta

import pytest

from navswap.features.procurement.service import Depot, RecentWeeksForecaster
from navswap.features.procurement.storage import DepotDay
from navswap.features.stations.service import StationsServices
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.demand import PRIORS, SiteKind, SwapPrior
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.procurement import a_depot

URBAN = PRIORS[SiteKind.URBAN]


def forecaster(runtime: Runtime, prior: SwapPrior | None) -> RecentWeeksForecaster:
    return RecentWeeksForecaster(StationsServices.of(runtime).reader, prior, 1_500)


async def issued(depot: Depot, clock: ManualClock, days_ago: int, packs: int, model_id: str) -> None:
    day = (clock.now().date() - timedelta(days=days_ago)).isoformat()
    key = f"{depot.id}:{model_id}:{day}"
    await DepotDay(id=key, depot_id=depot.id, pack_model_id=model_id, day=day, issued=packs).insert()


@pytest.mark.parametrize(
    ("first_days_ago", "days", "mean"), [(0, 0, 0.0), (1, 1, 14.0), (14, 14, 1.0), (28, 28, 0.5), (90, 28, 0)]
)
async def test_only_the_days_since_the_first_one_count(
    runtime: Runtime, clock: ManualClock, first_days_ago: int, days: int, mean: float
) -> None:
    depot = await a_depot()
    await issued(depot, clock, first_days_ago, 14, STANDARD_PACK.id)
    found = await forecaster(runtime, None).forecast(depot.id, STANDARD_PACK.id, clock.now().date())
    assert (found.days, found.mean_per_day, found.source) == (days, mean, Source.BASELINE)


async def test_a_model_that_did_not_leave_was_observed_with_the_others(
    runtime: Runtime, clock: ManualClock
) -> None:
    depot = await a_depot()
    await issued(depot, clock, 10, 5, "another")
    found = await forecaster(runtime, URBAN).forecast(depot.id, STANDARD_PACK.id, clock.now().date())
    assert (found.days, found.mean_per_day, found.source) == (10, 0.0, Source.BASELINE)


async def test_on_the_first_day_the_size_of_the_network_says_what_is_ordered(
    runtime: Runtime, clock: ManualClock
) -> None:
    depot = await a_depot()
    await a_depot()
    for _ in range(3):
        await a_station(runtime, charged=0, slot_count=100)
    found = await forecaster(runtime, URBAN).forecast(depot.id, STANDARD_PACK.id, clock.now().date())
    assert (found.days, found.source) == (0, Source.PRIOR)
    assert found.mean_per_day == pytest.approx(117 * 10 / 1_500 / 2)
