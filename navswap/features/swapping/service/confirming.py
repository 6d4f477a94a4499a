"""Confirming: a rider is given a hold, in one transaction."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.features.stations.service import Station, gives_holds, reopens_at
from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.hold_times import HoldQuestion, ride_minutes
from navswap.features.swapping.domain.lifecycle import Visit
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.presence import Position, expected_from, is_present, metres_from
from navswap.features.swapping.domain.promises import (
    require_open,
    require_promise,
)
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.errors import AlreadyQueuedError
from navswap.features.swapping.service.buffers import HoldTerms
from navswap.features.swapping.service.recording import QueueRecorder, WantedPacks
from navswap.features.swapping.service.riders import RiderService
from navswap.features.swapping.service.station_packs import bonus_at, held_packs
from navswap.features.swapping.storage import QueueEntries
from navswap.features.users.service import Vehicle
from navswap.infra.idempotency import Idempotency, KeyedRequest
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids


class ConfirmService:
    """Gives holds."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        idempotency: Idempotency,
        queue: QueueRecorder,
        riders: RiderService,
        terms: HoldTerms,
        parameters: SwappingParameters,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._idempotency = idempotency
        self._queue = queue
        self._riders = riders
        self._terms = terms
        self._parameters = parameters

    async def confirm(self, rider_id: str, station_id: str, idempotency_key: str) -> QueueEntry:
        """Hold charged packs for a rider's vehicle, all or none; the same key again returns the first answer.

        Raises StationNotFoundError, StationClosedError, NoChargedPackError, AlreadyQueuedError,
        IdempotencyConflictError.
        """
        request = KeyedRequest(rider_id, "confirmQueue", idempotency_key, {"station_id": station_id})
        latest = await self._riders.position_of(rider_id)

        async def work(session: Session) -> QueueEntry:
            return await self._confirm(rider_id, station_id, latest, session)

        try:
            async with self._queue.turn_at(station_id):
                return await self._idempotency.answer(request, work, QueueEntries.get, seldom_repeated=True)
        except DuplicateKeyError as error:
            raise AlreadyQueuedError(
                "You have an active hold already; cancel it before you confirm another one."
            ) from error

    async def _confirm(
        self,
        rider_id: str,
        station_id: str,
        latest: Position | None,
        session: Session,
    ) -> QueueEntry:
        now, parameters = self._clock.now(), self._parameters
        own = self._riders.finding_vehicle(rider_id)
        place, vehicles = await self._queue.read_with(station_id, own, session)
        vehicle = vehicles[0] if vehicles else Vehicle.plain(rider_id)
        station, model_id, count = place.station, vehicle.pack_model_id, vehicle.pack_count
        walk_in = is_present(latest, station.information.point, now, parameters)
        ends_at = now + parameters.hold
        require_open(is_open=gives_holds(station, now, ends_at), opens_at=reopens_at(station, now, ends_at))
        supply = place.supply(model_id, parameters.promised_soc_percent)
        buffer = 0 if walk_in else await self._terms.buffers.read(place, supply, vehicle)
        require_promise(supply.ready_now, count, buffer)
        entry_id = self._ids.new()
        wanted = WantedPacks(entry_id, model_id, count, parameters.promised_soc_percent)
        place, packs = await self._queue.hold(place, wanted, session)
        bonus = bonus_at(station, model_id, parameters.bonus)
        expected_at = expected_from(latest, station.information.point, now, parameters)
        metres = metres_from(latest, station.information.point, now, parameters)
        visit = Visit(rider_id, model_id, walk_in, bonus, expected_at, metres)
        lasts = await self._hold_time(visit, station, count, now)
        confirmed = lifecycle.confirm(entry_id, visit, held_packs(packs), place.queue, now, parameters, lasts)
        await self._queue.record(confirmed, {station_id: place}, session)
        await self._queue.watch(confirmed.after, station, session)
        return confirmed.after

    async def _hold_time(self, visit: Visit, station: Station, packs: int, now: datetime) -> timedelta:
        """Return how long a hold lasts: as all do for who is there, or whose way is not known; none past the closing time."""
        if visit.walk_in or visit.expected_at is None or visit.distance_metres is None:
            return self._parameters.hold
        question = HoldQuestion(
            station.id,
            visit.rider_id,
            visit.distance_metres,
            ride_minutes(visit.expected_at, now),
            packs,
            visit.bonus.credits,
        )
        lasts = (await self._terms.times.time(question, now)).lasts
        return lasts if gives_holds(station, now, now + lasts) else min(lasts, self._parameters.hold)
