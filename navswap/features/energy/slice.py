"""The manifest of energy."""

from collections.abc import Sequence
from datetime import timedelta

from navswap.features.energy.graphql import ChargingPlan as ChargingPlanNode
from navswap.features.energy.graphql import (
    EnergyMutation,
    EnergyQuery,
    EnergySubscription,
    ShedMutation,
    StationEnergyFields,
)
from navswap.features.energy.graphql import Tariff as TariffNode
from navswap.features.energy.reactions import reactions
from navswap.features.energy.service import (
    ChargingService,
    EnergyParameters,
    EnergyServices,
    EnergyStationService,
    MeterService,
    ModelEnergy,
    ReadinessService,
    SameHourLastWeek,
    SiteReader,
    TariffService,
)
from navswap.features.energy.service.writer import EnergyStationWriter
from navswap.features.energy.storage import (
    ChargingPlanDocument,
    EnergyStationDocument,
    HourlySwaps,
    MeterReadingDocument,
    TariffDocument,
)
from navswap.features.packs.service import PacksServices
from navswap.features.stations.service import StationsServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Scheduled, Slice

PLAN_SECONDS = 1.0
"""How often charging plans that are due are looked for."""
REGISTER_SECONDS = 30.0
"""How often stations are looked for that have no charging plan yet."""


def _build(platform: Platform, lower: Services) -> EnergyServices:
    mongo, clock = platform.mongo, platform.clock
    stations, packs = lower.of(StationsServices), lower.of(PacksServices)
    vehicles = lower.of(UsersServices).vehicles
    parameters = _parameters(platform.settings)
    writer = EnergyStationWriter(clock, platform.outbox, platform.audit_log, stations.broken_holds)
    tariffs = TariffService(mongo, clock, stations.stations, platform.audit_log)
    packs.readiness.is_forecast_by(ReadinessService(clock, parameters))
    return EnergyServices(
        tariffs=tariffs,
        meters=MeterService(mongo, clock, writer, stations.reader, stations.contacts, tariffs),
        charging=ChargingService(
            mongo,
            clock,
            platform.ids,
            writer,
            SiteReader(stations.stations, packs.packs, packs.models, vehicles, tariffs),
            ModelEnergy(
                platform.forecaster,
                SameHourLastWeek(stations.reader, platform.settings.swap_prior, parameters.auxiliary_kw),
            ),
            parameters,
        ),
        stations=EnergyStationService(clock, stations.reader),
    )


def _parameters(settings: Settings) -> EnergyParameters:
    return EnergyParameters(
        promised_soc_percent=float(settings.promised_soc_percent),
        hold=timedelta(minutes=settings.hold_minutes),
        reserve_share=settings.charged_reserve_share,
        sufficient=settings.charged_sufficient,
        derated_share=settings.derated_charge_share,
        auxiliary_kw=settings.station_auxiliary_kw,
    )


def _schedule(own: EnergyServices) -> Sequence[Scheduled]:
    return [
        Scheduled(PLAN_SECONDS, own.charging.plan_due, "plan_charging"),
        Scheduled(REGISTER_SECONDS, own.stations.register_all, "register_stations_for_energy"),
    ]


SLICE = Slice(
    name="energy",
    services=EnergyServices,
    build=_build,
    topic="energy",
    documents=(
        TariffDocument,
        EnergyStationDocument,
        ChargingPlanDocument,
        MeterReadingDocument,
        HourlySwaps,
    ),
    reactions=lambda own: reactions(own.charging),
    schedule=_schedule,
    query=(EnergyQuery,),
    mutation=(EnergyMutation, ShedMutation),
    subscription=(EnergySubscription,),
    nodes=(ChargingPlanNode, TariffNode),
    extensions=(StationEnergyFields,),
)
