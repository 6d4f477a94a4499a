"""The manifest of energy."""

from collections.abc import Sequence

from navswap.features.energy.documents import ChargingPlan, EnergyStation, HourlySwaps, MeterReading, Tariff
from navswap.features.energy.graphql import ChargingPlan as ChargingPlanNode
from navswap.features.energy.graphql import (
    EnergyMutation,
    EnergyQuery,
    EnergySubscription,
    TariffsMutation,
    TariffsQuery,
)
from navswap.features.energy.reactions import reactions
from navswap.features.energy.service import (
    ChargingService,
    EnergyServices,
    MeterService,
    SameHourLastWeek,
    TariffService,
)
from navswap.features.packs.service import PacksServices
from navswap.features.stations.service import StationsServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

PLAN_SECONDS = 1.0
"""How often charging plans that are due are looked for."""
REGISTER_SECONDS = 30.0
"""How often stations are looked for that have no charging plan yet."""


def _build(platform: Platform, lower: Services) -> EnergyServices:
    settings, mongo, clock = platform.settings, platform.mongo, platform.clock
    stations, packs = lower.of(StationsServices).stations, lower.of(PacksServices).packs
    tariffs = TariffService(mongo, clock, stations)
    return EnergyServices(
        tariffs=tariffs,
        meters=MeterService(mongo, clock, stations, tariffs),
        charging=ChargingService(settings, mongo, clock, stations, packs, tariffs, SameHourLastWeek()),
    )


def _schedule(own: EnergyServices) -> Sequence[Scheduled]:
    return [
        Scheduled(PLAN_SECONDS, own.charging.plan_due, "plan_charging"),
        Scheduled(REGISTER_SECONDS, own.charging.enrol_all, "enrol_stations_for_energy"),
    ]


SLICE = Slice(
    name="energy",
    services=EnergyServices,
    build=_build,
    topic="energy",
    documents=(Tariff, EnergyStation, ChargingPlan, MeterReading, HourlySwaps),
    reactions=lambda own: reactions(own.charging),
    schedule=_schedule,
    query=(EnergyQuery, TariffsQuery),
    mutation=(EnergyMutation, TariffsMutation),
    subscription=(EnergySubscription,),
    nodes=(ChargingPlanNode,),
)
