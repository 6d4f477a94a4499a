"""Shops: look up, load, count anew."""

from datetime import datetime
from zoneinfo import ZoneInfo

from navswap.features.packs.service import PackService
from navswap.features.partners.documents import PartnerShop, ShopTotals, Stay
from navswap.features.partners.errors import ShopNotFoundError
from navswap.features.partners.rules import is_open
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id


class ShopService:
    """Knows the partner shops and keeps their stock."""

    def __init__(self, mongo: Mongo, clock: Clock, packs: PackService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._packs = packs

    async def list_by_ids(self, ids: list[str]) -> dict[str, PartnerShop]:
        """Return shops by id; unknown ids are left out."""
        return {shop.id: shop async for shop in PartnerShop.find({"_id": {"$in": ids}})}

    async def list_page(self, owner_id: str | None, after: str | None, limit: int) -> list[PartnerShop]:
        """Return shops by id, of one owner or of all, past the one with id `after`."""
        return await PartnerShop.list_page(owner_id, after, limit)

    async def sum_all(self) -> ShopTotals:
        """Return the sums over all shops."""
        return await PartnerShop.sum_all()

    async def list_fullest(self, limit: int) -> list[PartnerShop]:
        """Return the shops with the most packs, there or expected."""
        return await PartnerShop.list_fullest(limit)

    async def list_of_owner(self, owner_id: str) -> list[str]:
        """Return the ids of an owner's shops."""
        shops = PartnerShop.collection().find({"owner_id": owner_id}, {"_id": 1}).sort("_id", 1)
        return [shop["_id"] async for shop in shops]

    async def get_own(self, shop_id: str, owner_id: str, session: Session) -> PartnerShop:
        """Return a shop of an owner; raises ShopNotFoundError for one of somebody else too."""
        shop = await PartnerShop.read(shop_id, session)
        if shop is None or shop.owner_id != owner_id:
            raise ShopNotFoundError("There is no such shop of yours.")
        return shop

    async def add_missing(self, shops: list[PartnerShop]) -> int:
        """Store the shops that are not there yet (by id) and return how many were new."""
        return await PartnerShop.add_missing(shops)

    def is_open_now(self, shop: PartnerShop) -> bool:
        """Tell whether a shop is open."""
        return is_open(shop.opening_hours, self._clock.now(), ZoneInfo(shop.time_zone))

    async def recount(self, shop_id: str) -> PartnerShop:
        """Bring stock and stays of a shop in line with the packs that are there; raises ShopNotFoundError.

        Packs that came or went by another way than the partner's scans begin or end their stay now.
        """
        return await self._mongo.in_transaction(lambda session: self._recount(shop_id, session))

    async def count_all_anew(self) -> int:
        """Count every shop anew; returns how many there are."""
        ids = [shop["_id"] async for shop in PartnerShop.collection().find({}, {"_id": 1})]

        async def work(shop_id: str) -> int:
            await self.recount(shop_id)
            return 1

        return await work_through(ids, work)

    async def _recount(self, shop_id: str, session: Session) -> PartnerShop:
        now = self._clock.now()
        there = {pack.id for pack in await self._packs.list_at_shop(shop_id, session)}
        stays = {stay.serial_number for stay in await Stay.list_present(shop_id, session)}
        await Stay.end(sorted(stays ^ there), now, session)
        await Stay.begin([a_stay(one, shop_id, now) for one in sorted(there - stays)], session)
        await PartnerShop.set_stock(shop_id, len(there), session)
        shop = await PartnerShop.read(shop_id, session)
        if shop is None:
            raise ShopNotFoundError("There is no such shop.")
        return shop


def a_stay(serial_number: str, shop_id: str, now: datetime) -> Stay:
    """Return the stay of a pack that has just come."""
    return Stay(id=new_id(), serial_number=serial_number, shop_id=shop_id, since=now)
