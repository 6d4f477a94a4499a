"""Tariffs and supplies on real stores."""

from datetime import timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.journal import JournalEntry
from navswap.features.energy.documents import ChargingPlan, EnergyStation
from navswap.features.energy.rules import DayKind
from navswap.features.energy.service import EnergyServices
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_station

VALUES = {
    "id": "flat",
    "name": "Flat",
    "time_zone": "UTC",
    "currency": "INR",
    "demand_charge_per_kw_month": 0.0,
    "periods": [{"days": days, "start_hour": 0, "end_hour": 24, "price_per_kwh": 6.0} for days in DayKind],
}


async def test_a_station_that_is_given_a_tariff_and_a_feeder_is_planned_anew_by_them(
    runtime: Runtime,
) -> None:
    admin = Principal("admin", Role.ADMIN, new_id(), runtime.clock.now() + timedelta(hours=1))
    tariffs, charging = EnergyServices.of(runtime).tariffs, EnergyServices.of(runtime).charging
    station = await a_station(runtime, charged=0, charging=6)
    await charging.enrol_all()
    assert await charging.plan_due() == 1
    for _ in range(2):
        await tariffs.replace(VALUES, admin)
        await tariffs.set_supply(station.id, "flat", 2.0, admin)
    assert await charging.plan_due() == 1
    energy = await EnergyStation.get(station.id)
    assert energy is not None
    plan = await ChargingPlan.get(energy.plan_id)
    assert plan is not None
    assert (energy.limit_kw, plan.tariff_id, plan.currency) == (2.0, "flat", "INR")
    assert 0 < energy.charging_kw <= 2.0
    assert {step.price_per_kwh for step in plan.steps} == {6.0}
    noted = await JournalEntry.find_all().sort("_id").to_list()
    assert [one.action for one in noted] == ["saveTariff", "setStationSupply"]
    assert noted[1].before == {"tariff_id": None, "feeder_limit_kw": None}
