"""The life of a storage request: REQUESTED, then ACCEPTED or DECLINED; an accepted one ends as FULFILLED, or EXPIRED.

A request and its shop change together: the shop counts its places, and the changes of its requests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.features.partners.domain.values import (
    OPEN,
    PartnerShop,
    RequestState,
    StoragePlan,
    StorageRequest,
)
from navswap.features.partners.errors import (
    MorePacksThanAcceptedError,
    NoStoragePlaceError,
    StorageRequestClosedError,
)
from navswap.features.partners.events import (
    ShopChanged,
    StorageAccepted,
    StorageCollected,
    StorageDeclined,
    StorageExpired,
    StorageFulfilled,
    StorageReceived,
    StorageReleased,
    StorageRequestChanged,
    StorageRequested,
)
from navswap.kit.facts import Fact
from navswap.kit.lifecycle import Transition, unchanged


@dataclass(frozen=True, slots=True)
class Step:
    """What one step makes of a request and of its shop."""

    request: Transition[StorageRequest]
    shop: Transition[PartnerShop]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return what both publish."""
        return (*self.request.facts, *self.shop.facts)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a step adds to the counters of a shop."""

    stock: int = 0
    reserved: int = 0
    offered: int = 0
    answered: int = 0
    accepted: int = 0


def ask(shop: PartnerShop, plan: StoragePlan, request_id: str, packs: int, due_at: datetime) -> Step:
    """Ask a shop to store packs of a plan, and keep the places free until it answers; raises NoStoragePlaceError."""
    if packs > shop.free_places:
        raise NoStoragePlaceError("The shop has fewer free places than were expected; ask for fewer packs.")
    request = StorageRequest(
        id=request_id,
        plan_id=plan.id,
        shop_id=shop.id,
        station_id=plan.wanted.station_id,
        packs=packs,
        pack_model_id=plan.wanted.pack_model_id,
        requested_at=plan.made_at,
        due_at=due_at,
    )
    return _step(StorageRequested, None, request, shop, Counts(offered=packs))


def accept(request: StorageRequest, shop: PartnerShop, now: datetime, deliver_within: timedelta) -> Step:
    """Keep places for the packs; accepting again changes nothing. Raises StorageRequestClosedError."""
    if request.state is RequestState.ACCEPTED:
        return _repeated(request, shop)
    _require_unanswered(request, now)
    accepted = replace(request, state=RequestState.ACCEPTED, answered_at=now, due_at=now + deliver_within)
    counts = Counts(offered=-request.packs, reserved=request.packs, answered=1, accepted=1)
    return _step(StorageAccepted, request, accepted, shop, counts)


def decline(request: StorageRequest, shop: PartnerShop, now: datetime) -> Step:
    """Refuse the packs; declining again changes nothing. Raises StorageRequestClosedError."""
    if request.state is RequestState.DECLINED:
        return _repeated(request, shop)
    _require_unanswered(request, now)
    declined = replace(request, state=RequestState.DECLINED, answered_at=now, ended_at=now)
    return _step(StorageDeclined, request, declined, shop, Counts(offered=-request.packs, answered=1))


def collect(request: StorageRequest, shop: PartnerShop, serial_numbers: Sequence[str], now: datetime) -> Step:
    """Record which packs a transporter fetches; those fetched before change nothing.

    Raises StorageRequestClosedError, MorePacksThanAcceptedError.
    """
    new = tuple(serial for serial in serial_numbers if serial not in request.collected)
    if not new:
        return _repeated(request, shop)
    if request.state is not RequestState.ACCEPTED or request.due_at <= now:
        raise StorageRequestClosedError("This request is not accepted, or its time has run out.")
    collected = (*request.collected, *new)
    _require_room(request, len({*collected, *request.received}))
    return _step(StorageCollected, request, replace(request, collected=collected), shop, Counts())


def release(request: StorageRequest, shop: PartnerShop, serial_numbers: Sequence[str]) -> Step:
    """Forget packs that were fetched and do not come; those that came, and a request that is over, stay as they are."""
    gone = set(serial_numbers).difference(request.received)
    collected = tuple(serial for serial in request.collected if serial not in gone)
    if request.state is not RequestState.ACCEPTED or collected == request.collected:
        return _repeated(request, shop)
    return _step(StorageReleased, request, replace(request, collected=collected), shop, Counts())


def receive(request: StorageRequest, shop: PartnerShop, serial_numbers: Sequence[str], now: datetime) -> Step:
    """Take packs in that have come; those scanned before change nothing, the last one fulfils the request.

    Raises StorageRequestClosedError, MorePacksThanAcceptedError.
    """
    new = tuple(serial for serial in serial_numbers if serial not in request.received)
    if not new:
        return _repeated(request, shop)
    if request.state is not RequestState.ACCEPTED:
        raise StorageRequestClosedError("This request is not accepted, or its time has run out.")
    taken = replace(request, received=(*request.received, *new))
    _require_room(request, len(taken.received))
    counts = Counts(stock=len(new), reserved=-len(new))
    if len(taken.received) < request.packs:
        return _step(StorageReceived, request, taken, shop, counts)
    fulfilled = replace(taken, state=RequestState.FULFILLED, ended_at=now)
    return _step(StorageFulfilled, request, fulfilled, shop, counts)


def expire(request: StorageRequest, shop: PartnerShop, now: datetime) -> Step:
    """End an open request whose time has run out, and free its places; any other stays as it is."""
    if request.state not in OPEN or now < request.due_at:
        return _repeated(request, shop)
    expired = replace(request, state=RequestState.EXPIRED, ended_at=now)
    if request.state is RequestState.REQUESTED:
        return _step(StorageExpired, request, expired, shop, Counts(offered=-request.packs, answered=1))
    missing = request.packs - len(request.received)
    return _step(StorageExpired, request, expired, shop, Counts(reserved=-missing))


def hand_over(shop: PartnerShop, packs: int) -> Transition[PartnerShop]:
    """Count packs that have left the shop; none is nothing to do."""
    if not packs:
        return unchanged(shop)
    counted = _counted(shop, Counts(stock=-packs))
    return Transition(shop, counted, (ShopChanged.of(counted),))


def _step(
    fact: type[StorageRequestChanged],
    before: StorageRequest | None,
    after: StorageRequest,
    shop: PartnerShop,
    counts: Counts,
) -> Step:
    changed = after if before is None else replace(after, revision=before.revision + 1)
    counted = replace(_counted(shop, counts), request_sequence=shop.request_sequence + 1)
    facts = (fact(changed, counted.request_sequence, shop.free_places, shop.capacity_packs),)
    return Step(Transition(before, changed, facts), Transition(shop, counted, (ShopChanged.of(counted),)))


def _counted(shop: PartnerShop, counts: Counts) -> PartnerShop:
    counted = replace(
        shop,
        stock_packs=shop.stock_packs + counts.stock,
        reserved_packs=shop.reserved_packs + counts.reserved,
        offered_packs=shop.offered_packs + counts.offered,
        answered=shop.answered + counts.answered,
        accepted=shop.accepted + counts.accepted,
        revision=shop.revision + 1,
    )
    if min(counted.stock_packs, counted.reserved_packs, counted.offered_packs) < 0:
        raise ValueError(f"shop {shop.id} counts fewer packs than its requests have; recount it")
    return counted


def _repeated(request: StorageRequest, shop: PartnerShop) -> Step:
    return Step(unchanged(request), unchanged(shop))


def _require_unanswered(request: StorageRequest, now: datetime) -> None:
    if request.state is not RequestState.REQUESTED or request.due_at <= now:
        raise StorageRequestClosedError("This request was answered otherwise, or its time has run out.")


def _require_room(request: StorageRequest, packs: int) -> None:
    if packs > request.packs:
        raise MorePacksThanAcceptedError(f"This request is for {request.packs} packs; more were scanned.")
