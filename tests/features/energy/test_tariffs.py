"""Tariffs and supplies on real stores."""

from datetime import timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.energy.service import DayKind, EnergyServices, PricePeriod, Tariff
from navswap.features.energy.storage import ChargingPlans, EnergyStations
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_station

FLAT = Tariff("flat", "Flat", "UTC", "INR", tuple(PricePeriod(days, 0, 24, 6.0) for days in DayKind))


async def test_a_station_that_is_given_a_tariff_and_a_feeder_is_planned_again_by_them(
    runtime: Runtime,
) -> None:
    admin = Principal("admin", Role.ADMIN, new_id(), runtime.clock.now() + timedelta(hours=1))
    tariffs, charging = EnergyServices.of(runtime).tariffs, EnergyServices.of(runtime).charging
    station = await a_station(runtime, charged=0, charging=6)
    await EnergyServices.of(runtime).stations.register_all()
    assert await charging.plan_due() == 1
    for _ in range(2):
        await tariffs.save(FLAT, admin)
        await tariffs.set_supply(station.id, "flat", 2.0, admin)
    assert await charging.plan_due() == 1
    energy = await EnergyStations.find(station.id)
    assert energy is not None
    assert energy.plan_id is not None
    plan = await ChargingPlans.find(energy.plan_id)
    assert plan is not None
    assert (energy.limit_kw, plan.tariff_id, plan.currency) == (2.0, "flat", "INR")
    assert 0 < energy.charging_kw <= 2.0
    assert {step.price_per_kwh for step in plan.schedule.steps} == {6.0}
    recorded = await AuditLogEntry.find_all().sort("_id").to_list()
    assert [record.action for record in recorded] == ["saveTariff", "setStationSupply"]
    assert recorded[1].before == {"tariff_id": None, "feeder_limit_kw": None}
