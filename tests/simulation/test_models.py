"""The policy `models`: it has a past that all policies share, asks in batches, and without a past decides as `rules`."""

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from navswap.features.energy.domain.values import EnergyForecast
from navswap.features.energy.service import ModelEnergy
from navswap.features.faults.domain.analysis import Advice, rank_actions, source_of
from navswap.features.faults.domain.catalogue import FaultCode
from navswap.features.faults.domain.lifecycle import raise_fault
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault, FaultSource, Finding
from navswap.features.faults.service import ModelAdvisor
from navswap.features.partners.domain.plans import StorageForecast
from navswap.features.partners.domain.shops import ShopRecord, new_shop
from navswap.features.partners.domain.values import PartnerShop
from navswap.features.partners.service.model_forecasts import ModelStorage
from navswap.features.procurement.domain.ordering import DemandForecast as IssuesForecast
from navswap.features.procurement.domain.ordering import forecast_demand
from navswap.features.procurement.service.model_forecasts import ModelStockDemand
from navswap.features.swapping.domain.hold_times import HoldQuestion
from navswap.features.swapping.domain.outages import NO_OUTAGE_FORECAST
from navswap.features.swapping.domain.promises import DemandForecast
from navswap.features.swapping.service import ModelDemand, ModelHolds, ModelOutages, UsualHolds
from navswap.features.traffic.domain.outlook import RoadsAhead
from navswap.features.traffic.service import ModelZones
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.kit.roads import free_roads
from navswap.ml.folders import delivered_models
from navswap.ml.forecaster import Forecaster
from navswap.ml.history import History
from navswap.ml.serving import Models
from navswap.settings import Settings
from navswap.simulation.engine.asked_models import AskedModels, Memory
from navswap.simulation.engine.depots import DEPOT_ID
from navswap.simulation.engine.modelled import (
    ModelledOutages,
    modelled_advice,
    modelled_hold,
    modelled_roads,
)
from navswap.simulation.engine.modelled_reserve import modelled_issues, modelled_storage
from navswap.simulation.engine.simulation import DAY_MINUTES, RunOptions, RunResult, Simulation
from navswap.simulation.offline import OfflineOptions, as_table
from navswap.simulation.policies import POLICIES
from navswap.simulation.tournament.tournament import TournamentOptions, run_tournament
from navswap.simulation.tournament.work import Setting
from navswap.simulation.warm_up import LOOKED_AT, WARM_UP_DAYS, Warmed, simulation_of
from navswap.simulation.world.effects import DemandChange
from navswap.simulation.world.scenario import Scenario
from tests.support.city import city_of

pytestmark = pytest.mark.xdist_group("models_city")  # one worker warms the city up

SEEDS = Path(__file__).parents[2] / "seeds"
CITY = city_of(2)
OPTIONS = RunOptions(days=1, seed=3, warm_up_days=WARM_UP_DAYS)
MORNING = (WARM_UP_DAYS + 9 / 24) * DAY_MINUTES


@cache
def models() -> Models:
    return Models.load(delivered_models())


@cache
def warmed() -> Warmed:
    return Warmed.live(CITY, OPTIONS, Scenario(), models())


@cache
def lived(policy: str) -> RunResult:
    """Return what the day after the warm-up came to under a policy."""
    return warmed().under(POLICIES[policy]).live()


def outcome(result: RunResult) -> str:
    """Return all that a run came to, to the last bit."""
    return repr(dataclasses.replace(result, seconds=0.0))


def test_the_same_seed_gives_the_same_run_whether_its_warm_up_was_shared_or_not() -> None:
    alone = simulation_of(POLICIES["models"], CITY, OPTIONS, Scenario(), models()).live()
    assert outcome(lived("models")) == outcome(alone)


def test_policies_go_on_from_one_city_and_meet_the_same_riders() -> None:
    runs = [warmed().under(POLICIES[name]) for name in ("models", "rules", "do-nothing")]
    stocks = [
        [[bay.pack for bay in station.bays] for station in simulation.run.stations] for simulation in runs
    ]
    assert stocks[0] == stocks[1] == stocks[2]
    riders = [
        [
            (visit.key, visit.asked_at, visit.soc_percent, visit.patience_minutes)
            for visit in simulation._visits_of(WARM_UP_DAYS)
        ]
        for simulation in runs
    ]
    assert riders[0] == riders[1] == riders[2]
    assert len(riders[0]) > 20


def test_only_the_days_after_the_warm_up_count() -> None:
    result = lived("nearest")
    assert len(result.series.swaps) == 24
    assert sum(result.series.swaps) == result.kpis.swaps
    assert result.kpis.energy_kwh == pytest.approx(sum(result.series.kwh))
    assert result.model_calls is None


def test_models_decide_otherwise_than_the_rules() -> None:
    modelled, ruled = lived("models"), lived("rules")
    assert modelled.kpis.riders == ruled.kpis.riders
    assert outcome(modelled) != outcome(dataclasses.replace(ruled, policy="models"))


def test_without_a_week_of_past_it_is_decided_as_by_the_rules_and_said() -> None:
    options = RunOptions(days=1, seed=3)
    modelled = simulation_of(POLICIES["models"], CITY, options, Scenario(), models()).live()
    ruled = simulation_of(POLICIES["rules"], CITY, options, Scenario(), None).live()
    assert modelled.kpis == ruled.kpis
    assert modelled.series == ruled.series
    assert modelled.model_calls == 0
    assert "no model answered" in str(as_table(modelled).caption)


def test_models_are_asked_in_batches_however_many_riders_there_are() -> None:
    scenario = Scenario(demand=(DemandChange(factor=5.0),))
    city = city_of(1)
    busy = simulation_of(POLICIES["models"], city, OPTIONS, scenario, models()).live()
    most = 16 * 24  # an hour four times for swaps, for work, for what to move and for the roads
    ordinary = lived("models")
    for result in (busy, ordinary):
        calls = {name: asked.calls for name, asked in result.asked.items()}
        assert result.model_calls == sum(calls.values())
        assert calls.pop("arrival") <= result.kpis.riders, "a hold asks when it is given"
        assert 0 < sum(calls.values()) <= most
    assert busy.kpis.riders > most / 2


def test_a_run_says_for_how_much_each_model_answered_and_the_rule() -> None:
    result = lived("models")
    assert set(result.asked) >= {"load", "arrival", "staff_diversion"}
    for name in ("load", "arrival", "staff_diversion"):
        assert result.asked[name].by_model > 0
    assert f"arrival {_share(result, 'arrival')}" in str(as_table(result).caption)
    young = simulation_of(POLICIES["models"], CITY, RunOptions(days=1, seed=3), Scenario(), models()).live()
    assert {asked.by_model for asked in young.asked.values()} == {0}
    assert young.asked["arrival"].by_rule > 0


def _share(result: RunResult, name: str) -> str:
    asked = result.asked[name]
    return f"{asked.by_model / (asked.by_model + asked.by_rule):.0%}"


async def test_the_twin_holds_packs_as_long_as_production_does_on_the_same_history() -> None:
    simulation = warmed().under(POLICIES["models"])
    run, asked = simulation.run, simulation.run.models
    assert isinstance(asked, AskedModels)
    swapping, usual = run.parameters.swapping, UsualHolds(run.parameters.swapping)
    now = WARM_UP_DAYS * DAY_MINUTES
    production = ModelHolds(forecaster_of(simulation, now), usual, swapping)
    held = set()
    for metres in (100.0, 900.0, 2_400.0, 6_000.0):
        ride = swapping.roads.ride_minutes(metres)
        question = HoldQuestion(run.stations[0].id, "a rider", metres, ride, 1, 0)
        twin = modelled_hold(asked, question, swapping, now)
        assert twin is not None
        assert twin == dataclasses.replace(
            await production.time(question, run.agenda.moment_of(now)), model=twin.model
        )
        held.add(twin.lasts)
    assert len(held) > 1
    stranger = HoldQuestion("no station", "a rider", 900.0, 3.0, 1, 0)
    assert modelled_hold(asked, stranger, swapping, now) is None
    assert asked.asked["arrival"].by_rule == 1


async def test_the_twin_advises_against_a_fault_as_production_does_on_the_same_history() -> None:
    simulation = warmed().under(POLICIES["models"])
    asked = simulation.run.models
    assert isinstance(asked, AskedModels)
    now, parameters = WARM_UP_DAYS * DAY_MINUTES, FaultParameters()
    moment = simulation.run.agenda.moment_of(now)
    finding = Finding(
        simulation.run.stations[0].id, FaultCode.LATCH_STUCK, FaultSource.TELEMETRY, seen_at=moment, evse_id=1
    )
    fault = raise_fault("F-1", finding, (), moment, "C-1", parameters).fault.after
    ranked = rank_actions(fault.code, {}, parameters)
    counted = Advice(moment, source_of(ranked), ranked)
    assert modelled_advice(asked, fault, counted, parameters, now) == counted, "the rule won in training"

    served = serving("action")
    asked._memory = dataclasses.replace(asked._memory, models=served)
    advice = modelled_advice(asked, fault, counted, parameters, now)
    production = ModelAdvisor(forecaster_of(simulation, now, served), Counted(counted), parameters)
    assert advice == await production.rank(fault, moment)
    assert advice.source is Source.MODEL
    assert (asked.asked["action"].by_model, asked.asked["action"].by_rule) == (1, 1)


async def test_the_twin_stores_and_orders_packs_as_production_does_on_the_same_history() -> None:
    simulation = warmed().under(POLICIES["models"])
    run, asked = simulation.run, simulation.run.models
    assert isinstance(asked, AskedModels)
    now = (WARM_UP_DAYS + 0.5) * DAY_MINUTES
    run.agenda.run_until(now)
    moment = run.agenda.moment_of(now)
    shops = [shop.id for shop in CITY.shops]
    counted = forecast_demand([3, 5, 4], None)
    assert len(modelled_storage(asked, shops, now)) == len(shops)
    assert modelled_issues(asked, "elsewhere", STANDARD_PACK.id, counted, now) == counted

    for name in ("partner_storage", "stock_order"):
        served = serving(name)
        asked._memory = dataclasses.replace(asked._memory, models=served)
        forecaster = forecaster_of(simulation, now, served)
        if name == "partner_storage":
            storage = modelled_storage(asked, shops, now)
            production = await ModelStorage(forecaster, NoStorage()).forecast(
                [shop_of(shop_id) for shop_id in storage], moment
            )
            assert storage == {
                shop_id: dataclasses.replace(forecast, prediction_id="")
                for shop_id, forecast in production.items()
            }
            assert storage
        else:
            ordered = modelled_issues(asked, DEPOT_ID, STANDARD_PACK.id, counted, now)
            stock = ModelStockDemand(ManualClock(moment), forecaster, CountedIssues(counted))
            assert ordered == await stock.forecast(DEPOT_ID, STANDARD_PACK.id, moment.date())
            assert ordered.source is Source.MODEL
        assert asked.asked[name].by_model > 0


async def test_the_twin_ranks_stations_by_the_outages_that_production_expects() -> None:
    simulation = warmed().under(POLICIES["models"])
    run, asked = simulation.run, simulation.run.models
    assert isinstance(asked, AskedModels)
    assert run.forecasts.outages is not None
    now, ids = WARM_UP_DAYS * DAY_MINUTES, [station.id for station in run.stations]
    assert {run.forecasts.outages_at(station.index, now) for station in run.stations} == {NO_OUTAGE_FORECAST}
    assert asked.asked["station_reliability"].by_rule == len(ids), "the rule won in training"

    served = serving("station_reliability")
    asked._memory = dataclasses.replace(asked._memory, models=served)
    outages = ModelledOutages(asked, ids)
    production = ModelOutages(forecaster_of(simulation, now, served))
    twin = {station_id: outages.of(station_id, now) for station_id in ids}
    assert twin == await production.forecast(ids, run.agenda.moment_of(now))
    assert all(forecast.per_day > 0 for forecast in twin.values())


async def test_the_twin_plans_trips_with_the_roads_that_production_expects_of_the_same_history() -> None:
    simulation = warmed().under(POLICIES["models"])
    run, asked = simulation.run, simulation.run.models
    assert isinstance(asked, AskedModels)
    now = (WARM_UP_DAYS + 9 / 24) * DAY_MINUTES
    run.agenda.run_until(now)
    zones = {site.point: site.zone for site in CITY.stations if site.zone is not None}
    twin = modelled_roads(asked, zones, now)
    factors = await ModelZones(forecaster_of(simulation, now)).slow_downs(
        sorted(set(zones.values())), run.agenda.moment_of(now)
    )
    production = RoadsAhead(free_roads, zones, factors).slow_down
    here, there = (site.point for site in CITY.stations)
    assert twin(here, there) == production(here, there) > 1.0, "it is a morning in town"
    assert asked.asked["traffic"].by_model > 0


class NoStorage:
    """A baseline that nothing is left for."""

    async def forecast(self, shops: Sequence[PartnerShop], now: datetime) -> dict[str, StorageForecast]:
        raise AssertionError(f"the model did not answer for {shops} at {now}")


class CountedIssues:
    """A rule that has counted already."""

    def __init__(self, counted: IssuesForecast) -> None:
        self._counted = counted

    async def forecast(self, depot_id: str, model_id: str, today: date) -> IssuesForecast:
        assert (depot_id, model_id) == (DEPOT_ID, STANDARD_PACK.id)
        assert today.year == 2026
        return self._counted


def shop_of(shop_id: str) -> PartnerShop:
    """Return a shop of that id."""
    record = ShopRecord("owner", shop_id, "", "", CITY.shops[0].point, CITY.time_zone, "24/7", 10, 100)
    return new_shop(shop_id, record)


def serving(name: str) -> Models:
    """Return the models with one that serves though its baseline won."""
    loaded = {model.spec.name: model for model in models().all()}
    manifest = loaded[name].manifest
    assert manifest is not None
    forced = dataclasses.replace(manifest, serves_model=True, reasons=(), baseline_heads=())
    return Models(loaded | {name: dataclasses.replace(loaded[name], manifest=forced)})


def forecaster_of(simulation: Simulation, now: float, served: Models | None = None) -> Forecaster:
    """Return what production asks, on what a run remembers."""
    forecaster = Forecaster(Settings(), ManualClock(simulation.run.agenda.moment_of(now)))
    forecaster._models, forecaster._live.history = served or models(), remembered(simulation)
    forecaster._live.ready.set()
    return forecaster


class Counted:
    """A rule that has counted already."""

    def __init__(self, advice: Advice) -> None:
        self._advice = advice

    async def rank(self, fault: Fault, as_of: datetime) -> Advice:
        assert as_of == self._advice.as_of >= fault.raised_at
        return self._advice


async def test_what_the_twin_forecasts_production_forecasts_of_the_same_history() -> None:
    simulation = warmed().under(POLICIES["models"])
    simulation._visits = simulation._visits_of(WARM_UP_DAYS)
    simulation._send_next(WARM_UP_DAYS * DAY_MINUTES, None)
    simulation.run.agenda.run_until(MORNING)
    run, moment = simulation.run, simulation.run.agenda.moment_of(MORNING)
    forecaster = forecaster_of(simulation, MORNING)

    ids = [station.id for station in run.stations]
    hold = run.parameters.swapping.hold
    walk_ins = await ModelDemand(forecaster, NoDemand(), OPTIONS.walk_in_share).forecast(ids, moment, hold)
    assert walk_ins == {
        station.id: run.forecasts.walk_ins(station.index, MORNING) for station in run.stations
    }
    assert {forecast.source for forecast in walk_ins.values()} == {Source.MODEL}

    energy = await ModelEnergy(forecaster, NoSwaps()).forecast(ids, moment, 2)
    for station in run.stations:
        twin = run.forecasts.for_charging(station.index, MORNING, 2, 0.0)
        assert twin.swaps_by_hour == energy[station.id].swaps_by_hour
        assert (twin.source, twin.model) == (Source.MODEL, energy[station.id].model)
    assert sum(sum(each.swaps_by_hour) for each in energy.values()) > 0


def remembered(simulation: Simulation) -> History:
    asked = simulation.run.models
    assert isinstance(asked, AskedModels)
    return asked._memory.history


class NoDemand:
    """A baseline that nothing is left for."""

    async def forecast(
        self, station_ids: Sequence[str], start: datetime, span: timedelta
    ) -> dict[str, DemandForecast]:
        raise AssertionError(f"the model did not answer for {station_ids} from {start} on, {span}")


class NoSwaps:
    """A baseline that expects nothing, so that what comes out is the model's."""

    async def forecast(
        self, station_ids: Sequence[str], now: datetime, hours: int
    ) -> dict[str, EnergyForecast]:
        return {
            station_id: EnergyForecast((0.0,) * hours, 0.0, Source.BASELINE, now)
            for station_id in station_ids
        }


def test_models_do_not_answer_on_a_young_history() -> None:
    simulation = Simulation(
        CITY,
        POLICIES["models"],
        RunOptions(days=1, seed=3),
        memory=Memory(models(), History(LOOKED_AT, CITY.time_zone)),
    )
    asked = simulation.run.models
    assert asked is not None
    assert asked.answers("load", [CITY.stations[0].id], [timedelta(minutes=15)], 0.0) == {}


def test_another_policy_begins_only_after_one_that_operates_nothing() -> None:
    simulation = Simulation(CITY, POLICIES["rules"], OPTIONS)
    with pytest.raises(ValueError, match="no other policy can begin"):
        simulation.begin(POLICIES["nearest"])


def test_a_scenario_counts_its_days_from_the_end_of_the_warm_up() -> None:
    later = Scenario(demand=(DemandChange(factor=1.4, from_day=1, until_day=2),)).later(8)
    assert (later.demand[0].from_day, later.demand[0].until_day) == (9, 10)
    assert Scenario(demand=(DemandChange(factor=1.4),)).later(8).demand[0].from_day == 8


def test_a_day_below_0_is_one_of_the_warm_up() -> None:
    busy, site = Scenario(demand=(DemandChange(factor=2.0, from_day=-3),)), CITY.stations[0]
    assert [busy.later(8).demand_factor(day, 0.0, site) for day in (4, 5, 8)] == [1.0, 2.0, 2.0]
    assert busy.demand_factor(0, 0.0, site) == 2.0


def test_a_tournament_gives_all_policies_one_past() -> None:
    names = ("nearest", "models", "do-nothing")
    offline = OfflineOptions(SEEDS, days=1, seed=3)
    policies = [POLICIES[name] for name in names]
    assert offline.run_options([POLICIES["nearest"]]).warm_up_days == 0
    setting = Setting(CITY, offline.run_options(policies), models=offline.models_for(policies))
    tournament = run_tournament(TournamentOptions(setting, policies, (3,), workers=1))
    assert [record.kpis for record in tournament.records] == [lived(name).kpis for name in names]
