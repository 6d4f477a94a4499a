"""Riders: where they are, and what they come for."""

from collections.abc import Sequence
from datetime import datetime

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.packs.service import PackModelService
from navswap.features.positions.service import PositionService
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.presence import Position, Presence, presence_of
from navswap.features.swapping.domain.ranking import VisitNeed
from navswap.features.swapping.domain.visits import require_no_visit
from navswap.features.swapping.storage import QueueEntries
from navswap.features.users.errors import RiderNotFoundError
from navswap.features.users.service import UsersServices, Vehicle, VehicleDescription
from navswap.infra.joint_reads import Find
from navswap.infra.mongo import Mongo, Session
from navswap.kit.geo import Point


class RiderService:
    """Knows a rider's place and vehicle, and changes the vehicle between two visits."""

    def __init__(
        self,
        mongo: Mongo,
        users: UsersServices,
        models: PackModelService,
        positions: PositionService,
        parameters: SwappingParameters,
    ) -> None:
        self._mongo = mongo
        self._users = users.users
        self._vehicles = users.vehicles
        self._models = models
        self._positions = positions
        self._parameters = parameters

    async def position_of(self, rider_id: str) -> Position | None:
        """Return the newest position of a rider, None where none is known."""
        return (await self._positions.find_latest([rider_id])).get(rider_id)

    async def rejection_of(self, rider_id: str) -> str | None:
        """Return why the newest point of a rider's last report did not count; None where it did, or nothing is known."""
        return (await self._positions.find_rejections([rider_id])).get(rider_id)

    async def list_presence(self, riders_at: Sequence[tuple[str, Point]], now: datetime) -> list[Presence]:
        """Return of riders whether each is seen at the place of its station."""
        rider_ids = list(dict.fromkeys(rider_id for rider_id, _ in riders_at))
        latest = await self._positions.find_latest(rider_ids)
        rejections = await self._positions.find_rejections(rider_ids)
        return [
            presence_of(latest.get(rider_id), rejections.get(rider_id), place, now, self._parameters)
            for rider_id, place in riders_at
        ]

    async def vehicle_of(self, rider_id: str, session: Session | None = None) -> Vehicle:
        """Return what a rider rides; without a registered vehicle one that takes one pack of the standard model."""
        return await self._vehicles.get_of_rider(rider_id, session)

    def finding_vehicle(self, rider_id: str) -> Find[Vehicle]:
        """Find the registered vehicle of a rider beside something else; `Vehicle.plain` stands in where there is none."""
        return self._vehicles.finding_of_rider(rider_id)

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
