"""Use cases of packs: hold, move, measure. Each change runs in the caller's transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import Outbox
from navswap.features.packs.domain import custody, fitness, health
from navswap.features.packs.domain.counting import PackCount, at_station, best_free, count_packs
from navswap.features.packs.domain.values import Pack, PackReading, PlaceKind, Slot
from navswap.features.packs.errors import (
    PackKnownError,
    PackNotFoundError,
    SlotTakenError,
)
from navswap.features.packs.reading import StoredPackReader
from navswap.features.packs.service.broken_holds import look_after
from navswap.features.packs.storage import PackModels, Packs
from navswap.features.stations.service import BrokenHolds
from navswap.infra.joint_reads import Find
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition

SerialNumbers = tuple[str, ...] | list[str]
"""Several serial numbers; not a Sequence, which a single one would be as well."""


@dataclass(frozen=True, slots=True)
class PackIntoSlot:
    """A scanned pack, and the slot that it is put into; `soc_percent` where the slot measures it."""

    serial_number: str
    slot: Slot
    soc_percent: float | None = None


class PackService(StoredPackReader):
    """Changes packs, each within the transaction of the caller; several at once, all or none.

    What it reads without a session it will stop to read: callers that change nothing take a PackReader.
    """

    def __init__(self, clock: Clock, outbox: Outbox, broken_holds: BrokenHolds) -> None:
        self._clock = clock
        self._outbox = outbox
        self._broken_holds = broken_holds

    async def list_at_station(self, station_id: str, session: Session | None = None) -> tuple[Pack, ...]:
        """Return the packs in the slots of a station, by slot, as the transaction sees them.

        Read once for a use case and handed down: what changes packs returns them as they are then, and `at_station`
        puts both together.
        """
        return await Packs.list_at_station(station_id, session)

    def finding_at_station(self, station_id: str) -> Find[Pack]:
        """Find the packs in the slots of a station, by slot, beside something else."""
        return Packs.finding_at_station(station_id)

    async def list_at_stations(
        self, station_ids: Sequence[str], session: Session | None = None
    ) -> dict[str, tuple[Pack, ...]]:
        """Return the packs in the slots of each station, by serial number, as the transaction sees them."""
        return await Packs.list_with(PlaceKind.SLOT, station_ids, session)

    async def list_of_rider(self, rider_id: str, session: Session) -> tuple[Pack, ...]:
        """Return the packs that a rider rides with, by serial number."""
        return (await Packs.list_with(PlaceKind.RIDER, [rider_id], session))[rider_id]

    async def list_at_shop(self, shop_id: str, session: Session | None = None) -> tuple[Pack, ...]:
        """Return the packs that a shop stores, by serial number."""
        return (await Packs.list_with(PlaceKind.SHOP, [shop_id], session))[shop_id]

    async def list_with_transporters(
        self, transporter_ids: Sequence[str], session: Session | None = None
    ) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each transporter has on board, by serial number."""
        return await Packs.list_with(PlaceKind.TRANSPORTER, transporter_ids, session)

    async def list_held(self, entry_id: str, session: Session) -> tuple[Pack, ...]:
        """Return the packs that are held for a queue entry, by serial number."""
        return await Packs.list_held(entry_id, session)

    async def count_at_depot(
        self, depot_id: str, session: Session | None = None, *, model_id: str | None = None
    ) -> int:
        """Return how many fit packs a depot has, of one model or in all."""
        return await Packs.count_at_depot(depot_id, model_id, session)

    async def count_out_of_use(self, session: Session, *, model_id: str | None = None) -> int:
        """Return how many packs, of one model or in all, wait for a repair, or to be released from a recall."""
        return await Packs.count_out_of_use(model_id, session)

    async def hold(
        self,
        packs: Sequence[Pack],
        *,
        entry_id: str,
        promised_soc_percent: float,
        session: Session,
        model_id: str = STANDARD_PACK.id,
        count: int = 1,
    ) -> tuple[Pack, ...]:
        """Hold the fullest free packs of a model for a queue entry: `count` of them, or none.

        `packs` are those of a station as this transaction read them. Returns the packs held, by charge; empty where
        fewer are free, fit and charged.
        """
        chosen = best_free(packs, model_id=model_id, count=count, promised_soc_percent=promised_soc_percent)
        if len(chosen) < count:
            return ()
        now = self._clock.now()
        held = [custody.hold(pack, entry_id, promised_soc_percent, now) for pack in chosen]
        return await self._store(held, session)

    async def release(self, packs: Sequence[Pack], session: Session) -> tuple[Pack, ...]:
        """End the holds of packs that this transaction read; returns them as they are then."""
        return await self._store([custody.release(pack) for pack in packs], session)

    async def exchange(
        self, given: Sequence[Pack], returned: Sequence[PackIntoSlot], rider_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Give packs from their slots to a rider, and take those that the rider brought into slots.

        Returns all of them as they are then, those that were given first. Raises PackNotFoundError, PackElsewhereError
        for a returned pack that the rider did not have before, WrongPackModelError, SlotTakenError.
        """
        now = self._clock.now()
        found = await self._get([into.serial_number for into in returned], session)
        taken_in = [
            custody.take_in(
                found[into.serial_number],
                rider_id,
                into.slot,
                found[into.serial_number].soc_percent if into.soc_percent is None else into.soc_percent,
                now,
            )
            for into in returned
        ]
        moves = [*(custody.hand_out(pack, rider_id, now) for pack in given), *taken_in]
        try:
            # in this order, so that a returned pack may go into a slot that was just emptied
            return await self._store(moves, session)
        except DuplicateKeyError as error:
            slots = ", ".join(str(into.slot.evse_id) for into in returned)
            raise SlotTakenError(f"Another pack is in slot {slots}.") from error

    async def load(
        self,
        serial_numbers: SerialNumbers,
        station_id: str,
        transporter_id: str,
        promised_soc_percent: float,
        session: Session,
    ) -> tuple[Pack, ...]:
        """Give free charged packs from their slots to a transporter.

        Raises PackNotFoundError, PackElsewhereError where one is in no slot of the station, PackPromisedError,
        PackNotReadyError.
        """
        now = self._clock.now()
        return await self._move(
            serial_numbers,
            lambda pack: custody.load(pack, station_id, transporter_id, promised_soc_percent, now),
            session,
        )

    async def collect(
        self, serial_numbers: SerialNumbers, station_id: str, transporter_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Give recalled or retired packs from their slots to a transporter; returns those not on board before.

        Raises PackNotFoundError, PackElsewhereError where one is in no slot of the station, PackNotReadyError where it
        is in use, or its slot is locked.
        """
        now = self._clock.now()
        return await self._move(
            serial_numbers, lambda pack: custody.collect(pack, station_id, transporter_id, now), session
        )

    async def unload(
        self, packs: Sequence[PackIntoSlot], transporter_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Take packs of a transporter into slots.

        Raises PackNotFoundError, PackElsewhereError when the transporter does not have one, WrongPackModelError,
        SlotTakenError.
        """
        now = self._clock.now()
        return await self._put_in(
            packs, lambda pack, into: custody.unload(pack, transporter_id, into.slot, now), session
        )

    async def store(
        self, serial_numbers: SerialNumbers, shop_id: str, transporter_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Take packs of a transporter into a shop.

        Raises PackNotFoundError, PackElsewhereError for one that the transporter does not have.
        """
        now = self._clock.now()
        return await self._move(
            serial_numbers, lambda pack: custody.store(pack, shop_id, transporter_id, now), session
        )

    async def fetch(
        self, serial_numbers: SerialNumbers, shop_id: str, transporter_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Give packs of a shop to a transporter; returns those not on board before.

        Raises PackNotFoundError, PackElsewhereError.
        """
        now = self._clock.now()
        return await self._move(
            serial_numbers, lambda pack: custody.fetch(pack, shop_id, transporter_id, now), session
        )

    async def issue(
        self, serial_numbers: SerialNumbers, depot_id: str, transporter_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Give packs of a depot to a transporter; returns those not on board before.

        Raises PackNotFoundError, PackElsewhereError.
        """
        now = self._clock.now()
        return await self._move(
            serial_numbers, lambda pack: custody.issue(pack, depot_id, transporter_id, now), session
        )

    async def hand_in(
        self, serial_numbers: SerialNumbers, transporter_id: str, depot_id: str, session: Session
    ) -> tuple[Pack, ...]:
        """Take packs of a transporter into a depot; returns those that were not there before.

        Raises PackNotFoundError, PackElsewhereError.
        """
        now = self._clock.now()
        return await self._move(
            serial_numbers, lambda pack: custody.hand_in(pack, transporter_id, depot_id, now), session
        )

    async def commission(
        self,
        serial_numbers: SerialNumbers,
        depot_id: str,
        session: Session,
        model_id: str = STANDARD_PACK.id,
    ) -> tuple[Pack, ...]:
        """Take new packs of a model into a depot; raises PackKnownError where the network has one of them already."""
        if known := await Packs.list_known(serial_numbers, session):
            raise PackKnownError(f"Pack {known[0]} is in the network already; scan the new ones only.")
        now = self._clock.now()
        return await self._store(
            [custody.commission(serial, model_id, depot_id, now) for serial in serial_numbers], session
        )

    async def report(
        self, station_id: str, readings: Iterable[PackReading], session: Session
    ) -> tuple[Pack, ...]:
        """Write what a station measured of its packs; a reading of one that it does not have changes nothing.

        Returns all packs of the station as they are then, by slot.
        """
        packs = await Packs.list_at_station(station_id, session)
        now_there = {pack.id: pack for pack in packs}
        now, measured = self._clock.now(), list[Transition[Pack]]()
        capacities = await self._capacities([pack for pack in packs if health.is_due(pack, now)], session)
        for reading in readings:
            if (pack := now_there.get(reading.serial_number)) is None:
                continue
            reported = fitness.report(pack, reading, now)
            measured.append(health.record(reported, reading, capacities.get(pack.model_id), now))
            now_there[reading.serial_number] = measured[-1].after
        return at_station(station_id, packs, await self._store(measured, session))

    async def set_faulty(self, serial_number: str, session: Session, *, faulty: bool) -> Pack:
        """Make a pack faulty until it is made fit again, whatever is measured meanwhile; raises PackNotFoundError.

        A retired one stays retired, and a recalled one recalled, until it is released. A hold of it moves.
        """
        found = await self._get([serial_number], session)
        [changed] = await self._store([fitness.set_faulty(found[serial_number], faulty=faulty)], session)
        return changed

    async def shut_in_slots(
        self, station_id: str, evse_ids: Iterable[int], session: Session
    ) -> tuple[Pack, ...]:
        """Keep the packs in these slots of a station, and no others of it, from being held and handed out.

        Returns all packs of the station as they are then, by slot.
        """
        closed = frozenset(evse_ids)
        packs = await Packs.list_at_station(station_id, session)
        return await self._store(
            [custody.shut_in(pack, shut_in=pack.place.evse_id in closed) for pack in packs], session
        )

    async def add_missing(self, packs: Sequence[Pack]) -> int:
        """Store the packs that are not there yet (by serial number) and return how many were new."""
        return await Packs.insert_missing(packs)

    async def count(
        self, station_id: str, promised_soc_percent: float, session: Session
    ) -> dict[str, PackCount]:
        """Count the packs in the slots of a station by model, as the transaction sees them."""
        return count_packs(await Packs.list_at_station(station_id, session), promised_soc_percent)

    async def _capacities(self, packs: Sequence[Pack], session: Session) -> dict[str, float]:
        """Return the capacity in kWh of each model among some packs, as new; unknown ones are left out."""
        others = {pack.model_id for pack in packs} - {STANDARD_PACK.id}
        found = await PackModels.find_by_ids(sorted(others), session) if others else {}
        capacities = {model_id: registered.model.capacity_kwh for model_id, registered in found.items()}
        return {STANDARD_PACK.id: STANDARD_PACK.capacity_kwh, **capacities}

    async def _get(self, serial_numbers: SerialNumbers, session: Session) -> dict[str, Pack]:
        found = await Packs.find_by_ids(serial_numbers, session)
        for serial_number in serial_numbers:
            if serial_number not in found:
                raise PackNotFoundError(f"There is no pack {serial_number}.")
        return found

    async def _move(
        self,
        serial_numbers: SerialNumbers,
        decide: Callable[[Pack], Transition[Pack]],
        session: Session,
    ) -> tuple[Pack, ...]:
        """Move packs and return those that were not where they are moved to; one that is named twice moves once."""
        found, moves = await self._get(serial_numbers, session), list[Transition[Pack]]()
        for serial_number in serial_numbers:
            moves.append(decide(found[serial_number]))
            found[serial_number] = moves[-1].after
        return await self._store([move for move in moves if move.is_change], session)

    async def _put_in(
        self,
        packs: Sequence[PackIntoSlot],
        decide: Callable[[Pack, PackIntoSlot], Transition[Pack]],
        session: Session,
    ) -> tuple[Pack, ...]:
        found, moves = (
            await self._get([into.serial_number for into in packs], session),
            list[Transition[Pack]](),
        )
        for into in packs:
            moves.append(decide(found[into.serial_number], into))
            found[into.serial_number] = moves[-1].after
        try:
            return await self._store(moves, session)
        except DuplicateKeyError as error:
            slots = ", ".join(str(into.slot.evse_id) for into in packs)
            raise SlotTakenError(f"Another pack is in slot {slots}.") from error

    async def _store(self, transitions: Sequence[Transition[Pack]], session: Session) -> tuple[Pack, ...]:
        await Packs.apply_all(transitions, session)
        look_after(transitions, self._broken_holds, session)
        facts = [fact for transition in transitions for fact in transition.facts]
        await self._outbox.publish(session, self._clock.now(), *facts)
        return tuple(transition.after for transition in transitions)
