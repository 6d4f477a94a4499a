"""What shops earn: each night of each pack, once."""

from datetime import date
from zoneinfo import ZoneInfo

from navswap.features.credits.errors import ReferenceConflictError
from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.partners.domain import stays
from navswap.features.partners.domain.values import PartnerShop, Stay
from navswap.features.partners.storage import Shops, Stays
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

BATCH = 500


class StorageFeeService:
    """Pays the nights that are over, however often and wherever it runs."""

    def __init__(self, mongo: Mongo, clock: Clock, ledger: CreditService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ledger = ledger

    async def pay_due(self) -> int:
        """Pay every night that is over and was not paid; returns how many. Nights that were missed are made up for."""
        due: list[str] = []
        after = None
        while found := await Stays.list_unsettled(after=after, limit=BATCH):
            shops = await Shops.find_by_ids([stay.shop_id for stay in found])
            due += [stay.id for stay in found if self._is_due(stay, shops.get(stay.shop_id))]
            after = found[-1].id
        return await work_through(due, self._pay)

    def _is_due(self, stay: Stay, shop: PartnerShop | None) -> bool:
        return shop is not None and (not stay.present or bool(self._nights(stay, shop)))

    def _nights(self, stay: Stay, shop: PartnerShop) -> list[date]:
        return stays.nights_to_pay(stay, self._clock.now(), ZoneInfo(shop.time_zone))

    async def _pay(self, stay_id: str) -> int:
        async def work(session: Session) -> int:
            stay = await Stays.find(stay_id, session)
            shop = None if stay is None else await Shops.find(stay.shop_id, session)
            if stay is None or shop is None:
                return 0
            nights = self._nights(stay, shop)
            paid = [await self._pay_night(stay, shop, night, session) for night in nights]
            await Stays.apply(stays.pay(stay, nights), session)
            return sum(paid)

        return await self._mongo.in_transaction(work)

    async def _pay_night(self, stay: Stay, shop: PartnerShop, night: date, session: Session) -> bool:
        """Pay a night, unless another shop was paid for it: farther east the same day ends earlier."""
        try:
            await self._ledger.pay(
                session,
                f"storage:{stay.serial_number}:{night.isoformat()}",
                SystemAccount.STORAGE,
                user_account(shop.owner_id),
                shop.credits_per_pack_day,
                f"Pack {stay.serial_number} stored on {night.isoformat()}",
            )
        except ReferenceConflictError:
            return False
        return True
