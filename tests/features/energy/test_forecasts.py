"""The swaps that are expected of a station: those of a week ago, and the prior before."""

import math
from datetime import timedelta
from functools import partial

import pytest

from navswap.features.energy.service import EnergyParameters, EnergyServices, SameHourLastWeek
from navswap.features.energy.storage import ChargingPlans
from navswap.features.stations.service import StationsServices
from navswap.kit.clock import ManualClock
from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime, open_runtime
from tests.factories.energy import a_charging_station
from tests.factories.network import a_station

AUXILIARY_KW = EnergyParameters().auxiliary_kw


async def test_a_prior_by_size_and_hour_stands_in_until_a_week_was_observed(
    runtime: Runtime, clock: ManualClock
) -> None:
    new, large, young, known = [await a_station(runtime, slot_count=slots) for slots in (12, 24, 12, 12)]
    now, prior = clock.now().replace(minute=0, second=0, microsecond=0), PRIORS[SiteKind.URBAN]
    for station, hour in ((young, now - timedelta(days=6)), (known, now - timedelta(days=7))):
        await runtime.mongo.in_transaction(
            partial(EnergyServices.of(runtime).charging.count_swap, station.id, hour)
        )
    reader = StationsServices.of(runtime).reader
    ids = [station.id for station in (new, large, young, known)]
    forecaster = SameHourLastWeek(reader, prior, AUXILIARY_KW)
    for _ in range(2):  # what was observed is remembered, and stays so
        found = await forecaster.forecast([*ids, "unknown"], clock.now(), 3)
        believed = [
            prior.expected_swaps(12, now + timedelta(hours=hour), timedelta(hours=1), "UTC")
            for hour in range(3)
        ]
        assert [found[one].source for one in ids] == [Source.PRIOR] * 3 + [Source.BASELINE]
        assert found[new.id].swaps_by_hour == found[young.id].swaps_by_hour == pytest.approx(believed)
        assert found[large.id].swaps_by_hour == pytest.approx([2 * swaps for swaps in believed])
        assert found[known.id].swaps_by_hour == (1.0, 0.0, 0.0)
        assert found["unknown"].swaps_by_hour == (0.0, 0.0, 0.0)


async def test_on_its_first_day_a_station_charges_for_the_riders_that_are_believed_to_come(
    runtime: Runtime, clock: ManualClock
) -> None:
    settings = runtime.settings.model_copy(update={"demand_prior": SiteKind.URBAN})
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=10.0)
    async with open_runtime(settings, clock, build_indexes=False) as believing:
        await EnergyServices.of(believing).stations.register_all()
        await EnergyServices.of(believing).charging.plan_due()
        [plan] = await ChargingPlans.list_where({"station_id": station.id})
    assert plan.forecast.source is Source.PRIOR
    needed = [pack for pack in plan.schedule.packs if pack.needed_at is not None]
    reserve = math.ceil(settings.charged_reserve_share * 6)
    assert len(needed) > reserve, "more than the reserve is charged before it is cheap"
