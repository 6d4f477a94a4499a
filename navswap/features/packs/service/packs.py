"""Use cases of packs: count, hold, release, move, report."""

from collections.abc import Iterable
from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import publish
from navswap.features.packs.documents import WITHDRAWN, Condition, Pack, Place, PlaceKind
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackKnownError,
    PackNotFoundError,
    PackNotReadyError,
    PackPromisedError,
    SlotTakenError,
)
from navswap.features.packs.events import PackMoved
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock

NEW_PACK_SOC_PERCENT = 30.0
"""Charge of a pack as it comes from its maker: the most that may travel by air (IATA)."""


@dataclass(frozen=True, slots=True)
class PackCount:
    """The packs in the slots of one station, counted by what can be done with them.

    `blocked` are the fit ones in a locked or faulted slot; `shut_in` are all in such a slot.
    """

    charged: int
    held: int
    charging: int
    faulty: int
    blocked: int = 0
    shut_in: int = 0

    @property
    def total(self) -> int:
        """Return how many slots are filled."""
        return self.charged + self.charging + self.faulty + self.blocked


@dataclass(frozen=True, slots=True)
class PackReading:
    """What a station measured of a pack in a slot."""

    serial_number: str
    soc_percent: float
    soh_percent: float | None = None
    faulty: bool | None = None


class PackService:
    """Keeps the packs; every change runs in the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def find(self, serial_number: str) -> Pack | None:
        """Return a pack, or None."""
        return await Pack.read(serial_number)

    async def list_by_ids(self, serial_numbers: list[str]) -> dict[str, Pack]:
        """Return packs by serial number; unknown ones are left out."""
        return await Pack.list_by_ids(serial_numbers)

    async def count_conditions(self, station_ids: list[str]) -> dict[str, dict[Condition, int]]:
        """Return how many packs in the slots of each station are in each condition, in one query."""
        return await Pack.count_conditions(station_ids)

    async def list_at_station(self, station_id: str, session: Session | None = None) -> list[Pack]:
        """Return the packs in the slots of a station, by slot, as the transaction sees them."""
        return await Pack.list_at_station(station_id, session)

    async def count(self, station_id: str, promised_soc_percent: float, session: Session) -> PackCount:
        """Count the packs in the slots of a station against a promised charge, as the transaction sees them."""
        return count_packs(await Pack.list_at_station(station_id, session), promised_soc_percent)

    async def count_whereabouts(self) -> dict[tuple[PlaceKind, Condition], int]:
        """Return how many packs are in each kind of place in each condition."""
        return await Pack.count_whereabouts()

    async def list_socs(self, station_ids: list[str]) -> dict[str, list[float]]:
        """Return the charges (%) of the fit packs in the slots of each station."""
        return await Pack.list_socs(station_ids)

    async def find_of_rider(self, rider_id: str, session: Session) -> Pack | None:
        """Return the pack that a rider rides with, or None."""
        return await Pack.find_with(PlaceKind.RIDER, rider_id, session)

    async def find_held(self, entry_id: str, session: Session) -> Pack | None:
        """Return the pack that is promised to an entry, or None."""
        return await Pack.find_held(entry_id, session)

    async def hold_best(
        self, station_id: str, entry_id: str, promised_soc_percent: float, session: Session
    ) -> Pack | None:
        """Promise the fullest free pack to an entry; None when no pack is free, fit and charged."""
        return await Pack.hold_best(station_id, entry_id, promised_soc_percent, self._clock.now(), session)

    async def release(self, entry_id: str, session: Session) -> None:
        """Take the promise to an entry back."""
        await Pack.release(entry_id, session)

    async def hand_out(self, pack: Pack, rider_id: str, session: Session) -> Pack:
        """Give a pack from its slot to a rider; raises PackElsewhereError when it is no longer there."""
        return await self._move(pack, pack.place, Place(kind=PlaceKind.RIDER, holder_id=rider_id), session)

    async def take_in(
        self,
        serial_number: str,
        rider_id: str,
        station_id: str,
        evse_id: int,
        soc_percent: float,
        session: Session,
    ) -> Pack:
        """Take a rider's pack into a slot.

        Raises PackNotFoundError, PackElsewhereError when the rider does not have it, SlotTakenError.
        """
        pack = await self._get(serial_number, session)
        slot = Place(kind=PlaceKind.SLOT, holder_id=station_id, evse_id=evse_id)
        rider = Place(kind=PlaceKind.RIDER, holder_id=rider_id)
        return await self._move(pack, rider, slot, session, soc_percent)

    async def load(
        self,
        serial_number: str,
        station_id: str,
        transporter_id: str,
        promised_soc_percent: float,
        session: Session,
    ) -> Pack:
        """Give a free charged pack from its slot to a transporter.

        Raises PackNotFoundError, PackElsewhereError where it is in no slot of the station, PackPromisedError,
        PackNotReadyError.
        """
        pack = await self._get(serial_number, session)
        if (pack.place.kind, pack.place.holder_id) != (PlaceKind.SLOT, station_id):
            raise PackElsewhereError(f"Pack {serial_number} is in no slot of this station.")
        if pack.held_by is not None:
            raise PackPromisedError(f"Pack {serial_number} is promised to a rider; take another one.")
        if not may_be_handed_out(pack, promised_soc_percent):
            raise PackNotReadyError(f"Pack {serial_number} may not be handed out; take another one.")
        target = Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter_id)
        return await self._move(pack, pack.place, target, session)

    async def unload(
        self, serial_number: str, transporter_id: str, station_id: str, evse_id: int, session: Session
    ) -> Pack:
        """Take a transporter's pack into a slot.

        Raises PackNotFoundError, PackElsewhereError when the transporter does not have it, SlotTakenError.
        """
        pack = await self._get(serial_number, session)
        origin = Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter_id)
        slot = Place(kind=PlaceKind.SLOT, holder_id=station_id, evse_id=evse_id)
        return await self._move(pack, origin, slot, session, brought_by=transporter_id)

    async def store(self, serial_number: str, shop_id: str, session: Session) -> Pack:
        """Take a pack into a shop from the transporter who has it.

        Raises PackNotFoundError, PackElsewhereError when no transporter has it.
        """
        pack = await self._get(serial_number, session)
        if pack.place.kind is not PlaceKind.TRANSPORTER:
            raise PackElsewhereError(f"No transporter has pack {serial_number}; scan it again.")
        return await self._move(pack, pack.place, Place(kind=PlaceKind.SHOP, holder_id=shop_id), session)

    async def fetch(self, serial_number: str, shop_id: str, transporter_id: str, session: Session) -> bool:
        """Give a pack of a shop to a transporter; False when the transporter has it already.

        Raises PackNotFoundError, PackElsewhereError.
        """
        return await self._fetch(
            serial_number, Place(kind=PlaceKind.SHOP, holder_id=shop_id), transporter_id, session
        )

    async def issue(self, serial_number: str, depot_id: str, transporter_id: str, session: Session) -> bool:
        """Give a pack of a depot to a transporter; False when the transporter has it already.

        Raises PackNotFoundError, PackElsewhereError.
        """
        return await self._fetch(
            serial_number, Place(kind=PlaceKind.DEPOT, holder_id=depot_id), transporter_id, session
        )

    async def collect(
        self, serial_number: str, station_id: str, transporter_id: str, session: Session
    ) -> bool:
        """Give a recalled or retired pack from its slot to a transporter; False when the transporter has it already.

        Raises PackNotFoundError, PackElsewhereError where it is in no slot of the station, PackNotReadyError where it
        is in use, or its slot is locked.
        """
        pack = await self._get(serial_number, session)
        target = Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter_id)
        if pack.place == target:
            return False
        if (pack.place.kind, pack.place.holder_id) != (PlaceKind.SLOT, station_id):
            raise PackElsewhereError(f"Pack {serial_number} is in no slot of this station.")
        if pack.condition not in WITHDRAWN or pack.shut_in:
            raise PackNotReadyError(f"Pack {serial_number} is in use, or its slot is locked; leave it there.")
        await self._move(pack, pack.place, target, session)
        return True

    async def hand_in(self, serial_number: str, transporter_id: str, depot_id: str, session: Session) -> bool:
        """Take a transporter's pack into a depot; False when it is there already.

        Raises PackNotFoundError, PackElsewhereError.
        """
        pack = await self._get(serial_number, session)
        target = Place(kind=PlaceKind.DEPOT, holder_id=depot_id)
        if pack.place == target:
            return False
        await self._move(pack, Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter_id), target, session)
        return True

    async def commission(self, serial_numbers: list[str], depot_id: str, session: Session) -> None:
        """Take new packs into a depot; raises PackKnownError where the network has one of them already."""
        now = self._clock.now()
        packs = [
            Pack(
                id=serial,
                soc_percent=NEW_PACK_SOC_PERCENT,
                soh_percent=100.0,
                cycles=0,
                place=Place(kind=PlaceKind.DEPOT, holder_id=depot_id),
                reported_at=now,
            )
            for serial in serial_numbers
        ]
        if known := sorted(await Pack.list_known(serial_numbers, session)):
            raise PackKnownError(f"Pack {known[0]} is in the network already; scan the new ones only.")
        await Pack.add_new(packs, session)

    async def count_at_depot(self, depot_id: str, session: Session | None = None) -> int:
        """Return how many fit packs a depot has."""
        wanted = {
            "place.holder_id": depot_id,
            "place.kind": PlaceKind.DEPOT,
            "condition": Condition.FIT,
        }
        return await Pack.count_matching(wanted, session)

    async def count_out_of_use(self, session: Session | None = None) -> int:
        """Return how many packs of the network wait for a repair, or to be released from a recall."""
        out_of_use = {"condition": {"$in": [Condition.FAULTY, Condition.RECALLED]}}
        return await Pack.count_matching(out_of_use, session)

    async def list_at_shop(self, shop_id: str, session: Session | None = None) -> list[Pack]:
        """Return the packs that a shop stores, by serial number."""
        return (await Pack.list_with(PlaceKind.SHOP, [shop_id], session))[shop_id]

    async def list_with_transporters(
        self, transporter_ids: list[str], session: Session | None = None
    ) -> dict[str, list[Pack]]:
        """Return the packs that each transporter has, by serial number."""
        return await Pack.list_with(PlaceKind.TRANSPORTER, transporter_ids, session)

    async def report(self, station_id: str, readings: Iterable[PackReading], session: Session) -> list[Pack]:
        """Write what a station measured of its packs; raises PackElsewhereError for one it does not have."""
        reported = []
        for reading in readings:
            values: dict[str, object] = {
                "soc_percent": reading.soc_percent,
                "reported_at": self._clock.now(),
            }
            if reading.soh_percent is not None:
                values["soh_percent"] = reading.soh_percent
            pack = await Pack.report(reading.serial_number, station_id, values, session)
            if pack is None:
                raise PackElsewhereError(f"Pack {reading.serial_number} is in no slot of this station.")
            if reading.faulty is not None:
                condition = Condition.FAULTY if reading.faulty else Condition.FIT
                pack = await Pack.set_condition(pack.id, condition, session) or pack
            reported.append(pack)
        return reported

    async def set_faulty(self, serial_number: str, session: Session, *, faulty: bool) -> Pack:
        """Make a pack faulty until it is made fit again, whatever is reported of it meanwhile.

        A retired one stays retired, and a recalled one recalled, until it is released. A promise on it stands until whoever gave it takes it back. Raises
        PackNotFoundError.
        """
        pack = await Pack.set_faulted(serial_number, session, faulted=faulty)
        return pack or await self._get(serial_number, session)

    async def shut_in_slots(self, station_id: str, evse_ids: Iterable[int], session: Session) -> None:
        """Keep the packs in these slots of a station, and no others of it, from being promised and handed out."""
        await Pack.shut_in_slots(station_id, sorted(evse_ids), session)

    async def add_missing(self, packs: list[Pack]) -> int:
        """Store the packs that are not there yet (by serial number) and return how many were new."""
        return await Pack.add_missing(packs)

    async def _get(self, serial_number: str, session: Session) -> Pack:
        pack = await Pack.read(serial_number, session)
        if pack is None:
            raise PackNotFoundError(f"There is no pack {serial_number}.")
        return pack

    async def _fetch(self, serial_number: str, origin: Place, transporter_id: str, session: Session) -> bool:
        pack = await self._get(serial_number, session)
        target = Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter_id)
        if pack.place == target:
            return False
        await self._move(pack, origin, target, session)
        return True

    async def _move(
        self,
        pack: Pack,
        origin: Place,
        target: Place,
        session: Session,
        soc_percent: float | None = None,
        brought_by: str | None = None,
    ) -> Pack:
        now = self._clock.now()
        values: dict[str, object] = {"reported_at": now, "brought_by": brought_by}
        if soc_percent is not None:
            values["soc_percent"] = soc_percent
        try:
            moved = await Pack.move(pack.id, origin, target, values, session)
        except DuplicateKeyError as error:
            raise SlotTakenError(f"Slot {target.evse_id} holds another pack.") from error
        if moved is None:
            raise PackElsewhereError(f"Pack {pack.id} is not where it would have to be; scan it again.")
        await publish(
            session,
            now,
            PackMoved(
                serial_number=pack.id,
                origin=origin,
                target=target,
                soc_percent=moved.soc_percent,
                revision=moved.revision,
            ),
        )
        return moved


def may_be_handed_out(pack: Pack, promised_soc_percent: float) -> bool:
    """Tell whether a rider may get a pack: it is fit, its slot opens, and it is charged to the promise or above."""
    return pack.condition is Condition.FIT and not pack.shut_in and pack.soc_percent >= promised_soc_percent


def count_packs(packs: Iterable[Pack], promised_soc_percent: float) -> PackCount:
    """Count packs by what can be done with them."""
    charged = held = charging = faulty = blocked = shut_in = 0
    for pack in packs:
        shut_in += pack.shut_in
        if pack.condition is not Condition.FIT:
            faulty += 1
        elif pack.shut_in:
            blocked += 1
        elif pack.soc_percent >= promised_soc_percent:
            charged += 1
            held += pack.held_by is not None
        else:
            charging += 1
    return PackCount(charged, held, charging, faulty, blocked, shut_in)
