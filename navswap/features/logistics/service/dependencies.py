"""What the use cases of logistics work with."""

from dataclasses import dataclass

from navswap.features.logistics.service.keeper import JobKeeper
from navswap.features.logistics.service.ports import SurplusForecaster
from navswap.features.packs.service import PackService
from navswap.features.positions.service import PositionService
from navswap.features.stations.service import StationService
from navswap.features.traffic.service import TravelTimes
from navswap.infra.mongo import Mongo
from navswap.kit.clock import Clock
from navswap.settings import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The stores, the services of the slices below, and the port that a model may fill."""

    settings: Settings
    mongo: Mongo
    clock: Clock
    stations: StationService
    packs: PackService
    positions: PositionService
    travel: TravelTimes
    keeper: JobKeeper
    forecaster: SurplusForecaster
