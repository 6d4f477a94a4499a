"""Swaps: packs change hands in one transaction with the end of the entry."""

from collections.abc import Mapping, Sequence

from navswap.events.outbox import Outbox
from navswap.features.packs.service import Pack, PackIntoSlot, PackService
from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.lifecycle import Exchange
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import (
    EntryState,
    QueueEntry,
    ReturnedPack,
    Swap,
    SwappedPack,
)
from navswap.features.swapping.domain.visits import (
    assign_slots,
    identify_returns,
    packs_to_replace,
    require_same_returns,
)
from navswap.features.swapping.errors import EntryNotFoundError
from navswap.features.swapping.service.recording import QueueRecorder, WantedPacks
from navswap.features.swapping.service.station_packs import StationPacks
from navswap.features.swapping.storage import QueueEntries, Swaps
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids


class SwapService:
    """Completes swaps."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        outbox: Outbox,
        packs: PackService,
        queue: QueueRecorder,
        parameters: SwappingParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._packs = packs
        self._queue = queue
        self._parameters = parameters

    async def complete(self, entry_id: str, completed_by: str, *returned: ReturnedPack) -> Swap:
        """Exchange the packs, write the swap and end the entry; completing again returns the first swap.

        All packs that the rider has must come back, in slots that take their model; all are exchanged, or none. Raises
        SwapCompletedOtherwiseError, EntryNotFoundError, NotVerifiedError, HoldEndedError, NoChargedPackError, ReturnPackMissingError,
        InvalidInputError, PackNotFoundError, PackElsewhereError, WrongPackModelError, SlotTakenError.
        """
        async with self._queue.turn_of(entry_id):
            return await self._mongo.in_transaction(
                lambda session: self._complete(entry_id, completed_by, returned, session)
            )

    async def _complete(
        self, entry_id: str, completed_by: str, returned: Sequence[ReturnedPack], session: Session
    ) -> Swap:
        entry = await QueueEntries.find(entry_id, session)
        if entry is None:
            raise EntryNotFoundError("There is no such queue entry.")
        if entry.state is EntryState.FULFILLED and (done := await Swaps.find_of_entry(entry_id, session)):
            require_same_returns(done, returned)
            return done
        lifecycle.require_verified(entry)
        of_rider = await self._packs.list_of_rider(entry.rider_id, session)
        comes_back = identify_returns([pack.id for pack in of_rider], returned)
        place = await self._queue.read(entry.station_id, session)
        place, exchange = await self._exchange(entry, place, comes_back, completed_by, session)
        now = self._clock.now()
        completion = lifecycle.complete(entry, self._ids.new(), exchange, place.queue, now, self._parameters)
        swap = await Swaps.apply(completion.swap, session)
        await self._outbox.publish(session, now, *completion.swap.facts)
        await self._queue.end(completion.entry, place, session)
        return swap

    async def _exchange(
        self,
        entry: QueueEntry,
        place: StationPacks,
        returned: Mapping[str, ReturnedPack],
        completed_by: str,
        session: Session,
    ) -> tuple[StationPacks, Exchange]:
        """Move the packs, and return the station as it is then."""
        place, packs_out = await self._packs_for(entry, place, session)
        out = [_swapped(pack) for pack in packs_out]
        into = [
            PackIntoSlot(pack.serial_number, place.slot(pack.evse_id), pack.soc_percent)
            for pack in assign_slots(
                returned, [pack.evse_id for pack in out], place.station.information.slot_count
            )
        ]
        moved = await self._packs.exchange(packs_out, into, entry.rider_id, session)
        taken_in = [_swapped(pack) for pack in moved if pack.is_in_slot_of(place.station.id)]
        return place.with_changed(moved), Exchange(out, taken_in, completed_by)

    async def _packs_for(
        self, entry: QueueEntry, place: StationPacks, session: Session
    ) -> tuple[StationPacks, tuple[Pack, ...]]:
        """Return the held packs, the best free ones in place of those that are no longer as promised."""
        good = place.good_packs(entry)
        free = place.free_packs(entry.pack_model_id, entry.promised_soc_percent)
        missing = packs_to_replace(len(entry.packs), len(good), free)
        if missing == 0:
            return place, good
        spoiled = [pack for pack in place.held_by(entry.id) if pack not in good]
        place = await self._queue.release(spoiled, place, session)
        wanted = WantedPacks(entry.id, entry.pack_model_id, missing, entry.promised_soc_percent)
        place, others = await self._queue.hold(place, wanted, session)
        return place, (*good, *others)


def _swapped(pack: Pack) -> SwappedPack:
    if pack.place.evse_id is None:
        raise ValueError(f"pack {pack.id} is in no slot")
    return SwappedPack(pack.id, pack.place.evse_id, pack.soc_percent)
