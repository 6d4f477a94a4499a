"""The manifest of traffic."""

from collections.abc import Sequence

from navswap.features.positions.service import PositionsServices
from navswap.features.stations.service import StationsServices
from navswap.features.traffic.graphql import TrafficQuery, TrafficSubscription
from navswap.features.traffic.reactions import ProbeHandler
from navswap.features.traffic.service import (
    LastValue,
    ModelCongestion,
    ModelZones,
    ProbeCounter,
    SpeedPublisher,
    TrafficMapUpdater,
    TrafficService,
    TrafficServices,
    TravelTimes,
)
from navswap.features.traffic.storage import (
    PositionMinute,
    SpeedLogDocument,
    TrafficCellDocument,
    TrafficMapDocument,
    TrafficMinute,
)
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

TRAFFIC_SECONDS = 15.0
"""How often probes are made into the traffic map."""
SPEEDS_SECONDS = 60.0
"""How often it is looked whether five minutes are over, whose speeds are published."""


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
            ModelCongestion(platform.forecaster, LastValue()),
        ),
        probes=probes,
        travel_times=TravelTimes(
            platform.clock,
            platform.settings.roads,
            lower.of(StationsServices).reader,
            ModelZones(platform.forecaster),
        ),
        speeds=SpeedPublisher(
            platform.mongo,
            platform.clock,
            platform.outbox,
            lower.of(StationsServices).reader,
            platform.settings.roads,
        ),
    )


def _schedule(own: TrafficServices) -> Sequence[Scheduled]:
    return [
        Scheduled(TRAFFIC_SECONDS, own.map_updater.refresh_due, "refresh_traffic"),
        Scheduled(SPEEDS_SECONDS, own.speeds.publish_due, "publish_speeds"),
    ]


SLICE = Slice(
    name="traffic",
    services=TrafficServices,
    build=_build,
    topic="traffic",
    documents=(TrafficMinute, TrafficCellDocument, TrafficMapDocument, PositionMinute, SpeedLogDocument),
    schedule=_schedule,
    query=(TrafficQuery,),
    subscription=(TrafficSubscription,),
)
