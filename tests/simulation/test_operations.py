"""Planned charging and rebalancing of the twin: what holds at every event of a day."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import CodeType, FrameType
from typing import Any

import pytest

from navswap.features.energy.domain import lifecycle as energy_lifecycle
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.readiness import minutes_until_ready
from navswap.features.logistics.domain import job_lifecycle, matching, offer_lifecycle, planning
from navswap.features.logistics.domain.values import JobState
from navswap.features.packs.domain import custody
from navswap.features.packs.domain.values import PlaceKind
from navswap.simulation.draws import Draws
from navswap.simulation.engine.bays import NEVER
from navswap.simulation.engine.charging import slot_pack
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.engine.tariffs import Tariffs
from navswap.simulation.engine.transport import Transport
from navswap.simulation.engine.vehicles import Fate, Habits, vehicles_of
from navswap.simulation.policies import POLICIES
from navswap.simulation.world.effects import Outage, PriceChange
from navswap.simulation.world.people import PeopleParameters
from navswap.simulation.world.scenario import Scenario
from tests.support.city import city_of

DAY_MINUTES = 1440.0
RULES = POLICIES["rules"]
Check = Callable[[float], None]


def a_run(
    stations: int = 6, seed: int = 1, *, scenario: Scenario | None = None, rebalances: bool = True
) -> Simulation:
    policy = replace(RULES, rebalances=rebalances)
    return Simulation(city_of(stations), policy, RunOptions(seed=seed), scenario)


def check_after_every_event(run: Simulation, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a check made after each event that is put on the agenda from now on."""
    agenda = run.run.agenda
    plain = agenda.at

    def at(minute: float, handler: Callable[[float, Any], None], about: Any) -> None:
        def handle(now: float, what: Any) -> None:
            handler(now, what)
            check(now)

        plain(minute, handle, about)

    monkeypatch.setattr(agenda, "at", at)


def packs_everywhere(run: Simulation, transport: Transport) -> list[str]:
    """Return the serial numbers of all packs, in slots, with riders and on board."""
    in_slots = [bay.pack.id for station in run.run.stations for bay in station.bays if bay.pack is not None]
    ridden = [pack.id for packs in run.riders.packs.values() for pack in packs]
    return [*in_slots, *ridden, *(pack.id for pack in transport.packs_on_board)]


def live_until(run: Simulation, minute: float) -> None:
    """Live through the first part of the first day without riders."""
    if run.run.agenda.handled == 0:
        run._changes.plan(0)
    run.run.agenda.run_until(minute)


def with_habits(run: Simulation, habits: Habits) -> Transport:
    """Rebalance a run that does not, with transporters of such habits."""
    transport = Transport(run.run, run.riders, habits)
    transport.start()
    return transport


@pytest.mark.parametrize(
    "habits",
    [
        Habits(),
        Habits(breaks_down=0.5, abandons=0.3),
        Habits(PeopleParameters(transporter=0.4, answer_minutes=1.0)),
    ],
    ids=["ordinary", "unreliable", "unwilling"],
)
def test_no_pack_is_lost_or_doubled_at_any_event(habits: Habits, monkeypatch: pytest.MonkeyPatch) -> None:
    dark = tuple(site.id for site in city_of(6).stations[:2])
    run = a_run(scenario=Scenario(outage=(Outage(from_hour=6, stations=dark),)), rebalances=False)
    transport = with_habits(run, habits)
    began = len(packs_everywhere(run, transport))
    moved = 0

    def check(now: float) -> None:  # noqa: ARG001 - as the agenda calls it
        nonlocal moved
        packs = packs_everywhere(run, transport)
        assert len(packs) == len(set(packs)) == began + run.run.wear.entered
        for vehicle in transport.book.vehicles:
            assert all(
                pack.place.kind is PlaceKind.TRANSPORTER and pack.place.holder_id == vehicle.transporter.id
                for pack in vehicle.on_board.values()
            )
        moved = max(moved, len(transport.packs_on_board))

    check_after_every_event(run, check, monkeypatch)
    run.live()
    assert moved > 0


@pytest.mark.parametrize("at_once", [False, True])
def test_chargers_never_draw_more_than_the_feeder_gives_them(
    at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(from_hour=7, until_hour=9, power_share=0.2)
    run = Simulation(
        city_of(8),
        RULES,
        RunOptions(plans_at_once=at_once),
        Scenario(title="a weak feeder", outage=(outage,)),
    )
    drew = 0.0

    def check(now: float) -> None:
        nonlocal drew
        for station in run.run.stations:
            power = sum(bay.power_kw for bay in station.bays)
            assert power <= station.available_kw + 1e-9
            if 7 * 60 < now < 9 * 60:
                assert station.available_kw <= 0.2 * station.feeder_kw + 1e-9
            drew = max(drew, power)

    check_after_every_event(run, check, monkeypatch)
    result = run.live()
    assert drew > 0
    assert result.kpis.swaps > 0


def test_rules_charge_when_energy_is_cheaper() -> None:
    prices = {}
    for name in ("nearest", "rules"):
        kpis = Simulation(city_of(6), POLICIES[name], RunOptions()).live().kpis
        prices[name] = kpis.energy_cost / kpis.energy_kwh
    assert prices["rules"] < 0.99 * prices["nearest"]


def test_the_same_seed_gives_the_same_day_to_the_last_digit() -> None:
    first, again, other = (a_run(seed=seed).live() for seed in (5, 5, 6))
    assert (first.kpis, first.facts, first.events) == (again.kpis, again.facts, again.events)
    assert first.kpis != other.kpis


def test_a_held_pack_is_charged_in_a_dear_hour_while_the_others_wait_for_a_cheap_one() -> None:
    city = city_of(60)
    site = next(site for site in city.stations if site.tariff == "COM-TOD")
    run = Simulation(city.with_stations([site], "one station"), POLICIES["rules"], RunOptions())
    [station], dear = run.run.stations, 21 * 60.0
    assert run.charging is not None
    moment = run.run.agenda.moment_of(dear)
    for bay in station.bays:
        if bay.pack is not None:
            bay.soc, bay.since, bay.power_kw = 95.0, dear, 0.0
    held, other = [bay for bay in station.bays if bay.pack is not None][:2]
    held.soc = other.soc = 70.0
    assert held.pack is not None
    held.pack = replace(held.pack, held_by="entry", reported_at=moment)
    run.charging.change(dear, station)  # other packs are there: what has changed waits for the quarter
    run.charging.plan(dear, station)
    assert held.power_kw == pytest.approx(held.charger_kw, abs=0.3)
    assert other.power_kw == 0.0
    assert dear < held.ready_at <= dear + EnergyParameters().hold / timedelta(minutes=1)
    assert other.ready_at > dear + 60


def test_a_pack_that_came_since_the_plan_draws_what_the_slice_assumes_of_it() -> None:
    run = a_run(1, rebalances=False)
    [station], now = run.run.stations, 20.0
    assert run.charging is not None
    run.run.agenda.run_until(now)
    bay = next(bay for bay in station.bays if bay.pack is not None and bay.ready_at <= now)
    assert bay.pack is not None
    pack = replace(bay.pack, id="new", soc_percent=30.0)
    bay.take()
    bay.put(pack, now, station.promised_soc_percent)
    station.share_power(now)
    minutes = minutes_until_ready(
        slot_pack(bay), run.charging.energy_of(station), EnergyParameters(), run.run.agenda.moment_of(now)
    )
    assert bay.power_kw > 0
    assert bay.ready_at - now == pytest.approx(minutes, rel=1e-6)


def test_a_cut_feeder_becomes_a_shed_and_ends_with_the_outage() -> None:
    outage = Outage(from_hour=2, until_hour=5)
    run = a_run(2, scenario=Scenario(title="blackout", outage=(outage,)))
    station = run.run.stations[0]
    assert run.charging is not None
    agenda = run.run.agenda
    live_until(run, 150.0)
    order = run.charging.energy_of(station).shed
    assert order is not None
    assert order.limit_kw == 0.0
    assert all(bay.power_kw == 0.0 for bay in station.bays)
    assert all(bay.ready_at <= 150.0 or bay.ready_at >= 240.0 for bay in station.bays)
    live_until(run, 320.0)
    after = run.charging.energy_of(station).shed
    assert after is None or after.ends_at <= agenda.moment_of(320.0) or after.limit_kw == station.feeder_kw
    assert any(bay.power_kw > 0.0 for bay in station.bays) or all(
        bay.soc > 80 for bay in station.bays if bay.pack
    )


def test_a_feeder_has_its_power_back_at_the_very_end_of_every_outage() -> None:
    """A day and a minute added and taken apart again may lie a hair before the end, at which nothing looks twice."""
    run = Simulation(city_of(6), RULES, RunOptions(days=402))
    feeders, ended = run._changes._feeders, 0
    for day in range(400):
        for event in sorted(feeders.events(day), key=lambda each: each.until_minute):
            later = feeders.power_share(event.station, day, event.until_minute + 0.01)
            station = run.run.stations[event.station]
            run._changes._feed(day * 1440 + event.until_minute, station)
            assert station.shed_kw == station.feeder_kw * later
            ended += 1
    assert ended > 20


def test_what_a_transporter_answers_depends_on_who_it_is_and_on_the_job_alone() -> None:
    run = a_run(30)
    assert run.transport is not None
    vehicles = run.transport.book.vehicles
    origin = run.run.city.stations[0].point
    fates = [Fate(Draws(9), Habits()), Fate(Draws(9), Habits())]
    fates[1].answer(vehicles[0], 77, origin)
    fates[1].slowness(vehicles[1], 3, 1)
    answers = [
        [fate.answer(vehicle, job, origin) for vehicle in vehicles for job in range(40)] for fate in fates
    ]
    assert answers[0] == answers[1]
    counted = Counter(answer.accepts for answer in answers[0])
    assert counted[True] > counted[False] > 0
    assert len({answer.after_minutes for answer in answers[0]}) == len(answers[0])
    assert [vehicle.key for vehicle in vehicles] == [
        vehicle.key
        for vehicle in vehicles_of(
            run.run.city.transporters, [vehicle.transporter for vehicle in vehicles], run.run.draws
        )
    ]


def test_a_job_that_nobody_fetches_is_opened_again_and_fails_in_the_end() -> None:
    run = a_run(16, rebalances=False)
    transport = with_habits(run, Habits(abandons=1.0))
    facts = run.live().facts
    assert facts["logistics.job.opened"] > facts["logistics.job.failed"], "some were opened again"
    assert facts["logistics.job.failed"] == transport.book.ended[JobState.FAILED] > 0
    assert "logistics.job.delivered" not in facts
    assert transport.packs_on_board == []


def test_the_domain_decides_every_step() -> None:
    expected: dict[CodeType, str] = {
        function.__code__: function.__name__
        for function in (
            energy_lifecycle.plan,
            planning.make_plan,
            planning.open_jobs,
            matching.match,
            offer_lifecycle.make,
            offer_lifecycle.end,
            job_lifecycle.offer,
            job_lifecycle.accept,
            job_lifecycle.pick_up,
            job_lifecycle.deliver,
            custody.load,
            custody.unload,
        )
    }
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001 - as the profiler calls it
        if event == "call" and (name := expected.get(frame.f_code)) is not None:
            calls[name] += 1

    run = a_run(8)
    sys.setprofile(count)
    try:
        result = run.live()
    finally:
        sys.setprofile(None)
    assert set(calls) == set(expected.values())
    assert run.charging is not None
    assert run.charging.plans >= calls["plan"] > 0
    assert calls["make_plan"] == result.facts["logistics.plan.made"]
    assert calls["load"] >= result.kpis.packs_moved
    assert calls["accept"] == result.facts["logistics.job.accepted"]


def test_what_no_plan_charges_is_never_said_to_be_ready() -> None:
    run = a_run(3)
    run.live()
    for station in run.run.stations:
        for bay in station.bays:
            if bay.pack is not None and bay.ready_at <= DAY_MINUTES < NEVER:
                assert bay.soc_at(DAY_MINUTES) >= station.promised_soc_percent - 1e-9


def drawn_by_hour(*prices: PriceChange) -> list[float]:
    """Return what six stations draw in each hour of two days, kWh."""
    scenario = Scenario(title="prices", price=prices)
    run = Simulation(city_of(6), RULES, RunOptions(days=2), scenario)
    run.live()
    return run.run.energy.kwh_by_hour


def test_plans_charge_less_while_a_scenario_makes_energy_dear() -> None:
    dear = drawn_by_hour(PriceChange(from_day=1, from_hour=10, until_hour=16, factor=9.0))
    plain = drawn_by_hour()
    assert dear[:24] == plain[:24]  # the prices of a day are known from its midnight on
    assert sum(dear[24 + 10 : 24 + 16]) < 0.9 * sum(plain[24 + 10 : 24 + 16])
    assert sum(dear[24 : 24 + 10]) > 1.1 * sum(plain[24 : 24 + 10])


def test_a_price_change_of_another_tariff_changes_no_plan() -> None:
    [of_stations] = {site.tariff for site in city_of(2).stations}
    other = next(tariff for tariff in city_of(2).tariffs if tariff != of_stations)
    scenario = Scenario(title="others", price=(PriceChange(factor=9.0, tariff=other),))
    tariffs = Tariffs(city_of(2), scenario)
    assert tariffs.of(of_stations) == Tariffs(city_of(2), Scenario()).of(of_stations)
    assert tariffs.of(other) != Tariffs(city_of(2), Scenario()).of(other)
    assert tariffs.begin_day(1) == frozenset()
