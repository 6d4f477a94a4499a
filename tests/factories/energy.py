"""Tariffs and stations that buy energy by them."""

from dataclasses import replace

from navswap.features.energy.service import DayKind, EnergyServices, PricePeriod, Tariff
from navswap.features.stations.service import Station, StationsServices
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_station

HOURS = ((0, 6, 4.0), (6, 10, 8.0), (10, 17, 6.0), (17, 22, 10.0), (22, 24, 4.0))
"""Cheap nights, a dear morning, a middling day, a dearer evening."""


async def a_tariff(runtime: Runtime, *, time_zone: str = "UTC") -> Tariff:
    """Store a tariff with the same hours on all days."""
    tariff = Tariff(
        id=new_id(),
        name="Time of use",
        time_zone=time_zone,
        currency="INR",
        demand_charge_per_kw_month=200.0,
        periods=tuple(
            PricePeriod(days, start, end, price) for days in DayKind for start, end, price in HOURS
        ),
    )
    await EnergyServices.of(runtime).tariffs.save_all([tariff])
    return tariff


async def a_charging_station(
    runtime: Runtime,
    *,
    charged: int = 0,
    charging: int = 4,
    faulty: int = 0,
    feeder_limit_kw: float | None = 3.0,
    time_zone: str = "UTC",
) -> Station:
    """Store a station with packs, a tariff and the limit of its feeder."""
    tariff = await a_tariff(runtime, time_zone=time_zone)
    station = await a_station(runtime, charged=charged, charging=charging, faulty=faulty)
    information = replace(station.information, tariff_id=tariff.id, feeder_limit_kw=feeder_limit_kw)
    stations = StationsServices.of(runtime).stations
    await stations.save_information([replace(station, information=information)])
    return await stations.get(station.id)
