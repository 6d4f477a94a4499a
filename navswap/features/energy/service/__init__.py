"""Use cases of energy: plan and shed the charging of stations, take meter readings, and say what was drawn."""

from dataclasses import dataclass

from navswap.features.energy.domain.metering import Reading
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.tariffs import DayKind, PricePeriod, Tariff
from navswap.features.energy.domain.values import (
    ChargingPlan,
    Consumption,
    EnergyForecast,
    EnergyStation,
    HistoryUnit,
    PlanCause,
    PlannedPack,
    PlanStep,
    Setpoint,
    Shed,
)
from navswap.features.energy.service.charging import ChargingService
from navswap.features.energy.service.forecasts import EnergyForecaster, SameHourLastWeek
from navswap.features.energy.service.metering import MeterReport, MeterService
from navswap.features.energy.service.model_forecasts import ModelEnergy
from navswap.features.energy.service.readiness import ReadinessService
from navswap.features.energy.service.sites import SiteReader
from navswap.features.energy.service.stations import EnergyStationService
from navswap.features.energy.service.tariffs import TariffService
from navswap.services import SliceServices

__all__ = [
    "ChargingPlan",
    "ChargingService",
    "Consumption",
    "DayKind",
    "EnergyForecast",
    "EnergyForecaster",
    "EnergyParameters",
    "EnergyServices",
    "EnergyStation",
    "EnergyStationService",
    "HistoryUnit",
    "MeterReport",
    "MeterService",
    "ModelEnergy",
    "PlanCause",
    "PlanStep",
    "PlannedPack",
    "PricePeriod",
    "ReadinessService",
    "Reading",
    "SameHourLastWeek",
    "Setpoint",
    "Shed",
    "SiteReader",
    "Tariff",
    "TariffService",
]


@dataclass(frozen=True, slots=True)
class EnergyServices(SliceServices):
    """What the slice energy offers."""

    tariffs: TariffService
    meters: MeterService
    charging: ChargingService
    stations: EnergyStationService
