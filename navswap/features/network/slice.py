"""The manifest of the network overview."""

from navswap.features.energy.service import EnergyServices
from navswap.features.faults.service import FaultsServices
from navswap.features.logistics.service import LogisticsServices
from navswap.features.network.documents import FleetOrder
from navswap.features.network.graphql import (
    AdminTrafficQuery,
    AuditEntry,
    AuditLogQuery,
    FleetMutation,
    LiveQuery,
    LiveSubscription,
    LogisticsOverviewQuery,
    StationStatusNow,
    StatisticsQuery,
)
from navswap.features.network.service import (
    AuditLogReader,
    FleetService,
    LiveDependencies,
    LiveService,
    LogisticsDependencies,
    LogisticsService,
    NetworkServices,
    NetworkStatistics,
    NetworkTraffic,
    StatusDependencies,
    StatusService,
)
from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices
from navswap.features.procurement.service import ProcurementServices
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.service import StationsServices
from navswap.features.swapping.service import SwappingServices
from navswap.features.traffic.service import TrafficServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, lower: Services) -> NetworkServices:
    settings, mongo, clock = platform.settings, platform.mongo, platform.clock
    stations, packs = lower.of(StationsServices).stations, lower.of(PacksServices)
    return NetworkServices(
        live=LiveService(clock, settings.visits, _live(lower)),
        statistics=NetworkStatistics(stations, lower.of(SwappingServices).statistics),
        fleet=FleetService(settings, mongo, clock, stations, packs.packs, packs.withdrawals),
        logistics=LogisticsService(clock, _logistics(lower)),
        status=StatusService(clock, settings.visits, _status(lower)),
        traffic=NetworkTraffic(stations, lower.of(TrafficServices).traffic),
        audit_log=AuditLogReader(),
    )


def _live(lower: Services) -> LiveDependencies:
    return LiveDependencies(
        stations=lower.of(StationsServices).stations,
        packs=lower.of(PacksServices).packs,
        statistics=lower.of(SwappingServices).statistics,
        transports=lower.of(LogisticsServices).transports,
        requests=lower.of(PartnersServices).requests,
        energy=lower.of(EnergyServices).stations,
        tickets=lower.of(FaultsServices).tickets,
        staff=lower.of(StaffingServices).staff,
        assignments=lower.of(StaffingServices).assignments,
    )


def _logistics(lower: Services) -> LogisticsDependencies:
    return LogisticsDependencies(
        transports=lower.of(LogisticsServices).transports,
        inventories=lower.of(LogisticsServices).inventories,
        shops=lower.of(PartnersServices).shops,
        requests=lower.of(PartnersServices).requests,
        orders=lower.of(ProcurementServices).orders,
    )


def _status(lower: Services) -> StatusDependencies:
    return StatusDependencies(
        packs=lower.of(PacksServices).packs,
        outlooks=lower.of(SwappingServices).recommendations,
        faults=lower.of(FaultsServices).faults,
        heartbeats=lower.of(FaultsServices).heartbeats,
        tickets=lower.of(FaultsServices).tickets,
        staff=lower.of(StaffingServices).staff,
        energy=lower.of(EnergyServices).stations,
    )


SLICE = Slice(
    name="network",
    services=NetworkServices,
    build=_build,
    documents=(FleetOrder,),
    query=(LiveQuery, LogisticsOverviewQuery, StatisticsQuery, AuditLogQuery, AdminTrafficQuery),
    mutation=(FleetMutation,),
    subscription=(LiveSubscription,),
    nodes=(AuditEntry,),
    extensions=(StationStatusNow,),
)
