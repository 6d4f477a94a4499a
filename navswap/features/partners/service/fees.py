"""What shops earn: each night of each pack, once."""

from datetime import date
from zoneinfo import ZoneInfo

from navswap.features.credits.errors import ReferenceConflictError
from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.partners.documents import PartnerShop, Stay
from navswap.features.partners.rules import nights_to_pay
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
        while stays := await Stay.list_unsettled(after, BATCH):
            shops = {
                shop.id: shop async for shop in PartnerShop.find({"_id": {"$in": [s.shop_id for s in stays]}})
            }
            due += [stay.id for stay in stays if self._has_due(stay, shops.get(stay.shop_id))]
            after = stays[-1].id
        return await work_through(due, self._pay)

    def _has_due(self, stay: Stay, shop: PartnerShop | None) -> bool:
        if shop is None:
            return False
        return not stay.present or bool(self._nights(stay, shop))

    def _nights(self, stay: Stay, shop: PartnerShop) -> list[date]:
        return nights_to_pay(
            stay.since, stay.until, stay.paid_through, self._clock.now(), ZoneInfo(shop.time_zone)
        )

    async def _pay(self, stay_id: str) -> int:
        async def work(session: Session) -> int:
            stay = await Stay.read(stay_id, session)
            shop = None if stay is None else await PartnerShop.read(stay.shop_id, session)
            if stay is None or shop is None:
                return 0
            nights = self._nights(stay, shop)
            paid = [await self._pay_night(stay, shop, night, session) for night in nights]
            await Stay.mark_paid(stay_id, nights[-1] if nights else None, session, settled=not stay.present)
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
