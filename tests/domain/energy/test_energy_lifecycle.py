"""The energy of a station: planned, shed, derated and measured."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.lifecycle import Planned, Site
from navswap.features.energy.domain.metering import Reading
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.readiness import SlotPack
from navswap.features.energy.domain.tariffs import DayKind, PricePeriod, Tariff
from navswap.features.energy.domain.values import (
    Derating,
    EnergyForecast,
    EnergyStation,
    PlanCause,
    Setpoint,
    Shed,
)
from navswap.features.energy.events import CommandIssued, EnergyStationChanged
from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATION = EnergyStation("S", due_at=NOW)
PARAMETERS = EnergyParameters()
TARIFF = Tariff("flat", "Flat", "UTC", "INR", tuple(PricePeriod(days, 0, 24, 6.0) for days in DayKind))
LARGE = PackModel("NS-72", capacity_kwh=2.6, voltage_class=72, max_charge_kw=1.4, connector="blade-72")


def a_site(*packs: SlotPack, feeder_limit_kw: float | None = 6.0, tariff: Tariff | None = TARIFF) -> Site:
    forecast = EnergyForecast((0.0,) * 24, PARAMETERS.auxiliary_kw, Source.BASELINE, NOW)
    chargers_kw = sum(pack.model.max_charge_kw for pack in packs)
    return Site(packs, chargers_kw, feeder_limit_kw, "stock", tariff, forecast)


def a_pack(evse_id: int, soc_percent: float = 40.0, **fields: object) -> SlotPack:
    pack = SlotPack(f"P{evse_id}", evse_id, soc_percent, soh_percent=100.0, model=STANDARD_PACK)
    return replace(pack, **fields)  # type: ignore[arg-type]  # fields of a SlotPack


def planned(station: EnergyStation, site: Site, now: datetime = NOW) -> Planned:
    return lifecycle.plan(station, site, PARAMETERS, "plan-1", now)


def ordered(limit_kw: float, *, hours: float = 1.0) -> Shed:
    return lifecycle.order_shed(limit_kw, NOW + hours * HOUR, " Sag ", "admin", NOW)


def test_a_plan_says_what_each_charger_draws_and_what_it_was_made_from() -> None:
    site = a_site(a_pack(1), a_pack(2, 95.0))
    decision = planned(STATION, site)
    plan, station = decision.plan, decision.station.after
    assert (plan.id, plan.station_id, plan.cause, plan.made_at) == ("plan-1", "S", PlanCause.SCHEDULE, NOW)
    assert (plan.tariff_id, plan.currency, plan.forecast) == ("flat", "INR", site.forecast)
    assert plan.schedule.cost == pytest.approx(plan.schedule.energy_kwh * 6.0)
    assert (station.plan_id, station.planned_stock, station.limit_kw) == ("plan-1", "stock", 6.0)
    assert (station.revision, station.due_at) == (1, plan.schedule.steps[0].ends_at)
    assert decision.station.facts == (CommandIssued(station, station.setpoints, ()),)


def test_a_plan_that_changes_no_charger_commands_nothing() -> None:
    charging = planned(STATION, a_site(a_pack(1))).station.after
    again = planned(charging, a_site(a_pack(1))).station
    assert again.facts == (EnergyStationChanged(again.after),)
    gone = planned(charging, a_site()).station
    assert gone.facts == (CommandIssued(gone.after, (Setpoint(1, 0.0),), ()),)


def test_capacity_and_power_are_those_of_the_model_and_the_health() -> None:
    worn = a_pack(1, model=LARGE, soh_percent=50.0)
    [pack] = planned(STATION, a_site(worn)).plan.schedule.packs
    assert (pack.capacity_kwh, pack.charger_kw) == (1.3, 1.4)


def needed(site: Site) -> dict[str, datetime | None]:
    return {pack.serial_number: pack.needed_at for pack in planned(STATION, site).plan.schedule.packs}


def test_packs_of_one_model_are_no_reserve_of_another() -> None:
    small = [a_pack(number, 95.0) for number in range(1, 7)]
    large = [a_pack(7, 70.0, model=LARGE), a_pack(8, 60.0, model=LARGE), a_pack(9, 50.0, model=LARGE)]

    assert needed(a_site(*small, *large)) == {
        **dict.fromkeys([pack.serial_number for pack in small]),
        "P7": NOW,
        "P8": NOW + HOUR,
        "P9": None,
    }


def test_each_model_has_its_share_of_the_swaps_forecast() -> None:
    small = [a_pack(number, 95.0 if number < 4 else 40.0) for number in range(1, 7)]
    large = [a_pack(number, 95.0 if number < 9 else 40.0, model=LARGE) for number in range(7, 10)]
    site = a_site(*small, *large)
    busy = replace(site, forecast=replace(site.forecast, swaps_by_hour=(3.0, *(0.0,) * 23)))

    due = needed(busy)

    assert [due[f"P{number}"] for number in range(4, 7)] == [NOW + HOUR, NOW + HOUR, None]
    assert due["P9"] == NOW + HOUR


@pytest.mark.parametrize(
    ("largest", "due"), [({LARGE.id: 3}, 5), ({LARGE.id: 2}, 4), ({LARGE.id: 1}, 3), ({}, 3), (None, 3)]
)
def test_where_a_vehicle_takes_several_packs_those_of_two_are_kept_ready(
    largest: dict[str, int] | None, due: int
) -> None:
    large = [a_pack(number, 70.0 - number, model=LARGE) for number in range(1, 6)]
    site = replace(a_site(*large), largest_visits=largest)

    assert [by is not None for by in needed(site).values()] == [True] * due + [False] * (5 - due)


def test_a_feeder_of_unknown_limit_bears_all_chargers_at_once() -> None:
    packs = [a_pack(1, is_held=True), a_pack(2, model=LARGE, is_held=True)]
    decision = planned(STATION, a_site(*packs, feeder_limit_kw=None))
    assert decision.plan.schedule.steps[0].limit_kw == pytest.approx(0.9 + 1.4)
    assert decision.station.after.limit_kw is None


def test_a_held_pack_is_ready_before_its_hold_ends_and_one_that_cannot_be_is_reported() -> None:
    packs = [a_pack(1, 70.0, is_held=True), a_pack(2, 10.0, is_held=True)]
    decision = planned(STATION, a_site(*packs))
    assert {pack.ready_at for pack in decision.plan.schedule.packs} == {NOW + PARAMETERS.hold}
    assert decision.plan.schedule.late_promises == ("P2",)
    [fact] = decision.station.facts
    assert isinstance(fact, CommandIssued)
    assert fact.late_promises == ("P2",)


def test_a_shed_limits_the_station_until_it_ends_and_ends_by_itself() -> None:
    site = a_site(*(a_pack(slot) for slot in range(1, 7)))
    usual = planned(STATION, site).station.after
    order = ordered(1.0)
    decision = lifecycle.shed(usual, order, site, PARAMETERS, "plan-2")
    shed = decision.station.after
    assert decision.plan.cause is PlanCause.SHED
    assert (shed.shed, shed.limit_kw) == (order, 1.0)
    assert shed.charging_kw <= 1.0 - PARAMETERS.auxiliary_kw < usual.charging_kw
    assert planned(shed, site, NOW + HOUR / 2).station.after.shed == order
    after = planned(shed, site, NOW + HOUR).station.after
    assert (after.shed, after.limit_kw) == (None, 6.0)


def test_a_shed_never_raises_what_the_feeder_gives() -> None:
    decision = lifecycle.shed(STATION, ordered(8.0), a_site(a_pack(1)), PARAMETERS, "plan-2")
    assert decision.station.after.limit_kw == 6.0


@pytest.mark.parametrize(
    ("limit_kw", "minutes", "reason", "field"),
    [
        (-1.0, 10, "Sag", "limitKw"),
        (float("nan"), 10, "Sag", "limitKw"),
        (1000.1, 10, "Sag", "limitKw"),
        (1.0, 0, "Sag", "endsAt"),
        (1.0, 1441, "Sag", "endsAt"),
        (1.0, 10, " ", "reason"),
        (1.0, 10, "x" * 201, "reason"),
    ],
)
def test_an_impossible_shed_is_refused(limit_kw: float, minutes: int, reason: str, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        lifecycle.order_shed(limit_kw, NOW + timedelta(minutes=minutes), reason, "admin", NOW)
    assert refused.value.field == field


def test_a_derated_charger_draws_less_until_its_own_fault_is_over() -> None:
    site = a_site(a_pack(1, is_held=True), a_pack(2, is_held=True))
    derated = lifecycle.derate(replace(STATION, due_at=NOW + HOUR), Derating("F-1", 1), NOW)
    assert derated.facts == (EnergyStationChanged(derated.after),)
    assert derated.after.due_at == NOW
    assert not lifecycle.derate(derated.after, Derating("F-1", 1), NOW).is_change
    powers = [pack.charger_kw for pack in planned(derated.after, site).plan.schedule.packs]
    assert powers == [0.45, 0.9]
    assert not lifecycle.restore(derated.after, "F-2", NOW).is_change
    restored = lifecycle.restore(derated.after, "F-1", NOW)
    assert (restored.after.derated, restored.after.revision) == ((), 2)


def test_a_fault_of_the_whole_station_derates_all_chargers() -> None:
    station = lifecycle.derate(STATION, Derating("F-1"), NOW).after
    assert station.is_derated(1)
    assert station.is_derated(7)


def test_the_load_is_that_of_the_newest_reading_however_late_another_comes() -> None:
    newest, late = Reading(NOW - HOUR, NOW, 2.0), Reading(NOW - 2 * HOUR, NOW - HOUR, 5.0)
    measured = lifecycle.measure(STATION, [late, newest])
    assert (measured.after.load_kw, measured.after.load_measured_at) == (2.0, NOW)
    again = lifecycle.measure(measured.after, [late])
    assert (again.after, again.is_change) == (measured.after, False)
