"""What the use cases of faults work with."""

from dataclasses import dataclass

from navswap.features.faults.service.availability import AvailabilityKeeper
from navswap.features.faults.service.keeper import FaultKeeper
from navswap.features.faults.service.ports import ActionAdvisor
from navswap.features.packs.service import PackService
from navswap.features.stations.service import StationService
from navswap.features.users.service import UserService
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
    users: UserService
    availability: AvailabilityKeeper
    keeper: FaultKeeper
    advisor: ActionAdvisor
