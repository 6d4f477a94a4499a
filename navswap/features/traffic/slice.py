"""The manifest of traffic."""

from collections.abc import Sequence

from navswap.features.positions.service import PositionsServices
from navswap.features.traffic.graphql import TrafficQuery, TrafficSubscription
from navswap.features.traffic.reactions import ProbeHandler
from navswap.features.traffic.service import (
    LastValue,
    ProbeCounter,
    TrafficMapUpdater,
    TrafficService,
    TrafficServices,
    TravelTimes,
)
from navswap.features.traffic.storage import (
    PositionMinute,
    TrafficCellDocument,
    TrafficMapDocument,
    TrafficMinute,
)
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

TRAFFIC_SECONDS = 15.0
"""How often probes are made into the traffic map."""


def _build(platform: Platform, lower: Services) -> TrafficServices:
    probes = ProbeCounter()
    lower.of(PositionsServices).consumer.add_handler(ProbeHandler(probes))
    return TrafficServices(
        traffic=TrafficService(platform.clock),
        map_updater=TrafficMapUpdater(
            platform.mongo,
            platform.clock,
            platform.outbox,
            platform.settings.roads,
            LastValue(),
        ),
        probes=probes,
        travel_times=TravelTimes(platform.clock, platform.settings.roads),
    )


def _schedule(own: TrafficServices) -> Sequence[Scheduled]:
    return [Scheduled(TRAFFIC_SECONDS, own.map_updater.refresh_due, "refresh_traffic")]


SLICE = Slice(
    name="traffic",
    services=TrafficServices,
    build=_build,
    topic="traffic",
    documents=(TrafficMinute, TrafficCellDocument, TrafficMapDocument, PositionMinute),
    schedule=_schedule,
    query=(TrafficQuery,),
    subscription=(TrafficSubscription,),
)
