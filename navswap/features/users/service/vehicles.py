"""What riders ride: how many packs of which model a visit is about."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.features.users.domain import vehicles
from navswap.features.users.domain.values import Vehicle
from navswap.features.users.domain.vehicles import VehicleDescription
from navswap.features.users.storage import Vehicles
from navswap.infra.joint_reads import Find
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids

COUNTED_FOR = timedelta(minutes=10)
"""How long the counts of vehicles are remembered: they change when a rider registers a vehicle of another kind."""


class VehicleService:
    """Keeps the register of vehicles."""

    def __init__(self, clock: Clock, ids: Ids, audit_log: AuditLog) -> None:
        self._clock = clock
        self._ids = ids
        self._audit_log = audit_log
        self._counted_at, self._most_packs = datetime.min.replace(tzinfo=UTC), dict[str, int]()

    async def find_of_rider(self, rider_id: str, session: Session | None = None) -> Vehicle | None:
        """Return the vehicle of a rider, None where none is registered."""
        return (await Vehicles.list_of_riders([rider_id], session)).get(rider_id)

    def finding_of_rider(self, rider_id: str) -> Find[Vehicle]:
        """Find the vehicle of a rider beside something else."""
        return Find(Vehicles, {"rider_id": rider_id})

    async def get_of_rider(self, rider_id: str, session: Session | None = None) -> Vehicle:
        """Return the vehicle of a rider; where none is registered one that takes one pack of the standard model."""
        return await self.find_of_rider(rider_id, session) or Vehicle.plain(rider_id)

    async def list_of_riders(self, rider_ids: Sequence[str]) -> dict[str, Vehicle]:
        """Return the vehicles by rider; riders without one are left out."""
        return await Vehicles.list_of_riders(rider_ids)

    async def most_packs_by_model(self) -> dict[str, int]:
        """Return how many packs the vehicle takes that takes the most of a model, by model; as of some minutes ago."""
        now = self._clock.now()
        if not self._counted_at <= now < self._counted_at + COUNTED_FOR:
            self._most_packs, self._counted_at = await Vehicles.most_packs_by_model(), now
        return self._most_packs

    async def save(
        self, rider_id: str, described: VehicleDescription, by: Principal, session: Session
    ) -> Vehicle:
        """Register the vehicle of a rider and record by whom; the same again changes nothing.

        The caller has checked that rider and pack model exist, and that no swap of the rider is under way.
        """
        known = await self.find_of_rider(rider_id, session)
        transition = vehicles.save(known, self._ids.new(), rider_id, described)
        saved = await Vehicles.apply(transition, session)
        if transition.is_change:
            await self._audit_log.record(
                session,
                self._clock.now(),
                by,
                "saveVehicle",
                ("Vehicle", saved.id),
                before={} if known is None else asdict(known),
                after=asdict(saved),
            )
        return saved

    async def add_missing(self, found: Sequence[Vehicle]) -> int:
        """Store the vehicles that are not there yet (by id) and return how many were new."""
        return await Vehicles.insert_missing(found)
