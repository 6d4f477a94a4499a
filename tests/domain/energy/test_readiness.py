"""When packs are charged to the promise: by the plan of the station, and by what is left where it says nothing."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.lifecycle import Site
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.readiness import SlotPack, breaks_a_promise, minutes_until_ready
from navswap.features.energy.domain.tariffs import DayKind, PricePeriod, Tariff
from navswap.features.energy.domain.values import (
    Derating,
    EnergyForecast,
    EnergyStation,
    ReadyTime,
    Setpoint,
)
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.forecasts import Source

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PARAMETERS = EnergyParameters()
NEW = EnergyStation("S", due_at=NOW)
AT_FULL_POWER = STANDARD_PACK.minutes_to_gain(10.0)
HALF_KW = STANDARD_PACK.max_charge_kw / 2
LIMIT_KW = 6.0


def a_pack(evse_id: int = 1, soc_percent: float = 70.0, *, is_held: bool = False) -> SlotPack:
    return SlotPack(f"P{evse_id}", evse_id, soc_percent, 100.0, STANDARD_PACK, is_held=is_held)


def a_site(*packs: SlotPack, feeder_limit_kw: float = LIMIT_KW, cheap_from: int | None = None) -> Site:
    """Return a site whose energy costs the same all day, or less from an hour (UTC) on."""
    cut = 24 if cheap_from is None else cheap_from
    periods = [PricePeriod(days, 0, cut, 9.0) for days in DayKind]
    periods += [PricePeriod(days, cut, 24, 3.0) for days in DayKind if cut < 24]
    forecast = EnergyForecast((0.0,) * 24, PARAMETERS.auxiliary_kw, Source.BASELINE, NOW)
    tariff = Tariff("T", "Tariff", "UTC", "INR", tuple(periods))
    return Site(packs, 9.0, feeder_limit_kw, "stock", tariff, forecast)


def planned(site: Site, station: EnergyStation = NEW, now: datetime = NOW) -> EnergyStation:
    return lifecycle.plan(station, site, PARAMETERS, "plan", now).station.after


def until(pack: SlotPack, station: EnergyStation | None, now: datetime = NOW) -> float:
    return minutes_until_ready(pack, station, PARAMETERS, now)


def test_a_charged_pack_is_ready() -> None:
    assert until(a_pack(soc_percent=80.0), None) == 0.0
    assert until(a_pack(soc_percent=95.0), planned(a_site())) == 0.0


@pytest.mark.parametrize("station", [None, NEW])
def test_without_a_plan_a_charger_gives_all_it_can(station: EnergyStation | None) -> None:
    assert until(a_pack(), station) == pytest.approx(AT_FULL_POWER)
    worn = replace(a_pack(), soh_percent=50.0)
    assert until(worn, station) == pytest.approx(AT_FULL_POWER / 2)


def test_a_plan_that_charges_at_once_takes_as_long_as_the_charger() -> None:
    pack = a_pack()
    assert until(pack, planned(a_site(pack))) == pytest.approx(AT_FULL_POWER, abs=0.01)


def test_time_that_passes_is_not_waited_for_again() -> None:
    pack = a_pack()
    station = planned(a_site(pack))
    assert until(pack, station, NOW + 5 * MINUTE) == pytest.approx(AT_FULL_POWER - 5, abs=0.01)


def test_a_shed_lengthens_what_the_plan_says() -> None:
    pack = a_pack()
    order = lifecycle.order_shed(PARAMETERS.auxiliary_kw, NOW + 30 * MINUTE, "Sag", "admin", NOW)
    shed = lifecycle.shed(NEW, order, a_site(pack), PARAMETERS, "plan").station.after
    assert until(pack, shed) == pytest.approx(30 + AT_FULL_POWER, abs=0.01)


def test_a_derated_charger_takes_longer_by_the_next_plan_and_without_one() -> None:
    pack, derated = a_pack(), replace(NEW, derated=(Derating("F", 1),))
    assert until(pack, derated) == pytest.approx(2 * AT_FULL_POWER)
    assert until(pack, planned(a_site(pack), derated)) == pytest.approx(2 * AT_FULL_POWER, abs=0.01)


def test_cheap_hours_put_off_what_is_not_needed() -> None:
    packs = (a_pack(1, 95.0), a_pack(2, 95.0), a_pack(3))
    station = planned(a_site(*packs, cheap_from=20))
    assert 12 * 60 + AT_FULL_POWER <= until(packs[2], station) <= 13 * 60


def test_a_pack_that_no_power_is_left_for_is_never_ready() -> None:
    pack = a_pack()
    station = planned(a_site(pack, feeder_limit_kw=PARAMETERS.auxiliary_kw))
    assert station.ready_times == (ReadyTime("P1", 70.0, is_promised=False, ready_at=None),)
    assert math.isinf(until(pack, station))


@pytest.mark.parametrize(
    ("station", "minutes"),
    [
        (NEW, AT_FULL_POWER),
        (replace(NEW, limit_kw=LIMIT_KW), AT_FULL_POWER),
        (replace(NEW, limit_kw=PARAMETERS.auxiliary_kw + HALF_KW), 2 * AT_FULL_POWER),
        (replace(NEW, limit_kw=PARAMETERS.auxiliary_kw), math.inf),
        (replace(NEW, limit_kw=1.1, setpoints=(Setpoint(2, 0.9),)), math.inf),
        (replace(NEW, limit_kw=0.65, setpoints=(Setpoint(1, HALF_KW),)), 2 * AT_FULL_POWER),
    ],
)
def test_a_pack_that_the_plan_does_not_know_draws_what_is_left_or_set(
    station: EnergyStation, minutes: float
) -> None:
    assert until(a_pack(), station) == pytest.approx(minutes)


@pytest.mark.parametrize("soc_percent", [69.9, 75.0])
def test_a_pack_that_lost_charge_or_is_late_is_estimated_again(soc_percent: float) -> None:
    is_late = soc_percent >= 70.0
    ready = ReadyTime("P1", 70.0, is_promised=False, ready_at=NOW + (-MINUTE if is_late else MINUTE))
    station = replace(NEW, ready_times=(ready,))
    assert until(a_pack(soc_percent=soc_percent), station) == pytest.approx(
        STANDARD_PACK.minutes_to_gain(80.0 - soc_percent)
    )


def test_a_plan_that_did_not_know_of_a_promise_breaks_it_and_one_that_did_does_not() -> None:
    free = (a_pack(1, 95.0), a_pack(2, 95.0), a_pack(3))
    station = planned(a_site(*free, cheap_from=20))
    held = replace(free[2], is_held=True)
    assert not breaks_a_promise(station, free, PARAMETERS, NOW)
    assert breaks_a_promise(station, (held,), PARAMETERS, NOW)
    again = planned(a_site(*free[:2], held, cheap_from=20), station)
    assert AT_FULL_POWER <= until(held, again) <= 15, "promises come before prices, within a step"
    assert not breaks_a_promise(again, (held,), PARAMETERS, NOW)


def test_a_held_pack_comes_first_in_the_next_plan() -> None:
    busy = replace(NEW, limit_kw=1.1, setpoints=(Setpoint(2, 0.9),))
    assert math.isinf(until(a_pack(), busy))
    assert until(a_pack(is_held=True), busy) == pytest.approx(AT_FULL_POWER)
    station = planned(a_site(a_pack(1, 95.0), a_pack(2, 95.0), a_pack(3), cheap_from=20))
    assert until(a_pack(3, is_held=True), station) == pytest.approx(AT_FULL_POWER)
    shed = replace(station, limit_kw=0.0)
    assert math.isinf(until(a_pack(3, is_held=True), shed))


def test_a_held_pack_that_has_lost_charge_since_is_planned_again() -> None:
    held = a_pack(is_held=True)
    station = planned(a_site(held))
    assert not breaks_a_promise(station, (held,), PARAMETERS, NOW)
    assert breaks_a_promise(station, (replace(held, soc_percent=60.0),), PARAMETERS, NOW)


def test_a_promise_that_no_plan_can_keep_is_not_planned_for_again_and_again() -> None:
    held = a_pack(is_held=True)
    station = planned(a_site(held, feeder_limit_kw=PARAMETERS.auxiliary_kw))
    assert math.isinf(until(held, station))
    assert not breaks_a_promise(station, (held,), PARAMETERS, NOW)


def test_a_held_pack_that_is_ready_before_its_hold_ends_is_as_promised() -> None:
    pack = a_pack()
    station = planned(a_site(pack))
    assert not breaks_a_promise(station, (replace(pack, is_held=True),), PARAMETERS, NOW)
