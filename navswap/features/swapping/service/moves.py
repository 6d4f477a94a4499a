"""Moves: a hold that can no longer be kept goes to another pack or station, or ends with a compensation."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.geofences.events import watch_name
from navswap.features.packs.service import Condition, Pack
from navswap.features.stations.service import Near, Station, StationFilter, StationState
from navswap.features.swapping.documents import EntryState, Move, MoveCause, QueueEntry
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.rules import moved_until
from navswap.features.swapping.service.dependencies import Dependencies
from navswap.infra.mongo import Session
from navswap.kit.geo import distance_metres
from navswap.kit.ids import new_id

CANDIDATES = 20
"""Nearest open stations with charged packs that are asked for one."""


WHY_COMPENSATED = {
    MoveCause.FAULT: "A fault at the station ended your hold.",
    MoveCause.PACK_WITHDRAWN: "The pack that you held was withdrawn.",
    MoveCause.STATION_CLOSED: "The station of your hold was closed.",
}


@dataclass(frozen=True, slots=True)
class Why:
    """Why holds may have to move; `fault_id` names the fault where it is one."""

    cause: MoveCause
    fault_id: str | None = None

    @classmethod
    def fault(cls, fault_id: str) -> "Why":
        """Return that a fault is why."""
        return cls(MoveCause.FAULT, fault_id)


class MoveService:
    """Keeps promises when a fault, an order or a closed station takes away what they rest on."""

    def __init__(self, dependencies: Dependencies, credit: CreditService) -> None:
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._geofences = dependencies.geofences
        self._queue = dependencies.queue
        self._credit = credit
        self._hold = timedelta(minutes=dependencies.settings.hold_minutes)
        self._fence_metres = dependencies.settings.fence_metres
        self._within_metres = dependencies.settings.move_within_metres
        self._compensation = dependencies.settings.compensation_credits

    async def heal(self, station_id: str, why: Why, session: Session) -> list[QueueEntry]:
        """Move or end the holds at a station that can no longer be kept, first come first served.

        What the station is now decides, not what happened then: healing again changes nothing.
        """
        return [
            await self._rescue(entry, why, session)
            for entry in await QueueEntry.list_active_at(station_id, session)
            if not await self._can_be_kept(entry, session)
        ]

    async def _can_be_kept(self, entry: QueueEntry, session: Session) -> bool:
        station = await self._stations.get(entry.station_id, session)
        held = await self._packs.list_held(entry.id, session)
        return (
            _still_serves(station, entry)
            and len(held) == 1
            and all(pack.condition is Condition.FIT and not pack.shut_in for pack in held)
        )

    async def _rescue(self, entry: QueueEntry, why: Why, session: Session) -> QueueEntry:
        await self._packs.release(await self._packs.list_held(entry.id, session), session)
        origin = await self._stations.get(entry.station_id, session)
        async for target in self._candidates(entry, origin, session):
            held = await self._packs.hold(
                await self._packs.list_at_station(target.id, session),
                entry_id=entry.id,
                promised_soc_percent=entry.promised_soc_percent,
                session=session,
            )
            if held:
                return await self._move(entry, origin, target, held[0], why, session)
        return await self._compensate(entry, origin, why, session)

    async def _candidates(
        self, entry: QueueEntry, origin: Station, session: Session
    ) -> AsyncIterator[Station]:
        """Yield the stations to ask, as the transaction sees them: the same one, then others by distance."""
        if _still_serves(origin, entry):
            yield origin
        near = Near(origin.information.point, self._within_metres)
        wanted = StationFilter(near=near, state=StationState.OPEN, minimum_charged_packs=1)
        for found in await self._stations.list_page(wanted, after=None, limit=CANDIDATES):
            other = await self._stations.get(found.station.id, session)
            if other.id != origin.id and other.status.state is StationState.OPEN:
                yield other

    async def _move(
        self,
        entry: QueueEntry,
        origin: Station,
        target: Station,
        pack: Pack,
        why: Why,
        session: Session,
    ) -> QueueEntry:
        now = self._clock.now()
        move = Move(
            moved_at=now,
            cause=why.cause,
            fault_id=why.fault_id,
            from_station_id=origin.id,
            from_serial_number=entry.serial_number,
            to_station_id=target.id,
            to_serial_number=pack.id,
            distance_metres=distance_metres(origin.information.point, target.information.point),
        )
        values: dict[str, object] = {
            "serial_number": pack.id,
            "evse_id": pack.place.evse_id,
            "moves": [one.model_dump() for one in (*entry.moves, move)],
        }
        if target.id != origin.id:
            until = moved_until(entry.hold_until, now, self._hold)
            values |= _anew_at(target, until)
            await self._geofences.watch(
                session,
                watch_id=watch_name(HOLD_WATCH, entry.id),
                subject_id=entry.rider_id,
                place_id=target.id,
                centre=target.information.point,
                radius_metres=self._fence_metres,
                until=until,
            )
        moved = await QueueEntry.change(entry.id, {"active": True}, values, session)
        if moved is None:
            raise RuntimeError("an entry that was read as active in this transaction has ended")
        return await self._queue.record_move(moved, origin, target, session)

    async def _compensate(self, entry: QueueEntry, origin: Station, why: Why, session: Session) -> QueueEntry:
        """End a hold that nobody can keep, and pay its rider, once for each entry."""
        ended = await QueueEntry.change(
            entry.id,
            {"active": True},
            {
                "state": EntryState.COMPENSATED,
                "active": False,
                "ended_at": self._clock.now(),
                "compensation_credits": self._compensation,
            },
            session,
        )
        if ended is None:
            raise RuntimeError("an entry that was read as active in this transaction has ended")
        await self._geofences.unwatch(session, watch_name(HOLD_WATCH, entry.id))
        await self._credit.pay(
            session,
            f"compensation:{entry.id}",
            SystemAccount.COMPENSATION,
            user_account(entry.rider_id),
            self._compensation,
            WHY_COMPENSATED[why.cause],
        )
        return await self._queue.record(ended, origin, -1, session)


def _still_serves(station: Station, entry: QueueEntry) -> bool:
    """Tell whether a station hands out the pack of an entry: open, or closed after the rider's code was scanned."""
    state = station.status.state
    return state is StationState.OPEN or (state is StationState.CLOSED and entry.state is EntryState.VERIFIED)


def _anew_at(target: Station, until: datetime) -> dict[str, object]:
    """Return what changes for a hold at another station: the rider rides there and shows a new QR code."""
    return {
        "station_id": target.id,
        "state": EntryState.CONFIRMED,
        "walk_in": False,
        "hold_until": until,
        "token_id": new_id(),
        "token_expires_at": until,
        "arrived_at": None,
        "verified_at": None,
        "verified_by": None,
        "verify_key": None,
    }
