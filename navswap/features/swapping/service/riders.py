"""Riders: where they are, and what they come for."""

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.packs.service import PackModelService
from navswap.features.positions.service import PositionService
from navswap.features.swapping.domain.presence import Position
from navswap.features.swapping.domain.ranking import VisitNeed
from navswap.features.swapping.domain.visits import require_no_visit
from navswap.features.swapping.storage import QueueEntries
from navswap.features.users.errors import RiderNotFoundError
from navswap.features.users.service import UsersServices, Vehicle, VehicleDescription
from navswap.infra.mongo import Mongo, Session


class RiderService:
    """Knows a rider's place and vehicle, and changes the vehicle between two visits."""

    def __init__(
        self, mongo: Mongo, users: UsersServices, models: PackModelService, positions: PositionService
    ) -> None:
        self._mongo = mongo
        self._users = users.users
        self._vehicles = users.vehicles
        self._models = models
        self._positions = positions

    async def position_of(self, rider_id: str) -> Position | None:
        """Return the newest position of a rider, None where none is known."""
        return (await self._positions.find_latest([rider_id])).get(rider_id)

    async def vehicle_of(self, rider_id: str, session: Session | None = None) -> Vehicle:
        """Return what a rider rides; without a registered vehicle one that takes one pack of the standard model."""
        return await self._vehicles.get_of_rider(rider_id, session)

    async def need_of(self, vehicle: Vehicle) -> VisitNeed:
        """Return what a visit with a vehicle is about."""
        return VisitNeed(await self._models.get(vehicle.pack_model_id), vehicle.pack_count)

    async def save_vehicle(self, rider_id: str, described: VehicleDescription, by: Principal) -> Vehicle:
        """Register the vehicle of a rider in place of the one before; the same again changes nothing.

        Raises RiderNotFoundError, PackModelNotFoundError, AlreadyQueuedError, SwapUnderWayError.
        """
        rider = await self._users.find(rider_id)
        if rider is None or rider.role is not Role.CONSUMER:
            raise RiderNotFoundError("There is no rider with this id.")

        async def work(session: Session) -> Vehicle:
            await self._models.get(described.pack_model_id, session)
            require_no_visit(await QueueEntries.find_active(rider_id, session))
            await QueueEntries.conflict_with_new_entry(rider_id, session)
            return await self._vehicles.save(rider_id, described, by, session)

        return await self._mongo.in_transaction(work)
