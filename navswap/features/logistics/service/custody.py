"""Packs change hands by being scanned: out of a slot, onto the vehicle, into a slot."""

from collections.abc import Sequence
from dataclasses import dataclass

from navswap.features.logistics.documents import ENDED, JobState, Transporter, TransportJob
from navswap.features.logistics.errors import (
    BadScanError,
    JobEndedError,
    JobNotFoundError,
    JobUnderWayError,
    StationFullError,
    TooManyPacksError,
    VehicleTooSmallError,
)
from navswap.features.logistics.rules import assign_slots, outcome
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.features.packs.errors import PackElsewhereError, SlotTakenError
from navswap.features.packs.service import Pack, PackIntoSlot, Slot
from navswap.features.stations.service import Station
from navswap.infra.mongo import Session

MAX_SCANNED = 200
"""Most packs of one scan, as many as the largest vehicle carries."""


@dataclass(frozen=True, slots=True)
class ScannedPack:
    """A pack that is put into a slot; without `evse_id` into the lowest empty one."""

    serial_number: str
    evse_id: int | None = None


class CustodyService:
    """Moves packs with their jobs; the stock of each station changes in the same transaction."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._keeper = dependencies.keeper
        self._promised_soc_percent = float(dependencies.settings.promised_soc_percent)

    async def pick_up(self, job_id: str, transporter_id: str, serial_numbers: Sequence[str]) -> TransportJob:
        """Take scanned packs from the slots of the origin; one that is on board already is no mistake.

        Raises BadScanError, JobNotFoundError, JobEndedError, TooManyPacksError, PackNotFoundError,
        PackElsewhereError, PackPromisedError, PackNotReadyError; none of the packs is taken then.
        """
        _check_scan(serial_numbers)

        async def work(session: Session) -> TransportJob:
            job = await self._own(job_id, transporter_id, session)
            new = [one for one in serial_numbers if one not in job.picked_up]
            if job.ended and new:
                raise _ended()
            if not new:
                return job
            if len(job.picked_up) + len(new) > job.packs:
                raise TooManyPacksError(
                    f"This job is for {job.packs} packs; leave the others in their slots."
                )
            await self._packs.load(new, job.origin_id, transporter_id, self._promised_soc_percent, session)
            await self._count_anew(job.origin_id, session)
            moved = await job.advance(
                {
                    "state": JobState.IN_TRANSIT,
                    "picked_up": [*job.picked_up, *new],
                    "picked_up_at": job.picked_up_at or self._clock.now(),
                },
                session,
            )
            return await self._keeper.tell(moved, session)

        return await self._mongo.in_transaction(work)

    async def deliver(self, job_id: str, transporter_id: str, packs: Sequence[ScannedPack]) -> TransportJob:
        """Put scanned packs into slots of the target; the job ends, and is paid, once nothing of it is on board.

        Raises BadScanError, JobNotFoundError, JobEndedError, PackElsewhereError, SlotTakenError, StationFullError;
        none of the packs is delivered then.
        """
        _check_scan([one.serial_number for one in packs])

        async def work(session: Session) -> TransportJob:
            job = await self._own(job_id, transporter_id, session)
            new = [one for one in packs if one.serial_number not in job.delivered]
            if job.ended and new:
                raise _ended()
            if not new:
                return job
            on_board = set(job.on_board)
            for one in new:
                if one.serial_number not in on_board:
                    raise PackElsewhereError(f"Pack {one.serial_number} is not on board for this job.")
            await self._put_in(job.target_id, transporter_id, new, session)
            delivered = [*job.delivered, *(one.serial_number for one in new)]
            state = outcome(job.packs, len(job.picked_up), len(delivered))
            if state in ENDED:
                return await self._keeper.finish(job, state, session, delivered=delivered)
            return await self._keeper.tell(await job.advance({"delivered": delivered}, session), session)

        return await self._mongo.in_transaction(work)

    async def bring_back(self, station_id: str, transporter_id: str, packs: Sequence[ScannedPack]) -> Station:
        """Put packs that stayed with a transporter after a job into slots of any station; nothing is paid.

        One that the transporter put in there before, and that nobody has moved since, is no mistake. Raises BadScanError, StationNotFoundError, JobUnderWayError, PackNotFoundError, PackElsewhereError,
        SlotTakenError, StationFullError; none of the packs is returned then.
        """
        _check_scan([one.serial_number for one in packs])

        async def work(session: Session) -> Station:
            working = await TransportJob.list_where(
                {"transporter_id": transporter_id, "active": True}, session
            )
            needed = {serial_number for job in working for serial_number in job.on_board}
            if any(one.serial_number in needed for one in packs):
                raise JobUnderWayError(
                    "A pack belongs to your job under way; deliver it there, or end the job."
                )
            new = await self._not_yet_in(station_id, transporter_id, packs, session)
            if not new:
                return await self._stations.get(station_id, session)
            return await self._put_in(station_id, transporter_id, new, session)

        return await self._mongo.in_transaction(work)

    async def collect(
        self, station_id: str, transporter_id: str, serial_numbers: Sequence[str]
    ) -> list[Pack]:
        """Take recalled and retired packs out of their slots, to be handed in at a depot; nothing is paid.

        One that is on board already is no mistake. Returns all packs that are with the transporter then. Raises
        BadScanError, StationNotFoundError, VehicleTooSmallError, PackNotFoundError, PackElsewhereError,
        PackNotReadyError; none of the packs is taken then.
        """
        _check_scan(serial_numbers)

        async def work(session: Session) -> list[Pack]:
            await self._stations.get(station_id, session)
            await self._packs.collect(list(serial_numbers), station_id, transporter_id, session)
            await self._count_anew(station_id, session)
            loaded = (await self._packs.list_with_transporters([transporter_id], session))[transporter_id]
            await self._require_room(transporter_id, len(loaded), session)
            return list(loaded)

        return await self._mongo.in_transaction(work)

    async def _require_room(self, transporter_id: str, loaded: int, session: Session) -> None:
        """Raise VehicleTooSmallError unless what is loaded, and still to be fetched for a job, fits."""
        transporter = await Transporter.read(transporter_id, session)
        capacity = 0 if transporter is None else transporter.capacity_packs
        jobs = await TransportJob.list_where({"transporter_id": transporter_id, "active": True}, session)
        to_fetch = sum(job.packs - len(job.picked_up) for job in jobs)
        if loaded + to_fetch > capacity:
            raise VehicleTooSmallError(
                f"Your vehicle carries {capacity} packs, and {to_fetch} of your job are to come; take fewer."
            )

    async def _own(self, job_id: str, transporter_id: str, session: Session) -> TransportJob:
        job = await TransportJob.read(job_id, session)
        if job is None or job.transporter_id != transporter_id:
            raise JobNotFoundError("There is no such job of yours; take it first.")
        return job

    async def _not_yet_in(
        self, station_id: str, transporter_id: str, packs: Sequence[ScannedPack], session: Session
    ) -> list[ScannedPack]:
        """Return the packs that the transporter did not already put in there, into the slot that is named."""
        brought = {
            pack.id: pack.place.evse_id
            for pack in await self._packs.list_at_station(station_id, session)
            if pack.brought_by == transporter_id
        }
        return [
            one
            for one in packs
            if one.serial_number not in brought or one.evse_id not in {None, brought[one.serial_number]}
        ]

    async def _put_in(
        self, station_id: str, transporter_id: str, packs: Sequence[ScannedPack], session: Session
    ) -> Station:
        station = await self._stations.get(station_id, session)
        taken = {pack.place.evse_id for pack in await self._packs.list_at_station(station_id, session)}
        closed = station.closed_slots
        free = [
            slot
            for slot in range(1, station.information.slot_count + 1)
            if slot not in taken and slot not in closed
        ]
        into = []
        for pack, slot in zip(packs, assign_slots([one.evse_id for one in packs], free), strict=True):
            if slot is None and pack.evse_id is None:
                raise StationFullError("The station has no empty slot for all of these packs; deliver fewer.")
            if slot is None:
                raise SlotTakenError(f"Slot {pack.evse_id} is not an empty slot of this station.")
            model_id = station.information.model_of_slot(slot)
            into.append(PackIntoSlot(pack.serial_number, Slot(station_id, slot, model_id)))
        await self._packs.unload(into, transporter_id, session)
        return await self._count_anew(station_id, session)

    async def _count_anew(self, station_id: str, session: Session) -> Station:
        packs = await self._packs.count(station_id, self._promised_soc_percent, session)
        return await self._stations.record_packs(station_id, packs, session)


def _check_scan(serial_numbers: Sequence[str]) -> None:
    if not 1 <= len(serial_numbers) <= MAX_SCANNED or len(set(serial_numbers)) < len(serial_numbers):
        raise BadScanError(f"Scan 1 to {MAX_SCANNED} packs, each once.")


def _ended() -> JobEndedError:
    return JobEndedError("This job has ended; bring packs that are still with you back to a station.")
