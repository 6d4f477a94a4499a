"""What the use cases of swapping work with."""

from dataclasses import dataclass

from navswap.features.geofences.service import GeofenceService
from navswap.features.packs.service import PackService
from navswap.features.stations.service import StationService
from navswap.features.swapping.service.keeper import QueueKeeper
from navswap.features.swapping.service.ports import DemandForecaster, WaitEstimator
from navswap.features.swapping.service.presence import Presence
from navswap.features.traffic.service import TravelTimes
from navswap.infra.mongo import Mongo
from navswap.kit.clock import Clock
from navswap.settings import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The stores, the services of the slices below, and the ports that a model may fill."""

    settings: Settings
    mongo: Mongo
    clock: Clock
    stations: StationService
    packs: PackService
    geofences: GeofenceService
    travel: TravelTimes
    queue: QueueKeeper
    presence: Presence
    forecaster: DemandForecaster
    estimator: WaitEstimator
