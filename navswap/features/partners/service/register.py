"""The register of shops: which there are, whose they are, when they are open and how much they take."""

from dataclasses import asdict

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.features.partners.domain import shops
from navswap.features.partners.domain.shops import ShopRecord
from navswap.features.partners.domain.values import PartnerShop
from navswap.features.partners.errors import ShopNotFoundError, ShopOwnerNotFoundError
from navswap.features.partners.storage import Shops
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition


class ShopRegister:
    """Adds shops and changes them; every change is recorded with who made it."""

    def __init__(
        self, mongo: Mongo, clock: Clock, outbox: Outbox, users: UserService, audit_log: AuditLog
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._users = users
        self._audit_log = audit_log

    async def save(self, shop_id: str, saved: ShopRecord, by: Principal) -> PartnerShop:
        """Add a shop, or renew what is known of it; the same again changes nothing.

        Raises InvalidInputError, ShopOwnerNotFoundError, ShopTooFullError.
        """
        wanted = shops.new_shop(shop_id, saved)
        owner = await self._users.find(wanted.owner_id)
        if owner is None or owner.role is not Role.PARTNER:
            raise ShopOwnerNotFoundError(
                "There is no user of the role PARTNER with this id; add the user first."
            )

        async def work(session: Session) -> PartnerShop:
            known = await Shops.find(shop_id, session)
            return await self._store(shops.save(known, wanted), by, "savePartnerShop", session)

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:  # added by another request at the same time: now it is there
            return await self._mongo.in_transaction(work)

    async def adapt(
        self, shop_id: str, opening_hours: str | None, capacity_packs: int | None, by: Principal
    ) -> PartnerShop:
        """Change hours or capacity of an own shop (None: as before); the same again changes nothing.

        Raises ShopNotFoundError, InvalidInputError, ShopTooFullError.
        """

        async def work(session: Session) -> PartnerShop:
            known = await Shops.find(shop_id, session)
            if known is None or known.owner_id != by.user_id:
                raise ShopNotFoundError("There is no such shop of yours.")
            adapted = shops.adapt(known, opening_hours, capacity_packs)
            return await self._store(adapted, by, "updatePartnerShop", session)

        return await self._mongo.in_transaction(work)

    async def _store(
        self, transition: Transition[PartnerShop], by: Principal, action: str, session: Session
    ) -> PartnerShop:
        shop = await Shops.apply(transition, session)
        await self._outbox.publish(session, self._clock.now(), *transition.facts)
        if transition.is_change:
            before = {} if transition.before is None else asdict(transition.before)
            changed = {
                name: value
                for name, value in asdict(shop).items()
                if name not in before or (name != "revision" and before[name] != value)
            }
            await self._audit_log.record(
                session,
                self._clock.now(),
                by,
                action,
                ("PartnerShop", shop.id),
                before={name: before[name] for name in changed if name in before},
                after=changed,
            )
        return shop
