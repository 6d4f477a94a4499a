"""Shops: look up, load, recount."""

from collections.abc import Sequence

from navswap.events.outbox import Outbox
from navswap.features.packs.service import PackService
from navswap.features.partners.domain import stays
from navswap.features.partners.domain.shops import recount
from navswap.features.partners.domain.values import PartnerShop, ShopTotals
from navswap.features.partners.errors import ShopNotFoundError
from navswap.features.partners.storage import Shops, Stays
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids


class ShopService:
    """Knows the partner shops and keeps their stock."""

    def __init__(self, mongo: Mongo, clock: Clock, ids: Ids, outbox: Outbox, packs: PackService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._packs = packs

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, PartnerShop]:
        """Return shops by id; unknown ids are left out."""
        return await Shops.find_by_ids(ids)

    async def list_page(self, owner_id: str | None, *, after: str | None, limit: int) -> list[PartnerShop]:
        """Return shops by id, of one owner or of all, past the one with the id `after`."""
        return await Shops.list_page(owner_id, after=after, limit=limit)

    async def list_ids_of_owner(self, owner_id: str) -> list[str]:
        """Return the ids of an owner's shops."""
        return await Shops.list_ids(owner_id)

    async def sum_all(self) -> ShopTotals:
        """Return the sums over all shops."""
        return await Shops.sum_all()

    async def list_fullest(self, limit: int) -> list[PartnerShop]:
        """Return the shops with the most packs, there or expected."""
        return await Shops.list_fullest(limit)

    async def add_missing(self, shops: Sequence[PartnerShop]) -> int:
        """Store the shops that are not there yet (by id) and return how many were new."""
        return await Shops.insert_missing(shops)

    async def recount(self, shop_id: str) -> PartnerShop:
        """Bring stock and stays of a shop in line with the packs that are there; raises ShopNotFoundError.

        Packs that came or went by another way than the partner's scans begin or end their stay now.
        """

        async def work(session: Session) -> PartnerShop:
            shop = await Shops.find(shop_id, session)
            if shop is None:
                raise ShopNotFoundError("There is no such shop.")
            now = self._clock.now()
            there = {pack.id for pack in await self._packs.list_at_shop(shop_id, session)}
            stored = await Stays.list_at_shop(shop_id, session)
            new = sorted(there - {stay.serial_number for stay in stored})
            left = [stay for stay in stored if stay.serial_number not in there]
            elsewhere = await Stays.list_of_packs(new, session) if new else []
            ended = [stays.end(stay, now) for stay in (*left, *elsewhere)]
            begun = [stays.begin(self._ids.new(), serial, shop_id, now) for serial in new]
            await Stays.apply_all([*ended, *begun], session)
            counted = recount(shop, len(there))
            await self._outbox.publish(session, now, *counted.facts)
            return await Shops.apply(counted, session)

        return await self._mongo.in_transaction(work)

    async def recount_all(self) -> int:
        """Recount every shop; returns how many there are."""

        async def work(shop_id: str) -> int:
            await self.recount(shop_id)
            return 1

        return await work_through(await Shops.list_ids(), work)
