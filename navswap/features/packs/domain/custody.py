"""Custody: a pack is in one place, and in a slot it may be held for one queue entry.

A pack moves slot → rider → slot (a swap), slot → transporter → slot (transport), transporter → shop → transporter (storage),
depot → transporter → depot (supply and recall). Each move ends a hold, and is a fact.
"""

from datetime import datetime

from navswap.features.packs.domain.values import WITHDRAWN, Condition, Pack, PackUsage, Place, PlaceKind, Slot
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackNotReadyError,
    PackPromisedError,
    WrongPackModelError,
)
from navswap.features.packs.events import PackMoved
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.values import replace

NEW_PACK_SOC_PERCENT = 30.0
"""Charge of a pack as it comes from its maker: the most that may travel by air (IATA)."""


def may_be_handed_out(pack: Pack, promised_soc_percent: float) -> bool:
    """Return whether a rider may get a pack: it is fit, its slot opens, and it is charged to the promise or above."""
    return pack.condition is Condition.FIT and not pack.shut_in and pack.soc_percent >= promised_soc_percent


def commission(serial_number: str, model_id: str, depot_id: str, now: datetime) -> Transition[Pack]:
    """Return a new pack, as it comes from its maker into a depot."""
    pack = Pack(
        id=serial_number,
        soc_percent=NEW_PACK_SOC_PERCENT,
        soh_percent=100.0,
        cycles=0,
        place=Place(PlaceKind.DEPOT, depot_id),
        reported_at=now,
        model_id=model_id,
        usage=PackUsage(commissioned_at=now),
    )
    return Transition(None, pack)


def hold(pack: Pack, entry_id: str, promised_soc_percent: float, now: datetime) -> Transition[Pack]:
    """Hold a pack in its slot for a queue entry; holding it again for the same entry changes nothing.

    Raises PackElsewhereError where it is in no slot, PackPromisedError, PackNotReadyError.
    """
    if pack.held_by == entry_id:
        return unchanged(pack)
    _require(pack.place.kind is PlaceKind.SLOT, pack)
    _require_free(pack)
    _require_ready(pack, promised_soc_percent)
    return Transition(pack, replace(pack, held_by=entry_id, reported_at=now, revision=pack.revision + 1))


def release(pack: Pack) -> Transition[Pack]:
    """End the hold of a pack; one that is not held stays as it is."""
    if pack.held_by is None:
        return unchanged(pack)
    return Transition(pack, replace(pack, held_by=None, revision=pack.revision + 1))


def hand_out(pack: Pack, rider_id: str, now: datetime) -> Transition[Pack]:
    """Give a pack from its slot to a rider; raises PackElsewhereError where it is in no slot."""
    _require(pack.place.kind is PlaceKind.SLOT, pack)
    return _moved(pack, Place(PlaceKind.RIDER, rider_id), now)


def take_in(pack: Pack, rider_id: str, slot: Slot, soc_percent: float, now: datetime) -> Transition[Pack]:
    """Take a rider's pack into a slot, which measures its charge; raises PackElsewhereError, WrongPackModelError."""
    _require(pack.place == Place(PlaceKind.RIDER, rider_id), pack)
    _require_fitting(pack, slot)
    return _moved(pack, slot.place, now, soc_percent=soc_percent)


def load(
    pack: Pack, station_id: str, transporter_id: str, promised_soc_percent: float, now: datetime
) -> Transition[Pack]:
    """Give a free charged pack from its slot to a transporter.

    Raises PackElsewhereError where it is in no slot of the station, PackPromisedError, PackNotReadyError.
    """
    _require_at_station(pack, station_id)
    _require_free(pack)
    _require_ready(pack, promised_soc_percent)
    return _moved(pack, Place(PlaceKind.TRANSPORTER, transporter_id), now)


def collect(pack: Pack, station_id: str, transporter_id: str, now: datetime) -> Transition[Pack]:
    """Give a recalled or retired pack from its slot to a transporter; one on board already stays as it is.

    Raises PackElsewhereError where it is in no slot of the station, PackNotReadyError where it is in use, or its slot
    is locked.
    """
    target = Place(PlaceKind.TRANSPORTER, transporter_id)
    if pack.place == target:
        return unchanged(pack)
    _require_at_station(pack, station_id)
    if pack.condition not in WITHDRAWN or pack.shut_in:
        raise PackNotReadyError(f"Pack {pack.id} is in use, or its slot is locked; leave it there.")
    return _moved(pack, target, now)


def unload(pack: Pack, transporter_id: str, slot: Slot, now: datetime) -> Transition[Pack]:
    """Take a transporter's pack into a slot; raises PackElsewhereError, WrongPackModelError."""
    _require(pack.place == Place(PlaceKind.TRANSPORTER, transporter_id), pack)
    _require_fitting(pack, slot)
    return _moved(pack, slot.place, now, brought_by=transporter_id)


def store(pack: Pack, shop_id: str, transporter_id: str, now: datetime) -> Transition[Pack]:
    """Take a transporter's pack into a shop; raises PackElsewhereError where another one, or none, has it."""
    if pack.place != Place(PlaceKind.TRANSPORTER, transporter_id):
        raise PackElsewhereError(f"The transporter does not have pack {pack.id}; scan it again.")
    return _moved(pack, Place(PlaceKind.SHOP, shop_id), now)


def fetch(pack: Pack, shop_id: str, transporter_id: str, now: datetime) -> Transition[Pack]:
    """Give a pack of a shop to a transporter; one on board already stays as it is. Raises PackElsewhereError."""
    return _passed_on(pack, Place(PlaceKind.SHOP, shop_id), Place(PlaceKind.TRANSPORTER, transporter_id), now)


def issue(pack: Pack, depot_id: str, transporter_id: str, now: datetime) -> Transition[Pack]:
    """Give a pack of a depot to a transporter; one on board already stays as it is. Raises PackElsewhereError."""
    return _passed_on(
        pack, Place(PlaceKind.DEPOT, depot_id), Place(PlaceKind.TRANSPORTER, transporter_id), now
    )


def hand_in(pack: Pack, transporter_id: str, depot_id: str, now: datetime) -> Transition[Pack]:
    """Take a transporter's pack into a depot; one that is there already stays there. Raises PackElsewhereError."""
    return _passed_on(
        pack, Place(PlaceKind.TRANSPORTER, transporter_id), Place(PlaceKind.DEPOT, depot_id), now
    )


def may_break_hold(before: Pack, after: Pack) -> bool:
    """Return whether a change may break the hold of a pack: it is less fit or charged, shut in, or taken away.

    A pack that a rider gets is the end of a hold, not a breach of it.
    """
    if before.held_by is None or after.place.kind is PlaceKind.RIDER:
        return False
    return (
        after.place != before.place
        or after.condition is not Condition.FIT
        or after.soc_percent < before.soc_percent
        or (after.shut_in and not before.shut_in)
    )


def shut_in(pack: Pack, *, shut_in: bool) -> Transition[Pack]:
    """Keep a pack in its slot, because that is locked or faulted, or give it free again."""
    if pack.shut_in == shut_in:
        return unchanged(pack)
    return Transition(pack, replace(pack, shut_in=shut_in, revision=pack.revision + 1))


def _passed_on(pack: Pack, origin: Place, target: Place, now: datetime) -> Transition[Pack]:
    if pack.place == target:
        return unchanged(pack)
    _require(pack.place == origin, pack)
    return _moved(pack, target, now)


def _moved(
    pack: Pack,
    target: Place,
    now: datetime,
    *,
    soc_percent: float | None = None,
    brought_by: str | None = None,
) -> Transition[Pack]:
    moved = replace(
        pack,
        place=target,
        soc_percent=pack.soc_percent if soc_percent is None else soc_percent,
        held_by=None,
        brought_by=brought_by,
        shut_in=False,
        reported_at=now,
        revision=pack.revision + 1,
    )
    return Transition(pack, moved, (PackMoved.of(moved, pack.place),))


def _require(is_there: bool, pack: Pack) -> None:
    if not is_there:
        raise PackElsewhereError(f"Pack {pack.id} is not where it would have to be; scan it again.")


def _require_at_station(pack: Pack, station_id: str) -> None:
    if not pack.is_in_slot_of(station_id):
        raise PackElsewhereError(f"Pack {pack.id} is in no slot of this station.")


def _require_free(pack: Pack) -> None:
    if pack.held_by is not None:
        raise PackPromisedError(f"Pack {pack.id} is promised to a rider; take another one.")


def _require_ready(pack: Pack, promised_soc_percent: float) -> None:
    if not may_be_handed_out(pack, promised_soc_percent):
        raise PackNotReadyError(f"Pack {pack.id} may not be handed out; take another one.")


def _require_fitting(pack: Pack, slot: Slot) -> None:
    if pack.model_id != slot.model_id:
        raise WrongPackModelError(
            f"Slot {slot.evse_id} takes packs of model {slot.model_id}; pack {pack.id} is a {pack.model_id}."
        )
