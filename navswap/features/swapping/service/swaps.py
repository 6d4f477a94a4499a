"""Swaps: verify the QR token once, then move both packs in one transaction."""

from dataclasses import dataclass
from datetime import timedelta

from navswap.auth.tokens import QR_EARLY, InvalidTokenError, QrClaims, QrTokens
from navswap.events.outbox import publish
from navswap.features.geofences.events import watch_name
from navswap.features.packs.errors import PackElsewhereError, SlotTakenError
from navswap.features.packs.service import Pack, PackIntoSlot, PackReading, Slot, may_be_handed_out
from navswap.features.stations.service import Station
from navswap.features.swapping.documents import CANCELLABLE, EntryState, QueueEntry, Swap, SwappedPack
from navswap.features.swapping.errors import (
    EntryNotFoundError,
    HoldEndedError,
    NoChargedPackError,
    NotVerifiedError,
    QrAlreadyUsedError,
    QrInvalidError,
    QrOutsideWindowError,
    ReturnPackMissingError,
    RiderNotAtStationError,
    WrongStationError,
)
from navswap.features.swapping.events import HOLD_WATCH, SwapCompleted
from navswap.features.swapping.rules import bonus_earned
from navswap.features.swapping.service.dependencies import Dependencies
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class ReturnedPack:
    """The pack that the rider hands in; without a slot it goes where the handed-out one was."""

    serial_number: str
    soc_percent: float
    evse_id: int | None = None


class SwapService:
    """Verifies tokens, completes swaps, and takes what stations report of their packs."""

    def __init__(self, dependencies: Dependencies, qr_tokens: QrTokens) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._qr_tokens = qr_tokens
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._geofences = dependencies.geofences
        self._queue = dependencies.queue
        self._presence = dependencies.presence
        self._swap_time = timedelta(minutes=dependencies.settings.swap_minutes)

    def qr_token(self, entry: QueueEntry) -> str:
        """Return the token of a hold; asking again gives the same one."""
        return self._qr_tokens.sign(
            QrClaims(
                token_id=entry.token_id,
                entry_id=entry.id,
                station_id=entry.station_id,
                rider_id=entry.rider_id,
                not_before=entry.confirmed_at,
                expires_at=entry.token_expires_at,
            )
        )

    async def verify(
        self, token: str, station_id: str, verified_by: str, idempotency_key: str | None
    ) -> QueueEntry:
        """Spend a QR token. Of two scans one succeeds; a retry with the same key returns the first answer.

        Raises QrInvalidError, QrOutsideWindowError, WrongStationError, StationNotFoundError,
        RiderNotAtStationError, QrAlreadyUsedError, HoldEndedError.
        """
        claims = self._readable(token)
        station = await self._stations.get(station_id)
        if claims.station_id != station_id:
            raise WrongStationError("This hold is for another station; send the rider there.")
        if not await self._presence.is_at(claims.rider_id, station):
            raise RiderNotAtStationError(
                "No recent position of the rider is near this station; open the app at the station and scan again."
            )
        key = None if idempotency_key is None else f"{verified_by}:{idempotency_key}"
        return await self._mongo.in_transaction(
            lambda session: self._spend(claims, verified_by, key, session)
        )

    async def complete(self, entry_id: str, completed_by: str, returned: ReturnedPack | None) -> Swap:
        """Move both packs, write the swap and end the entry; completing again returns the first swap.

        Raises EntryNotFoundError, NotVerifiedError, HoldEndedError, NoChargedPackError,
        ReturnPackMissingError, PackNotFoundError, PackElsewhereError, SlotTakenError.
        """
        return await self._mongo.in_transaction(
            lambda session: self._complete(entry_id, completed_by, returned, session)
        )

    async def report_packs(self, station_id: str, readings: list[PackReading]) -> Station:
        """Write what a station measured of its packs and count its stock anew.

        Raises StationNotFoundError, PackElsewhereError.
        """

        async def work(session: Session) -> Station:
            await self._stations.get(station_id, session)
            await self._packs.report(station_id, readings, session)
            return await self._queue.record_stock(station_id, session)

        return await self._mongo.in_transaction(work)

    def _readable(self, token: str) -> QrClaims:
        try:
            claims = self._qr_tokens.read(token)
        except InvalidTokenError as error:
            raise QrInvalidError("This QR code is not one of ours; let the rider show it again.") from error
        now = self._clock.now()
        if now < claims.not_before - QR_EARLY or now >= claims.expires_at:
            raise QrOutsideWindowError("This QR code is not good at this time; the rider confirms anew.")
        return claims

    async def _spend(
        self, claims: QrClaims, verified_by: str, key: str | None, session: Session
    ) -> QueueEntry:
        now = self._clock.now()
        entry = await QueueEntry.change(
            claims.entry_id,
            {
                "token_id": claims.token_id,
                "station_id": claims.station_id,
                "state": {"$in": list(CANCELLABLE)},
                "hold_until": {"$gt": now},
            },
            {
                "state": EntryState.VERIFIED,
                "verified_at": now,
                "verified_by": verified_by,
                "verify_key": key,
                "hold_until": now + self._swap_time,
            },
            session,
        )
        if entry is None:
            return await self._why_not_spent(claims, key, session)
        station = await self._stations.get(entry.station_id, session)
        return await self._queue.record(entry, station, 0, session)

    async def _why_not_spent(self, claims: QrClaims, key: str | None, session: Session) -> QueueEntry:
        entry = await QueueEntry.read(claims.entry_id, session)
        if entry is None or entry.token_id != claims.token_id:
            raise QrInvalidError("This QR code belongs to no hold; the rider confirms anew.")
        if key is not None and entry.verify_key == key:
            return entry
        if entry.verified_at is not None:
            raise QrAlreadyUsedError("This QR code was scanned before; it is good once.")
        raise HoldEndedError(f"This hold has ended ({entry.state}); the rider confirms anew.")

    async def _complete(
        self, entry_id: str, completed_by: str, returned: ReturnedPack | None, session: Session
    ) -> Swap:
        now = self._clock.now()
        entry = await QueueEntry.change(
            entry_id,
            {"state": EntryState.VERIFIED},
            {"state": EntryState.FULFILLED, "active": False, "ended_at": now},
            session,
        )
        if entry is None:
            return await self._why_not_completed(entry_id, session)
        station = await self._stations.get(entry.station_id, session)
        await self._require_return(entry, returned, session)
        pack_out = await self._pack_for(entry, session)
        _require_two_packs(pack_out, returned)
        evse_out = pack_out.place.evse_id or entry.evse_id
        await self._packs.hand_out([pack_out], entry.rider_id, session)
        swap = Swap(
            id=new_id(),
            entry_id=entry.id,
            station_id=entry.station_id,
            rider_id=entry.rider_id,
            completed_by=completed_by,
            pack_in=await self._take_in(entry, station, returned, evse_out, session),
            pack_out=SwappedPack(
                serial_number=pack_out.id, evse_id=evse_out, soc_percent=pack_out.soc_percent
            ),
            walk_in=entry.walk_in,
            bonus_credits=bonus_earned(entry.bonus, returned.soc_percent if returned else None),
            confirmed_at=entry.confirmed_at,
            completed_at=now,
        )
        await swap.insert(session=session)
        await self._geofences.unwatch(session, watch_name(HOLD_WATCH, entry.id))
        await publish(session, now, SwapCompleted.of(swap))
        await self._queue.record(entry, station, -1, session)
        return swap

    async def _require_return(
        self, entry: QueueEntry, returned: ReturnedPack | None, session: Session
    ) -> None:
        if returned is None and await self._packs.list_of_rider(entry.rider_id, session):
            raise ReturnPackMissingError("The rider has a pack; scan it and put it into a slot first.")

    async def _pack_for(self, entry: QueueEntry, session: Session) -> Pack:
        """Return the held pack, or the best free one where the held one is no longer as promised."""
        packs = await self._packs.list_at_station(entry.station_id, session)
        held = [pack for pack in packs if pack.held_by == entry.id]
        if held and may_be_handed_out(held[0], entry.promised_soc_percent):
            return held[0]
        await self._packs.release(held, session)
        others = await self._packs.hold(
            packs,
            entry_id=entry.id,
            promised_soc_percent=entry.promised_soc_percent,
            session=session,
        )
        if not others:
            raise NoChargedPackError(
                "The held pack is no longer as promised and no other one is free; cancel and choose another station."
            )
        return others[0]

    async def _take_in(
        self,
        entry: QueueEntry,
        station: Station,
        returned: ReturnedPack | None,
        evse_out: int,
        session: Session,
    ) -> SwappedPack | None:
        if returned is None:
            return None
        evse_id = returned.evse_id or evse_out
        if evse_id > station.information.slot_count:
            raise SlotTakenError(
                f"This station has no slot {evse_id}; its slots are 1 to {station.information.slot_count}."
            )
        if evse_id in station.closed_slots:
            raise SlotTakenError(f"Slot {evse_id} is out of use; put the pack into another one.")
        slot = Slot(station.id, evse_id, station.information.model_of_slot(evse_id))
        await self._packs.take_in(
            [PackIntoSlot(returned.serial_number, slot, returned.soc_percent)], entry.rider_id, session
        )
        return SwappedPack(
            serial_number=returned.serial_number, evse_id=evse_id, soc_percent=returned.soc_percent
        )

    async def _why_not_completed(self, entry_id: str, session: Session) -> Swap:
        entry = await QueueEntry.read(entry_id, session)
        if entry is None:
            raise EntryNotFoundError("There is no such queue entry.")
        if (done := await Swap.find_of_entry(entry_id, session)) is not None:
            return done
        if entry.state in CANCELLABLE:
            raise NotVerifiedError("Scan the rider's QR code first.")
        raise HoldEndedError(f"This hold has ended ({entry.state}); the rider confirms anew.")


def _require_two_packs(handed_out: Pack, returned: ReturnedPack | None) -> None:
    """Raise PackElsewhereError where the pack that the rider is about to get is given as the returned one."""
    if returned is not None and returned.serial_number == handed_out.id:
        raise PackElsewhereError(
            f"Pack {handed_out.id} is the one that the rider gets; scan the one that the rider hands in."
        )
