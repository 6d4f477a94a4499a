"""The offline twin: what is simulated is what runs, nothing is lost, and chance is the same whatever is decided."""

import dataclasses
import io
import math
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from navswap.features.packs.domain.values import Pack, PlaceKind
from navswap.features.stations.domain.lifecycle import block
from navswap.features.stations.domain.values import Block, SlotState
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.simulation.engine.bays import NEVER, Bay
from navswap.simulation.engine.choosing import Choice
from navswap.simulation.engine.run import RunParameters
from navswap.simulation.engine.simulation import DAY_MINUTES, RunOptions, Simulation
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit
from navswap.simulation.offline import lost_table, waits_table
from navswap.simulation.policies import POLICIES
from navswap.simulation.warm_up import _Pickler, _Unpickler
from navswap.simulation.world.city import City
from navswap.simulation.world.scenario import Scenario
from tests.support.city import city_of, demonstration_city

CITY = demonstration_city()
SMALL = city_of(6)


def a_run(policy: str = "nearest", *, city: City = SMALL, seed: int = 1, days: int = 1) -> Simulation:
    return Simulation(city, POLICIES[policy], RunOptions(days=days, seed=seed))


def packs_of(simulation: Simulation) -> list[Pack]:
    slots = [bay.pack for station in simulation.run.stations for bay in station.bays if bay.pack is not None]
    return slots + [pack for packs in simulation.riders.packs.values() for pack in packs]


def start_of(simulation: Simulation) -> int:
    return len(packs_of(simulation))


@pytest.mark.parametrize("policy", ["do-nothing", "nearest", "less-demand-first"])
def test_the_same_seed_gives_the_same_result_to_the_last_bit(policy: str) -> None:
    first, again = (asdict(a_run(policy).live()) for _ in range(2))

    del first["seconds"], again["seconds"]
    assert repr(first) == repr(again)


def test_riders_are_shown_the_nearest_stations_that_take_their_packs() -> None:
    having = {
        model.id: [site.slot_models.count(number) > 0 for site in CITY.stations]
        for number, model in enumerate(CITY.pack_models)
    }
    shown = {model_id: set[int]() for model_id in having}
    for visit in a_run(city=CITY)._visits_of(0):
        assert visit.home in visit.near
        assert list(visit.metres) == sorted(visit.metres)
        assert all(having[visit.model.id][index] for index in visit.near)
        shown[visit.model.id] |= set(visit.near)
    counts = {model_id: sum(has) for model_id, has in having.items()}
    assert {model_id: len(indexes) for model_id, indexes in shown.items()} == counts
    assert len(set(counts.values())) > 1


def test_a_rider_who_is_refused_is_given_a_hold_at_the_next_station_that_has_the_packs() -> None:
    simulation = a_run(city=CITY)
    run, riders = simulation.run, simulation.riders
    visit = next(visit for visit in simulation._visits_of(0) if not visit.walks_in and visit.shows_up)
    first, second = (run.stations[index] for index in visit.near[:2])
    for bay in (bay for station in (first, second) for bay in station.bays):
        bay.ready_at = 0.0 if station_has(second, bay) else NEVER
    best = Choice(first, visit.metres[0], None)

    chosen = riders._hold_near(0.0, visit, best)

    assert chosen.station is second is run.stations[visit.station]
    assert list(second.entries) == [visit.entry_id]
    assert run.kpis.refused_holds == 1


def station_has(station: SimStation, bay: Bay) -> bool:
    return any(own is bay for own in station.bays)


def test_a_rider_whom_no_station_can_promise_packs_rides_to_the_best_one() -> None:
    simulation = a_run(city=CITY)
    run, riders = simulation.run, simulation.riders
    visit = next(visit for visit in simulation._visits_of(0) if not visit.walks_in and visit.shows_up)
    for station in run.stations:
        for bay in station.bays:
            bay.ready_at = NEVER
    best = Choice(run.stations[visit.near[0]], visit.metres[0], None)

    assert riders._hold_near(0.0, visit, best) is best
    assert (visit.station, visit.entry_id, run.kpis.refused_holds) == (visit.near[0], None, 1)


def one_who_walks_in(simulation: Simulation, *, ready_here: float) -> tuple[Visit, SimStation]:
    """Return a rider without a hold on the way to a station whose packs are ready at a minute of the run; all others have some."""
    run = simulation.run
    visit = next(visit for visit in simulation._visits_of(0) if visit.walks_in)
    simulation.riders.ask(0.0, visit)
    here = run.stations[visit.station]
    for bay in (bay for station in run.stations for bay in station.bays):
        bay.ready_at = ready_here if station_has(here, bay) else 0.0
    return visit, here


def leading_on(parameters: RunParameters | None = None) -> Simulation:
    policy = dataclasses.replace(POLICIES["nearest"], leads_on=True)
    return Simulation(CITY, policy, RunOptions(parameters=parameters or RunParameters()))


def test_a_rider_who_finds_no_packs_is_led_on_to_a_station_that_has_them() -> None:
    simulation = leading_on()
    run, riders = simulation.run, simulation.riders
    visit, here = one_who_walks_in(simulation, ready_here=NEVER)
    came_at = visit.arrives_at

    riders.arrive(came_at, visit)

    there = run.stations[visit.station]
    assert there is not here
    assert (list(there.entries), here.waiting, run.kpis.led_on) == ([visit.entry_id], [], 1)
    assert visit.arrives_at > came_at
    riders.arrive(visit.arrives_at, visit)
    assert run.kpis.waits[-1] == visit.arrives_at - came_at, "the ride from an empty station is waiting, too"
    assert run.kpis.rides[-1] == came_at - visit.asked_at, "and not ride"
    assert (run.kpis.promised, run.kpis.kept) == (1, 1)


def test_a_rider_waits_where_packs_are_ready_sooner_than_elsewhere() -> None:
    simulation = leading_on()
    visit, here = one_who_walks_in(simulation, ready_here=0.0)
    for bay in here.bays:
        bay.ready_at = visit.arrives_at + 1.0

    simulation.riders.arrive(visit.arrives_at, visit)

    assert (here.waiting, simulation.run.kpis.led_on) == ([visit], 0)


def test_a_rider_is_led_past_a_station_that_cannot_give_a_hold_yet() -> None:
    """It is ranked first, since its packs are charged by then; but no hold is given on them, and another station gives one."""
    first, again = (
        leading_on(RunParameters(swapping=SwappingParameters(scarce_minutes=0.0))) for _ in range(2)
    )
    led, _ = one_who_walks_in(first, ready_here=NEVER)
    first.riders.arrive(led.arrives_at, led)
    visit, here = one_who_walks_in(again, ready_here=NEVER)
    charging = again.run.stations[led.station]
    for bay in charging.bays:
        bay.ready_at = visit.arrives_at + 0.1

    again.riders.arrive(visit.arrives_at, visit)

    there = again.run.stations[visit.station]
    assert there not in {here, charging}
    assert list(there.entries) == [visit.entry_id]


def test_no_rider_is_led_on_who_has_looked_at_no_app() -> None:
    simulation = a_run(city=CITY)
    visit, here = one_who_walks_in(simulation, ready_here=NEVER)

    simulation.riders.arrive(visit.arrives_at, visit)

    assert (here.waiting, simulation.run.kpis.led_on) == ([visit], 0)


def test_who_loses_a_hold_on_the_way_is_led_on_from_the_station_or_lost_at_once() -> None:
    for simulation, lost in ((leading_on(), 0), (a_run(city=CITY), 1)):
        run, riders = simulation.run, simulation.riders
        visit = next(visit for visit in simulation._visits_of(0) if not visit.walks_in and visit.shows_up)
        riders.ask(0.0, visit)
        station = run.stations[visit.station]
        riders.lose_hold(1.0, station, station.entries[visit.entry_id or ""])
        for bay in station.bays:
            bay.ready_at = NEVER

        riders.arrive(visit.arrives_at, visit)

        assert (len(run.kpis.lost), run.kpis.led_on) == (lost, 1 - lost)
    assert [(one.reason, one.packs, one.walked_in) for one in run.kpis.lost] == [
        ("hold broken", visit.packs, False)
    ]


def test_another_seed_gives_another_day() -> None:
    assert a_run(seed=1).live().kpis != a_run(seed=2).live().kpis


def test_policies_meet_the_same_riders() -> None:
    days = [
        [
            (visit.key, visit.asked_at, visit.soc_percent, visit.patience_minutes, visit.slow_ride)
            for visit in a_run(policy)._visits_of(0)
        ]
        for policy in ("do-nothing", "nearest", "less-demand-first")
    ]

    assert days[0] == days[1] == days[2]
    assert len(days[0]) > 100


@settings(max_examples=3, deadline=None)
@given(
    seed=some.integers(0, 10_000), policy=some.sampled_from(["do-nothing", "nearest", "less-demand-first"])
)
def test_packs_are_conserved_at_every_event(seed: int, policy: str) -> None:
    simulation = a_run(policy, city=city_of(2, seed), seed=seed)
    at_first = start_of(simulation)
    simulation._visits = simulation._visits_of(0)
    simulation._send_next(0.0, None)
    agenda, seen = simulation.run.agenda, 0

    while agenda.next_minute < DAY_MINUTES:
        agenda.step()
        packs = packs_of(simulation)
        serials = Counter(pack.id for pack in packs)
        assert max(serials.values()) == 1, "a pack is in two places"
        assert len(packs) == at_first + simulation.run.wear.entered, "a pack vanished or came from nowhere"
        seen += 1

    assert seen > 100
    for station in simulation.run.stations:
        for bay in station.bays:
            if bay.pack is not None:
                place = bay.pack.place
                assert (place.kind, place.holder_id, place.evse_id) == (
                    PlaceKind.SLOT,
                    station.id,
                    bay.evse_id,
                )


def test_a_hold_is_kept_by_its_packs_and_nothing_is_held_for_a_hold_that_ended() -> None:
    simulation = a_run("nearest", city=city_of(3))
    simulation._visits = simulation._visits_of(0)
    simulation._send_next(0.0, None)
    while simulation.run.agenda.next_minute < DAY_MINUTES / 2:
        simulation.run.agenda.step()

    for station in simulation.run.stations:
        held = {
            bay.pack.held_by: bay.pack.id
            for bay in station.bays
            if bay.pack is not None and bay.pack.held_by is not None
        }
        assert set(held) == set(station.entries)
        for entry in station.entries.values():
            assert held[entry.id] in entry.serial_numbers


def test_no_feeder_is_overdrawn() -> None:
    simulation = a_run("less-demand-first", city=city_of(4))
    simulation._visits = simulation._visits_of(0)
    simulation._send_next(0.0, None)
    most = 0.0
    while simulation.run.agenda.next_minute < DAY_MINUTES:
        simulation.run.agenda.step()
        for station in simulation.run.stations:
            drawn = sum(bay.power_kw for bay in station.bays)
            assert drawn <= station.available_kw + 1e-9
            most = max(most, drawn / station.available_kw)

    assert most > 0.5


def test_every_step_of_a_rider_is_one_of_the_domains() -> None:
    called: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and "/features/" in frame.f_code.co_filename:
            folder = Path(frame.f_code.co_filename)
            called[f"{folder.parts[-3]}.{folder.stem}.{frame.f_code.co_name}"] += 1

    simulation = a_run("nearest", city=city_of(2))
    sys.setprofile(count)
    try:
        result = simulation.live()
    finally:
        sys.setprofile(None)

    swaps = result.kpis.swaps
    assert swaps > 50
    assert called["swapping.lifecycle.complete"] == swaps
    assert called["packs.custody.hand_out"] == called["packs.custody.take_in"] >= swaps
    assert called["swapping.lifecycle.verify"] >= swaps
    assert called["swapping.lifecycle.confirm"] == result.facts["swapping.queue_entry.confirmed"]
    assert called["packs.custody.hold"] >= called["swapping.lifecycle.confirm"]
    assert called["swapping.lifecycle.arrive"] >= swaps / 2
    assert called["swapping.promises.require_promise"] >= called["swapping.lifecycle.confirm"]


def test_figures_add_up() -> None:
    result = a_run("nearest", city=SMALL, days=2).live()
    kpis, facts = result.kpis, result.facts

    assert kpis.swaps == facts["swapping.swap.completed"]
    assert 0 <= kpis.lost_percent < 50
    assert kpis.mean_wait_minutes >= 0
    assert 0 < kpis.mean_ride_minutes < 60
    assert 80 <= kpis.mean_soc_out_percent <= 100
    assert kpis.energy_kwh > 0
    assert kpis.energy_cost > kpis.energy_kwh
    assert not math.isnan(kpis.promises_kept_percent)
    # each pack that was handed out came back with less: what was charged is of the order of what was ridden
    assert 0.2 * kpis.swaps < kpis.energy_kwh < 3 * kpis.swaps


def test_who_is_lost_is_listed_with_the_hour_the_packs_and_the_reason() -> None:
    result = a_run("do-nothing", city=city_of(20)).live()

    assert len(result.lost) == sum(result.series.lost) > 0
    assert [one.minute for one in result.lost] == sorted(one.minute for one in result.lost)
    table = lost_table(result, city_of(20))
    assert table.row_count == len(result.lost)
    reasons = set(table.columns[-1].cells)
    assert reasons <= {"patience", "no station", "hold broken"}


def test_what_riders_waited_for_adds_up_to_all_waiting() -> None:
    city = city_of(20)
    result = a_run("rules", city=city).live()

    kinds = {
        "ride": sum(wait.ride_minutes for wait in result.waited),
        "kiosk": sum(wait.kiosk_minutes for wait in result.waited),
        "packs": sum(wait.packs_minutes for wait in result.waited),
    }
    served = result.facts["swapping.queue_entry.verified"]
    assert sum(kinds.values()) == pytest.approx(result.kpis.mean_wait_minutes * served)
    assert kinds["kiosk"] > 0
    assert all(min(wait[-3:]) >= -1e-9 and sum(wait[-3:]) > 0 for wait in result.waited)
    table = waits_table(result, city)
    assert [*table.columns[0].cells][-1] == "all"
    assert [*table.columns[1].cells][-1] == f"{len(result.waited):,}"


def test_riders_come_back_so_that_memory_does_not_grow_with_the_days() -> None:
    simulation = a_run("nearest", days=3, city=city_of(3))
    result = simulation.live()

    assert simulation.run.wear.entered < result.kpis.riders / 2
    assert all(hour >= 48 for _, hour in simulation.run.forecasts._known)
    assert all(step >= 48 * 4 for _, step in simulation.run._opening)
    assert len(simulation.riders._visits) <= sum(len(station.entries) for station in simulation.run.stations)


def test_without_commands_from_afar_people_repair_everything() -> None:
    result = a_run("nearest", city=CITY, days=2, seed=5).live()

    assert result.facts["faults.ticket.opened"] >= result.facts["faults.ticket.resolved"] > 0
    assert result.kpis.staff_minutes > 0


def test_a_city_can_be_kept_and_gone_on_with_while_a_technician_is_on_the_way() -> None:
    simulation = a_run("nearest", city=CITY, seed=5)
    simulation._visits = simulation._visits_of(0)
    simulation._send_next(0.0, None)
    while not simulation.run.facts["faults.ticket.opened"]:
        simulation.run.agenda.step()
    simulation._visits = iter(())  # a city is kept at midnight, when no rider is left to come
    kept = io.BytesIO()
    _Pickler(kept, ()).dump(simulation)
    again = _Unpickler(io.BytesIO(kept.getvalue()), ()).load()
    assert again.faults.open_faults.keys() == simulation.faults.open_faults.keys() != set()
    again.run.agenda.run_until(again.run.agenda.next_minute + 24 * 60)
    assert again.run.facts["faults.ticket.resolved"] >= 1


def test_a_closed_station_moves_its_holds_and_gives_none() -> None:
    scenario = Scenario.model_validate(
        {"closure": ({"stations": (SMALL.stations[0].id,), "from_hour": 10.0, "until_hour": 14.0},)}
    )
    simulation = Simulation(SMALL, POLICIES["nearest"], RunOptions(), scenario)
    simulation._visits = simulation._visits_of(0)
    simulation._changes.plan(0)
    simulation._send_next(0.0, None)
    station, seen = simulation.run.stations[0], 0
    while simulation.run.agenda.next_minute < 14 * 60:
        simulation.run.agenda.step()
        if 10 * 60 < simulation.run.agenda.next_minute < 14 * 60:
            seen += 1
            assert not any(entry.active and entry.state == "CONFIRMED" for entry in station.entries.values())

    assert seen > 10
    assert simulation.run.facts["stations.station.closed"] == 1


def test_a_station_that_fails_during_a_swap_moves_its_rider_on() -> None:
    simulation = a_run("nearest", city=CITY)
    simulation._visits = simulation._visits_of(0)
    simulation._send_next(0.0, None)
    run = simulation.run

    def in_service() -> QueueEntry | None:
        entries = (entry for station in run.stations for entry in station.entries.values())
        return next((entry for entry in entries if entry.state is EntryState.VERIFIED), None)

    while in_service() is None:
        run.agenda.step()
    entry = in_service()
    assert entry is not None
    station = run.station_of[entry.station_id]
    now = run.agenda.next_minute - 1e-6
    broken = Block("fault-1", SlotState.FAULTED)
    station.value = block(station.value, broken)
    simulation.faults._holds.reassign(now, station, "fault-1")

    run.agenda.run_until(now + 120)
    assert entry.id not in station.entries
    assert run.facts["swapping.queue_entry.moved"] + run.facts["swapping.queue_entry.compensated"] >= 1
    assert len(packs_of(simulation)) == len({pack.id for pack in packs_of(simulation)})
