"""Use cases of energy: plan and shed the charging of stations, take meter readings, tell what was drawn."""

from dataclasses import dataclass

from navswap.features.energy.documents import PricePeriod, Tariff
from navswap.features.energy.rules import DayKind
from navswap.features.energy.service.charging import ChargingService
from navswap.features.energy.service.metering import MeterService, Reading
from navswap.features.energy.service.ports import EnergyForecast, EnergyForecaster, SameHourLastWeek
from navswap.features.energy.service.tariffs import TariffService
from navswap.services import SliceServices

__all__ = [
    "ChargingService",
    "DayKind",
    "EnergyForecast",
    "EnergyForecaster",
    "EnergyServices",
    "MeterService",
    "PricePeriod",
    "Reading",
    "SameHourLastWeek",
    "Tariff",
    "TariffService",
]


@dataclass(frozen=True, slots=True)
class EnergyServices(SliceServices):
    """What the slice energy offers."""

    tariffs: TariffService
    meters: MeterService
    charging: ChargingService
