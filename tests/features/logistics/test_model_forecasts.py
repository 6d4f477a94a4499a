"""Plans by the model of rebalancing on real stores, and by the rule where the model does not answer."""

from datetime import timedelta

import pytest

from navswap.features.logistics.domain.needs import BalanceForecast, balance_to_plan
from navswap.features.logistics.service import LogisticsServices
from navswap.features.logistics.storage.plans import RebalancingPlans
from navswap.features.stations.service import Station
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.ml.tables.inventories import inventory_id
from navswap.runtime import Runtime
from tests.factories.models import serve_model
from tests.factories.network import TAIPEI, a_station
from tests.support.geo import destination

HORIZON = timedelta(hours=2)
AS_NOW = {"balance_p10": "charged_now", "balance_p50": "charged_now", "balance_p90": "charged_now"}


async def a_surplus_and_an_empty_shelf(runtime: Runtime) -> tuple[Station, Station]:
    """Two stations of which the rule, to which no demand is known, finds neither in need."""
    surplus = await a_station(runtime, charged=10)
    return surplus, await a_station(runtime, charged=0, charging=2, point=destination(TAIPEI, 90, 2_000))


async def balances(runtime: Runtime, horizon: timedelta = HORIZON) -> dict[str, BalanceForecast]:
    _, forecasts = await LogisticsServices.of(runtime).inventories.forecast(horizon)
    assert {model_id for _, model_id in forecasts} == {STANDARD_PACK.id}
    return {station_id: forecast for (station_id, _), forecast in forecasts.items()}


async def test_the_model_opens_a_job_that_the_rule_would_not(runtime: Runtime) -> None:
    surplus, short = await a_surplus_and_an_empty_shelf(runtime)
    rebalancing = LogisticsServices.of(runtime).rebalancing
    assert (await rebalancing.plan(HORIZON, is_dry_run=True)).loads == ()
    model = await serve_model(runtime, "rebalancing", AS_NOW)
    made = await rebalancing.plan(HORIZON)
    assert [(load.origin_id, load.target_id, load.packs) for load in made.loads] == [
        (surplus.id, short.id, 1)
    ]
    stored = await RebalancingPlans.find(made.id)
    assert stored is not None
    assert {
        (one.station_id, one.forecast_packs, one.source, one.model) for one in stored.inputs.stations
    } == {(surplus.id, 9.0, Source.MODEL, model), (short.id, -1.0, Source.MODEL, model)}
    assert all(one.prediction_id.startswith("rebalancing:test-1:MODEL:") for one in stored.inputs.stations)


async def test_the_rule_answers_for_a_station_that_the_history_does_not_know(runtime: Runtime) -> None:
    known, _ = await a_surplus_and_an_empty_shelf(runtime)
    model = await serve_model(runtime, "rebalancing", AS_NOW)
    new = await a_station(runtime, charged=4)
    found = await balances(runtime)
    moment = epoch_milliseconds(runtime.clock.now())
    asked = f"rebalancing:test-1:MODEL:{inventory_id(known.id, STANDARD_PACK.id)}:{moment}:120"
    assert found[known.id] == BalanceForecast(9.0, Source.MODEL, model, asked)
    assert found[new.id] == BalanceForecast(4.0, Source.BASELINE)


async def test_the_rule_answers_where_an_output_is_no_number(runtime: Runtime) -> None:
    known, _ = await a_surplus_and_an_empty_shelf(runtime)
    await serve_model(runtime, "rebalancing", AS_NOW | {"stock_out": float("nan")})
    assert (await balances(runtime))[known.id] == BalanceForecast(10.0, Source.BASELINE)


async def test_the_rule_answers_for_a_horizon_that_the_model_does_not_have(runtime: Runtime) -> None:
    known, _ = await a_surplus_and_an_empty_shelf(runtime)
    await serve_model(runtime, "rebalancing", AS_NOW)
    assert (await balances(runtime, timedelta(hours=3)))[known.id].source is Source.BASELINE


async def test_a_model_that_lost_to_its_baseline_decides_nothing(runtime: Runtime) -> None:
    known, _ = await a_surplus_and_an_empty_shelf(runtime)
    await serve_model(runtime, "rebalancing", AS_NOW, serves_model=False)
    assert (await balances(runtime))[known.id] == BalanceForecast(10.0, Source.BASELINE)


@pytest.mark.parametrize(
    ("cautious", "missing", "balance"), [(9.0, 0.0, 8.0), (0.4, 0.0, 0.0), (-2.0, 3.0, -3.0)]
)
def test_a_pack_is_left_for_the_next_rider(cautious: float, missing: float, balance: float) -> None:
    assert balance_to_plan(cautious, missing) == balance
