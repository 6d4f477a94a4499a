"""The walk-ins that are expected of a station on real stores: those of a week ago, and the prior before."""

from datetime import timedelta

import pytest

from navswap.features.stations.service import StationsServices
from navswap.features.swapping.service import SameSpanLastWeek
from navswap.features.swapping.storage import Swaps
from navswap.kit.clock import ManualClock
from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.swapping import a_swap

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)


async def test_a_prior_by_size_and_hour_stands_in_until_a_week_was_observed(
    runtime: Runtime, clock: ManualClock
) -> None:
    new, large = await a_station(runtime, slot_count=12), await a_station(runtime, slot_count=24)
    young, known = await a_station(runtime, slot_count=12), await a_station(runtime)
    now = clock.now()
    await Swaps.insert_all(
        [
            a_swap(young.id, now - WEEK + HOUR / 2, walk_in=True),
            a_swap(known.id, now - WEEK - HOUR),
            a_swap(known.id, now - WEEK + HOUR / 2, walk_in=True),
            a_swap(known.id, now - HOUR, walk_in=True),
        ]
    )
    ids = [station.id for station in (new, large, young, known)]
    forecaster = SameSpanLastWeek(StationsServices.of(runtime).reader, PRIORS[SiteKind.URBAN], 0.1)
    for _ in range(2):  # what was observed is remembered, and stays so
        found = await forecaster.forecast(ids, now, HOUR)
        by_prior = 0.1 * PRIORS[SiteKind.URBAN].expected_swaps(12, now, HOUR, "UTC")
        assert [found[one].source for one in ids] == [Source.PRIOR] * 3 + [Source.BASELINE]
        assert [found[one].expected_swaps for one in ids] == pytest.approx(
            [by_prior, 2 * by_prior, by_prior, 1.0]
        )


async def test_nothing_is_believed_where_the_operator_wants_no_prior(
    runtime: Runtime, clock: ManualClock
) -> None:
    new = await a_station(runtime)
    forecaster = SameSpanLastWeek(StationsServices.of(runtime).reader, None, 0.1)
    [found] = (await forecaster.forecast([new.id], clock.now(), HOUR)).values()
    assert (found.expected_swaps, found.source) == (0.0, Source.BASELINE)
