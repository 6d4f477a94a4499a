"""The manifest of the network overview."""

from datetime import timedelta

from navswap.features.energy.service import EnergyServices
from navswap.features.faults.service import FaultsServices
from navswap.features.logistics.service import LogisticsServices
from navswap.features.network.graphql import (
    AdminTrafficQuery,
    AuditEntry,
    AuditLogQuery,
    FleetMutation,
    HistoryQuery,
    LiveQuery,
    LiveSubscription,
    LogisticsOverviewQuery,
    StationStatusNow,
    StatisticsQuery,
)
from navswap.features.network.service import (
    STEP,
    AlertParameters,
    AuditLogReader,
    FleetService,
    FleetSteps,
    HistoryService,
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
from navswap.features.network.storage import FleetOrderDocument, NetworkMomentDocument
from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices
from navswap.features.positions.service import PositionsServices
from navswap.features.procurement.service import ProcurementServices
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.service import StationsServices
from navswap.features.swapping.service import SwappingServices
from navswap.features.traffic.service import TrafficServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Scheduled, Slice


def _build(platform: Platform, lower: Services) -> NetworkServices:
    settings, mongo, clock = platform.settings, platform.mongo, platform.clock
    stations, packs = lower.of(StationsServices), lower.of(PacksServices)
    return NetworkServices(
        live=LiveService(clock, _alert_parameters(settings), _live(lower)),
        statistics=NetworkStatistics(stations.reader, lower.of(SwappingServices).statistics),
        fleet=FleetService(
            mongo,
            clock,
            platform.ids,
            platform.idempotency,
            stations.reader,
            packs.withdrawals,
            FleetSteps(
                clock, platform.audit_log, stations.stations, packs, float(settings.promised_soc_percent)
            ),
        ),
        logistics=LogisticsService(clock, _logistics(lower)),
        status=StatusService(clock, settings.visits, _status(lower)),
        traffic=NetworkTraffic(stations.reader, lower.of(TrafficServices).traffic),
        audit_log=AuditLogReader(),
        history=HistoryService(clock, stations.reader, lower.of(PositionsServices).trails),
    )


def _alert_parameters(settings: Settings) -> AlertParameters:
    return AlertParameters(
        promised_wait_minutes=settings.promised_wait_minutes,
        delayed_event_seconds=settings.delayed_event_seconds,
        unanswered=timedelta(minutes=settings.unanswered_minutes),
    )


def _live(lower: Services) -> LiveDependencies:
    return LiveDependencies(
        stations=lower.of(StationsServices).reader,
        packs=lower.of(PacksServices).reader,
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
        packs=lower.of(PacksServices).reader,
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
    documents=(FleetOrderDocument, NetworkMomentDocument),
    schedule=lambda own: [Scheduled(STEP.total_seconds(), own.history.record, "record_network")],
    query=(
        LiveQuery,
        LogisticsOverviewQuery,
        StatisticsQuery,
        AuditLogQuery,
        AdminTrafficQuery,
        HistoryQuery,
    ),
    mutation=(FleetMutation,),
    subscription=(LiveSubscription,),
    nodes=(AuditEntry,),
    extensions=(StationStatusNow,),
)
