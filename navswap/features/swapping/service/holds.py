"""Holds: confirm, cancel, arrive, lapse. Each is one transaction."""

from collections.abc import Sequence
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from navswap.features.geofences.events import watch_name
from navswap.features.packs.service import Pack, PackCount, count_packs
from navswap.features.stations.errors import StationClosedError
from navswap.features.stations.service import Station, StationState
from navswap.features.swapping.documents import CANCELLABLE, EntryState, QueueEntry
from navswap.features.swapping.errors import (
    AlreadyQueuedError,
    EntryNotFoundError,
    HoldEndedError,
    NoChargedPackError,
    SwapUnderWayError,
)
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.rules import (
    DemandForecast,
    charge_gained,
    end_of_lapsed,
    packs_to_promise,
    walk_in_buffer,
)
from navswap.features.swapping.service.bonuses import bonus_at
from navswap.features.swapping.service.dependencies import Dependencies
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.ids import new_id

LAPSE_BATCH = 200


class HoldService:
    """Gives and ends holds."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._geofences = dependencies.geofences
        self._queue = dependencies.queue
        self._presence = dependencies.presence
        self._forecaster = dependencies.forecaster
        self._hold = timedelta(minutes=dependencies.settings.hold_minutes)
        self._fence_metres = dependencies.settings.fence_metres

    async def confirm(self, rider_id: str, station_id: str, idempotency_key: str) -> QueueEntry:
        """Hold a charged pack for a rider; the same key again returns the first answer.

        Raises StationNotFoundError, StationClosedError, NoChargedPackError, AlreadyQueuedError,
        IdempotencyConflictError.
        """
        if earlier := await self._find_earlier(rider_id, station_id, idempotency_key):
            return earlier
        station = await self._stations.get(station_id)
        walk_in = await self._presence.is_at(rider_id, station)
        forecasts = await self._forecaster.walk_ins([station_id], self._clock.now(), self._hold)
        try:
            self._refuse_early(station)
            return await self._mongo.in_transaction(
                lambda session: self._confirm(
                    rider_id, station_id, idempotency_key, None if walk_in else forecasts[station_id], session
                )
            )
        except (DuplicateKeyError, NoChargedPackError, StationClosedError) as error:
            # A twin of this request may have got the last pack meanwhile: its answer is the answer to both.
            if earlier := await self._find_earlier(rider_id, station_id, idempotency_key):
                return earlier
            if not isinstance(error, DuplicateKeyError):
                raise
            raise AlreadyQueuedError(
                "You have an active hold already; cancel it before you confirm another one."
            ) from error

    async def cancel(self, entry_id: str, rider_id: str) -> QueueEntry:
        """Give a hold back; cancelling again returns the cancelled entry.

        Raises EntryNotFoundError, SwapUnderWayError, HoldEndedError.
        """

        async def work(session: Session) -> QueueEntry:
            entry = await self._end(
                entry_id,
                EntryState.CANCELLED,
                {"rider_id": rider_id, "state": {"$in": list(CANCELLABLE)}},
                session,
            )
            return entry or await self._why_not_cancelled(entry_id, rider_id, session)

        return await self._mongo.in_transaction(work)

    async def arrive(self, entry_id: str, station_id: str, session: Session) -> QueueEntry | None:
        """Mark that the rider is at the station; None when the hold has moved on already, or to another one."""
        now = self._clock.now()
        entry = await QueueEntry.change(
            entry_id,
            {"station_id": station_id, "state": EntryState.CONFIRMED, "hold_until": {"$gt": now}},
            {"state": EntryState.ARRIVED, "arrived_at": now},
            session,
        )
        if entry is None:
            return None
        station = await self._stations.get(entry.station_id, session)
        return await self._queue.record(entry, station, 0, session)

    async def lapse_due(self) -> int:
        """End the holds whose time has run out; returns how many. Safe to run in several processes."""
        due = await QueueEntry.list_lapsed(self._clock.now(), LAPSE_BATCH)
        ended = [entry_id for entry_id in due if await self._lapse(entry_id)]
        return len(ended)

    async def _confirm(
        self,
        rider_id: str,
        station_id: str,
        idempotency_key: str,
        forecast: DemandForecast | None,
        session: Session,
    ) -> QueueEntry:
        station = await self._stations.get(station_id, session)
        self._refuse_early(station)
        packs = await self._packs.list_at_station(station_id, session)
        self._require_promise(packs, forecast)
        now = self._clock.now()
        entry_id = new_id()
        held = await self._packs.hold(
            packs,
            entry_id=entry_id,
            promised_soc_percent=self._queue.promised_soc_percent,
            session=session,
        )
        if not held or held[0].place.evse_id is None:
            raise _no_charged_pack()
        pack = held[0]
        entry = QueueEntry(
            id=entry_id,
            station_id=station_id,
            rider_id=rider_id,
            serial_number=pack.id,
            evse_id=held[0].place.evse_id,
            promised_soc_percent=self._queue.promised_soc_percent,
            walk_in=forecast is None,
            confirmed_at=now,
            hold_until=now + self._hold,
            token_id=new_id(),
            token_expires_at=now + self._hold,
            idempotency_key=idempotency_key,
            bonus=bonus_at(station),
        )
        await entry.insert(session=session)
        await self._geofences.watch(
            session,
            watch_id=watch_name(HOLD_WATCH, entry.id),
            subject_id=rider_id,
            place_id=station_id,
            centre=station.information.point,
            radius_metres=self._fence_metres,
            until=entry.hold_until,
        )
        return await self._queue.record(entry, station, 1, session)

    def _require_promise(self, packs: Sequence[Pack], forecast: DemandForecast | None) -> None:
        """Raise NoChargedPackError unless a pack may be promised; a walk-in may have the buffer too."""
        count = _count(packs, self._queue.promised_soc_percent)
        buffer = 0
        if forecast is not None:
            soon = _count(packs, self._queue.promised_soc_percent - charge_gained(self._hold / 2))
            buffer = walk_in_buffer(forecast, count.charged, soon.charged - count.charged)
        if packs_to_promise(count.charged, count.held, buffer) < 1:
            raise _no_charged_pack()

    def _refuse_early(self, station: Station) -> None:
        """Refuse what the committed status rules out already, before a transaction is spent on it."""
        if station.status.state is not StationState.OPEN:
            raise StationClosedError("This station hands out no packs now; choose another one.")
        if station.status.stock.free_packs < 1:
            raise _no_charged_pack()

    async def _find_earlier(self, rider_id: str, station_id: str, idempotency_key: str) -> QueueEntry | None:
        earlier = await QueueEntry.find_by_key(rider_id, idempotency_key)
        if earlier is not None and earlier.station_id != station_id:
            raise IdempotencyConflictError(
                "This idempotency key was used for another station; use a new key for a new request."
            )
        return earlier

    async def _lapse(self, entry_id: str) -> bool:
        async def work(session: Session) -> bool:
            entry = await QueueEntry.read(entry_id, session)
            if entry is None:
                return False
            ended = await self._end(
                entry_id,
                end_of_lapsed(entry.arrived_at, entry.verified_at),
                {"active": True, "hold_until": {"$lte": self._clock.now()}},
                session,
            )
            return ended is not None

        return await self._mongo.in_transaction(work)

    async def _end(
        self, entry_id: str, state: EntryState, condition: dict[str, object], session: Session
    ) -> QueueEntry | None:
        """End an active entry and free what it held; None when `condition` no longer holds."""
        entry = await QueueEntry.change(
            entry_id,
            condition,
            {"state": state, "active": False, "ended_at": self._clock.now()},
            session,
        )
        if entry is None:
            return None
        await self._packs.release(await self._packs.list_held(entry_id, session), session)
        await self._geofences.unwatch(session, watch_name(HOLD_WATCH, entry_id))
        station = await self._stations.get(entry.station_id, session)
        return await self._queue.record(entry, station, -1, session)

    async def _why_not_cancelled(self, entry_id: str, rider_id: str, session: Session) -> QueueEntry:
        entry = await QueueEntry.read(entry_id, session)
        if entry is None or entry.rider_id != rider_id:
            raise EntryNotFoundError("There is no such entry of yours.")
        if entry.state is EntryState.CANCELLED:
            return entry
        if entry.state is EntryState.VERIFIED:
            raise SwapUnderWayError("Your QR token was scanned; finish the swap or ask the staff.")
        raise HoldEndedError(f"This hold has ended already ({entry.state}).")


def _count(packs: Sequence[Pack], promised_soc_percent: float) -> PackCount:
    return count_packs(packs, promised_soc_percent).get(STANDARD_PACK.id, PackCount())


def _no_charged_pack() -> NoChargedPackError:
    return NoChargedPackError(
        "No pack of the promised charge is free here; ask `recommend` for another station."
    )
