"""The register of shops: what may be saved of one, and what changes then."""

import re
from dataclasses import dataclass, replace

from navswap.features.partners.domain.opening_hours import read_opening_hours
from navswap.features.partners.domain.values import MAX_CAPACITY_PACKS, OpeningSpan, PartnerShop
from navswap.features.partners.errors import ShopTooFullError
from navswap.features.partners.events import ShopChanged
from navswap.kit.errors import InvalidInputError
from navswap.kit.geo import Point
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.time_zones import require_time_zone

_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """What the register says of a shop; `opening_hours` in OpenStreetMap's notation, the same each week."""

    owner_id: str
    name: str
    address: str
    district: str
    point: Point
    time_zone: str
    opening_hours: str
    capacity_packs: int
    credits_per_pack_day: int


def new_shop(shop_id: str, record: ShopRecord) -> PartnerShop:
    """Return an empty shop as the register says; raises InvalidInputError."""
    if not _ID.fullmatch(shop_id):
        raise InvalidInputError("key", "A key has 1 to 50 letters, digits, hyphens or underscores.")
    if not 1 <= len(record.name) <= 200:
        raise InvalidInputError("name", "Give a name of 1 to 200 characters.")
    require_time_zone(record.time_zone)
    if record.credits_per_pack_day < 1:
        raise InvalidInputError("credits_per_pack_day", "A pack-day earns at least 1 credit.")
    return PartnerShop(
        id=shop_id,
        owner_id=record.owner_id,
        name=record.name,
        address=record.address,
        district=record.district,
        point=record.point,
        time_zone=record.time_zone,
        opening_hours=_hours(record.opening_hours),
        capacity_packs=_capacity(record.capacity_packs),
        credits_per_pack_day=record.credits_per_pack_day,
    )


def save(known: PartnerShop | None, wanted: PartnerShop) -> Transition[PartnerShop]:
    """Add a shop, or change what is known of it, its counters left alone; the same again changes nothing.

    Raises ShopTooFullError.
    """
    if known is None:
        return Transition(None, wanted, (ShopChanged.of(wanted),))
    return _changed(
        known,
        replace(
            wanted,
            stock_packs=known.stock_packs,
            reserved_packs=known.reserved_packs,
            offered_packs=known.offered_packs,
            answered=known.answered,
            accepted=known.accepted,
            request_sequence=known.request_sequence,
            revision=known.revision,
        ),
    )


def adapt(
    shop: PartnerShop, opening_hours: str | None, capacity_packs: int | None
) -> Transition[PartnerShop]:
    """Change hours or capacity (None: as before); the same again changes nothing.

    Raises InvalidInputError, ShopTooFullError.
    """
    return _changed(
        shop,
        replace(
            shop,
            opening_hours=shop.opening_hours if opening_hours is None else _hours(opening_hours),
            capacity_packs=shop.capacity_packs if capacity_packs is None else _capacity(capacity_packs),
        ),
    )


def recount(shop: PartnerShop, stock_packs: int) -> Transition[PartnerShop]:
    """Take over how many packs were counted at the shop."""
    if shop.stock_packs == stock_packs:
        return unchanged(shop)
    counted = replace(shop, stock_packs=stock_packs, revision=shop.revision + 1)
    return Transition(shop, counted, (ShopChanged.of(counted),))


def _changed(known: PartnerShop, wanted: PartnerShop) -> Transition[PartnerShop]:
    if wanted == known:
        return unchanged(known)
    if wanted.taken_places > wanted.capacity_packs:
        raise ShopTooFullError(
            f"The shop has or expects more than {wanted.capacity_packs} packs; wait until some have left."
        )
    changed = replace(wanted, revision=known.revision + 1)
    return Transition(known, changed, (ShopChanged.of(changed),))


def _hours(text: str) -> tuple[OpeningSpan, ...]:
    try:
        return read_opening_hours(text)
    except ValueError as error:
        raise InvalidInputError("opening_hours", f"{error}.") from error


def _capacity(packs: int) -> int:
    if not 1 <= packs <= MAX_CAPACITY_PACKS:
        raise InvalidInputError("capacity_packs", f"A shop has places for 1 to {MAX_CAPACITY_PACKS} packs.")
    return packs
