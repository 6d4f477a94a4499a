"""Energy in MongoDB: tariffs, the state and the plans of stations, meter readings, and swaps by hour."""

from navswap.features.energy.documents.charging import (
    ChargingPlan,
    Derating,
    EnergyStation,
    PlanCause,
    PlannedPack,
    PlanStep,
    RestedOn,
    Setpoint,
    Shed,
)
from navswap.features.energy.documents.metering import Consumed, HistoryUnit, HourlySwaps, MeterReading
from navswap.features.energy.documents.tariffs import PricePeriod, Tariff

__all__ = [
    "ChargingPlan",
    "Consumed",
    "Derating",
    "EnergyStation",
    "HistoryUnit",
    "HourlySwaps",
    "MeterReading",
    "PlanCause",
    "PlanStep",
    "PlannedPack",
    "PricePeriod",
    "RestedOn",
    "Setpoint",
    "Shed",
    "Tariff",
]
