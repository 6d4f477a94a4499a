"""Charging is planned for the swaps that the model of load expects, and by the rule where it does not answer."""

from datetime import timedelta
from functools import partial

import pytest

from navswap.features.energy.domain.values import EnergyForecast
from navswap.features.energy.service import EnergyServices, ModelEnergy, SameHourLastWeek
from navswap.features.energy.storage import ChargingPlans
from navswap.features.stations.service import Station, StationsServices
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.energy import a_charging_station
from tests.factories.models import Answer, serve_model
from tests.factories.network import a_station


def load(answer: float) -> dict[str, Answer]:
    return {"swaps_p10": answer, "swaps_p50": answer, "swaps_p90": answer}


async def forecast(runtime: Runtime, *stations: Station, hours: int = 4) -> dict[str, EnergyForecast]:
    baseline = SameHourLastWeek(StationsServices.of(runtime).reader, None, 0.4)
    forecaster = ModelEnergy(runtime.forecaster, baseline)
    return await forecaster.forecast([station.id for station in stations], runtime.clock.now(), hours)


async def swapped_last_week(runtime: Runtime, station: Station, hours_ahead: int) -> None:
    then = runtime.clock.now() - timedelta(days=7) + timedelta(hours=hours_ahead)
    await runtime.mongo.in_transaction(
        partial(EnergyServices.of(runtime).charging.count_swap, station.id, then)
    )


async def test_more_is_charged_at_once_where_the_model_expects_riders(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=10.0)
    charging = EnergyServices.of(runtime).charging
    await EnergyServices.of(runtime).stations.register_all()
    await charging.plan_due()
    model = await serve_model(runtime, "load", load(1.0))
    clock.advance(timedelta(minutes=16))
    await charging.plan_due()
    before, after = sorted(
        await ChargingPlans.list_where({"station_id": station.id}), key=lambda plan: plan.forecast.as_of
    )
    assert (before.forecast.source, before.forecast.model) == (Source.BASELINE, "")
    assert (after.forecast.source, after.forecast.model) == (Source.MODEL, model)
    needed = [sum(pack.needed_at is not None for pack in plan.schedule.packs) for plan in (before, after)]
    assert needed[0] < needed[1] == 6


async def test_the_first_hours_are_the_models_and_the_rest_those_of_last_week(runtime: Runtime) -> None:
    station = await a_station(runtime)
    for hours_ahead in (0, 1, 2, 3, 3):
        await swapped_last_week(runtime, station, hours_ahead)
    model = await serve_model(runtime, "load", load(0.5))
    found = (await forecast(runtime, station))[station.id]
    assert found.swaps_by_hour == pytest.approx((2.0, 2.0, 1.0, 2.0))
    assert (found.auxiliary_kw, found.source, found.model) == (0.4, Source.MODEL, model)
    short = (await forecast(runtime, station, hours=1))[station.id]
    assert short.swaps_by_hour == pytest.approx((2.0,))


async def test_the_rule_answers_for_a_station_that_the_history_does_not_know(runtime: Runtime) -> None:
    known = await a_station(runtime)
    await serve_model(runtime, "load", load(0.5))
    new = await a_station(runtime)
    found = await forecast(runtime, known, new)
    assert [found[station.id].source for station in (known, new)] == [Source.MODEL, Source.BASELINE]
    assert found[new.id].swaps_by_hour == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("answers", "serves_model"), [(load(0.5), False), (load(float("nan")), True)])
async def test_the_rule_answers_where_the_model_has_no_answer(
    runtime: Runtime, answers: dict[str, Answer], *, serves_model: bool
) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "load", answers, serves_model=serves_model)
    assert (await forecast(runtime, station))[station.id].source is Source.BASELINE
