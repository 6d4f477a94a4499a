"""Use cases of traffic: count probes, keep and read the map, travel times through it."""

from dataclasses import dataclass

from navswap.features.traffic.domain.cells import TrafficCell
from navswap.features.traffic.domain.congestion import STALE_AFTER, boundary_of, slow_down
from navswap.features.traffic.domain.probes import RESOLUTION
from navswap.features.traffic.domain.zones import zones_of
from navswap.features.traffic.service.forecasts import CongestionForecaster, LastValue
from navswap.features.traffic.service.map_updates import TrafficMapUpdater
from navswap.features.traffic.service.model_forecasts import ModelCongestion, ModelZones
from navswap.features.traffic.service.probes import ProbeCounter
from navswap.features.traffic.service.speeds import SpeedPublisher
from navswap.features.traffic.service.traffic_map import TrafficNow, TrafficService
from navswap.features.traffic.service.travel_times import TravelTimes
from navswap.features.traffic.storage import Activity
from navswap.services import SliceServices

__all__ = [
    "RESOLUTION",
    "STALE_AFTER",
    "Activity",
    "CongestionForecaster",
    "LastValue",
    "ModelCongestion",
    "ModelZones",
    "ProbeCounter",
    "SpeedPublisher",
    "TrafficCell",
    "TrafficMapUpdater",
    "TrafficNow",
    "TrafficService",
    "TrafficServices",
    "TravelTimes",
    "boundary_of",
    "slow_down",
    "zones_of",
]


@dataclass(frozen=True, slots=True)
class TrafficServices(SliceServices):
    """What the slice traffic offers."""

    traffic: TrafficService
    map_updater: TrafficMapUpdater
    probes: ProbeCounter
    travel_times: TravelTimes
    speeds: SpeedPublisher
