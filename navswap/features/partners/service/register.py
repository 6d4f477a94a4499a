"""The register of shops: which there are, whose they are, when they are open and how much they take."""

import re
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import available_timezones

from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import record
from navswap.features.partners.documents import PartnerShop
from navswap.features.partners.errors import (
    BadShopError,
    ShopNotFoundError,
    ShopOwnerNotFoundError,
    ShopTooFullError,
)
from navswap.features.partners.rules import read_opening_hours
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Point

ID = re.compile(r"[A-Za-z0-9_-]{1,50}")
COUNTED = {
    "id",
    "stock_packs",
    "reserved_packs",
    "offered_packs",
    "answered",
    "accepted",
    "revision",
    "request_sequence",
}
"""What is no part of the register: it counts, and changes by what happens."""


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """What the register says of a shop; `opening_hours` in OpenStreetMap's plain forms."""

    owner_id: str
    name: str
    address: str
    district: str
    point: Point
    time_zone: str
    opening_hours: str
    capacity_packs: int
    credits_per_pack_day: int


class ShopRegister:
    """Adds shops and changes them; every change is written down with who made it."""

    def __init__(self, mongo: Mongo, clock: Clock, users: UserService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._users = users

    async def save(self, shop_id: str, record: ShopRecord, by: Principal) -> PartnerShop:
        """Add a shop, or renew what is known of it; the same again changes nothing.

        Raises BadShopError, ShopOwnerNotFoundError, ShopTooFullError.
        """
        if not ID.fullmatch(shop_id):
            raise BadShopError("The id of a shop has 1 to 50 letters, digits, hyphens or underscores.")
        shop = _checked(shop_id, record)
        owner = await self._users.find(record.owner_id)
        if owner is None or owner.role is not Role.PARTNER:
            raise ShopOwnerNotFoundError(
                "There is no user of the role PARTNER with this id; add the user first."
            )

        async def work(session: Session) -> PartnerShop:
            known = await PartnerShop.read(shop_id, session)
            if known is None:
                await shop.insert(session=session)
                await self._note(session, by, "savePartnerShop", None, shop)
                return shop
            return await self._renew(known, shop, by, "savePartnerShop", session)

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:  # somebody added it at the same time: now it is there
            return await self._mongo.in_transaction(work)

    async def adapt(
        self,
        shop_id: str,
        opening_hours: str | None,
        capacity_packs: int | None,
        by: Principal,
    ) -> PartnerShop:
        """Change hours or capacity of an own shop (None: as before); the same again changes nothing.

        Raises ShopNotFoundError, BadShopError, ShopTooFullError.
        """

        async def work(session: Session) -> PartnerShop:
            known = await PartnerShop.read(shop_id, session)
            if known is None or known.owner_id != by.user_id:
                raise ShopNotFoundError("There is no such shop of yours.")
            hours = known.opening_hours if opening_hours is None else _hours(opening_hours)
            capacity = known.capacity_packs if capacity_packs is None else capacity_packs
            wanted = _valid(
                {**known.model_dump(), "opening_hours": hours, "capacity_packs": capacity, "id": shop_id}
            )
            return await self._renew(known, wanted, by, "updatePartnerShop", session)

        return await self._mongo.in_transaction(work)

    async def _renew(
        self, known: PartnerShop, wanted: PartnerShop, by: Principal, action: str, session: Session
    ) -> PartnerShop:
        values = wanted.model_dump(exclude={*COUNTED, "capacity_packs"})
        if values == known.model_dump(exclude={*COUNTED, "capacity_packs"}) and (
            wanted.capacity_packs == known.capacity_packs
        ):
            return known
        changed = await PartnerShop.renew(known.id, values, wanted.capacity_packs, session)
        if changed is None:
            raise ShopTooFullError(
                f"The shop has or expects more than {wanted.capacity_packs} packs; wait until some have left."
            )
        await self._note(session, by, action, known, changed)
        return changed

    async def _note(
        self, session: Session, by: Principal, action: str, known: PartnerShop | None, shop: PartnerShop
    ) -> None:
        after = shop.model_dump(mode="json", exclude=COUNTED)
        before = {} if known is None else known.model_dump(mode="json", exclude=COUNTED)
        changed = {name for name, value in after.items() if before.get(name) != value}
        await record(
            session,
            self._clock.now(),
            by,
            action,
            ("PartnerShop", shop.id),
            before={name: value for name, value in before.items() if name in changed},
            after={name: value for name, value in after.items() if name in changed},
        )


def _checked(shop_id: str, record: ShopRecord) -> PartnerShop:
    values: dict[str, Any] = asdict(record)
    values |= {"id": shop_id, "location": record.point.as_geojson()}
    values["opening_hours"] = _hours(record.opening_hours)
    del values["point"]
    return _valid(values)


def _hours(text: str) -> list[Any]:
    try:
        return list(read_opening_hours(text))
    except ValueError as error:
        raise BadShopError(f"{error}.") from error


def _valid(values: dict[str, Any]) -> PartnerShop:
    if values["time_zone"] not in available_timezones():
        raise BadShopError(f"There is no time zone {values['time_zone']}.")
    try:
        return PartnerShop(**values)
    except ValidationError as error:
        raise BadShopError(
            "Give a name of 1 to 200 characters, places for 1 to 1,000 packs, and at least 1 credit a pack-day."
        ) from error
