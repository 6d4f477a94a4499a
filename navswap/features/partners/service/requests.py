"""Storage requests: answered by the shop, fulfilled by packs that come, or expired."""

from collections.abc import Callable, Sequence
from datetime import datetime

from navswap.events.outbox import Outbox
from navswap.events.stream import Loaded
from navswap.features.packs.errors import WrongPackModelError
from navswap.features.packs.service import PackService
from navswap.features.partners.domain import lifecycle, stays
from navswap.features.partners.domain.handovers import Direction, require_agreed
from navswap.features.partners.domain.lifecycle import Step
from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.values import OpenRequests, PartnerShop, RequestState, StorageRequest
from navswap.features.partners.errors import (
    ShopNotFoundError,
    StorageRequestNotFoundError,
)
from navswap.features.partners.events import shop_stream
from navswap.features.partners.service.handovers import HandoverService
from navswap.features.partners.storage import RequestFilter, Shops, Stays, StorageRequests
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids

EXPIRY_BATCH = 200
MAX_SCANS = 100


class StorageRequestService:
    """Lets shops answer, receive packs and give them back."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        outbox: Outbox,
        packs: PackService,
        handovers: HandoverService,
        parameters: StorageParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._packs = packs
        self._handovers = handovers
        self._parameters = parameters

    async def accept(self, request_id: str, owner_id: str) -> StorageRequest:
        """Keep places for the packs; accepting again returns the accepted request.

        Raises StorageRequestNotFoundError, StorageRequestClosedError.
        """
        within = self._parameters.deliver_within
        return await self._answer(
            request_id, owner_id, lambda request, shop, now: lifecycle.accept(request, shop, now, within)
        )

    async def decline(self, request_id: str, owner_id: str) -> StorageRequest:
        """Refuse the packs; declining again returns the declined request.

        Raises StorageRequestNotFoundError, StorageRequestClosedError.
        """
        return await self._answer(request_id, owner_id, lifecycle.decline)

    async def receive(
        self, request_id: str, owner_id: str, serial_numbers: Sequence[str], token: str
    ) -> StorageRequest:
        """Take packs of an accepted request from the transporter whose code was scanned; scanning again changes nothing.

        The trip of the transporter for this request has delivered them. Raises InvalidInputError,
        HandoverCodeInvalidError, HandoverCodeExpiredError, HandoverCodeUsedError, MorePacksThanAgreedError,
        StorageRequestNotFoundError, StorageRequestClosedError, MorePacksThanAcceptedError, PackNotFoundError,
        PackElsewhereError for a pack that the transporter does not have, WrongPackModelError, PackOfAnotherTripError.
        """
        scanned = _checked(serial_numbers)
        code = self._handovers.read(token)

        async def work(session: Session) -> StorageRequest:
            request, shop = await self._get_own(request_id, owner_id, session)
            now = self._clock.now()
            step = lifecycle.receive(request, shop, scanned, now)
            new = step.request.after.received[len(request.received) :]
            if new:
                require_agreed(code, shop.id, Direction.INTO_SHOP, len(new), now)
                for pack in await self._packs.store(new, shop.id, code.transporter_id, session):
                    if pack.model_id != request.pack_model_id:
                        raise WrongPackModelError(
                            f"Pack {pack.id} is a {pack.model_id}; this request is for {request.pack_model_id}."
                        )
                begun = [stays.begin(self._ids.new(), serial, shop.id, now) for serial in new]
                await Stays.apply_all(begun, session)
            received = await self._store(step, session)
            if new:
                await self._handovers.trips.bring(request_id, code.transporter_id, new, session)
            return received

        return await self._handovers.spend(code, (owner_id, request_id, scanned), work, _request)

    async def collect(
        self, request_id: str, serial_numbers: Sequence[str], session: Session
    ) -> tuple[StorageRequest, tuple[str, ...]]:
        """Record which packs of its station a transporter fetches for an accepted request.

        Returns the request and those that are new; the caller moves them in this transaction. Raises InvalidInputError,
        StorageRequestNotFoundError, StorageRequestClosedError, MorePacksThanAcceptedError.
        """
        scanned = _checked(serial_numbers)
        request, shop = await self._get(request_id, session)
        step = lifecycle.collect(request, shop, scanned, self._clock.now())
        collected = await self._store(step, session)
        return collected, collected.collected[len(request.collected) :]

    async def release(self, request_id: str, serial_numbers: Sequence[str], session: Session) -> None:
        """Forget packs that were fetched and do not come, for their trip has ended; raises StorageRequestNotFoundError."""
        request, shop = await self._get(request_id, session)
        await self._store(lifecycle.release(request, shop, serial_numbers), session)

    async def get(self, request_id: str, session: Session) -> StorageRequest:
        """Return a request as the transaction sees it; raises StorageRequestNotFoundError."""
        return (await self._get(request_id, session))[0]

    async def list_accepted(self) -> list[StorageRequest]:
        """Return the requests whose packs are to come, oldest first."""
        return await StorageRequests.list_accepted()

    async def give_back(
        self, shop_id: str, owner_id: str, serial_numbers: Sequence[str], token: str
    ) -> PartnerShop:
        """Give packs of a shop to the transporter whose code was scanned; those on board already change nothing.

        The trip of the transporter from this shop has picked them up. Raises InvalidInputError, HandoverCodeInvalidError, HandoverCodeExpiredError, HandoverCodeUsedError,
        MorePacksThanAgreedError, ShopNotFoundError, PackNotFoundError, PackElsewhereError.
        """
        scanned = _checked(serial_numbers)
        code = self._handovers.read(token)

        async def work(session: Session) -> PartnerShop:
            shop = await Shops.find(shop_id, session)
            if shop is None or shop.owner_id != owner_id:
                raise ShopNotFoundError("There is no such shop of yours.")
            now = self._clock.now()
            fetched = await self._packs.fetch(scanned, shop_id, code.transporter_id, session)
            if fetched:
                require_agreed(code, shop_id, Direction.OUT_OF_SHOP, len(fetched), now)
            left = await Stays.list_of_packs([pack.id for pack in fetched], session)
            await Stays.apply_all([stays.end(stay, now) for stay in left], session)
            if fetched:
                serials = tuple(pack.id for pack in fetched)
                await self._handovers.trips.fetch(shop_id, code.transporter_id, serials, session)
            handed = lifecycle.hand_over(shop, len(fetched))
            await self._outbox.publish(session, now, *handed.facts)
            return await Shops.apply(handed, session)

        return await self._handovers.spend(code, (owner_id, shop_id, scanned), work, _shop)

    async def expire_due(self) -> int:
        """End the requests whose time has run out; returns how many. Safe to run in several processes."""
        return await work_through(
            await StorageRequests.list_due(self._clock.now(), EXPIRY_BATCH), self._expire
        )

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, StorageRequest]:
        """Return requests by id; unknown ids are left out."""
        return await StorageRequests.find_by_ids(ids)

    async def count_open(self) -> dict[RequestState, OpenRequests]:
        """Return the requests that are not over, by their state."""
        return await StorageRequests.count_open()

    async def list_waiting(self, since: datetime, limit: int) -> list[StorageRequest]:
        """Return the requests that wait for an answer since before a time, the most urgent first."""
        return await StorageRequests.list_waiting(since, limit)

    async def list_pages(
        self, pages: Sequence[tuple[RequestFilter, str | None, int]]
    ) -> list[list[StorageRequest]]:
        """Return pages of requests, newest first: of what is wanted, older than an id, so many."""
        return await StorageRequests.list_newest_pages(pages)

    async def load_live(self, shop_ids: Sequence[str]) -> Loaded[list[StorageRequest]]:
        """Return the open requests of shops and the positions of their streams; raises ShopNotFoundError.

        The shops are read first: a request that changes between the two reads comes again, whole, as an update.
        """
        shops = await Shops.find_by_ids(shop_ids)
        if missing := [shop_id for shop_id in shop_ids if shop_id not in shops]:
            raise ShopNotFoundError(f"There is no shop {missing[0]}.")
        position = {shop_stream(shop.id): shop.request_sequence for shop in shops.values()}
        return Loaded(await StorageRequests.list_open(shop_ids), position)

    async def _answer(
        self,
        request_id: str,
        owner_id: str,
        decide: Callable[[StorageRequest, PartnerShop, datetime], Step],
    ) -> StorageRequest:
        async def work(session: Session) -> StorageRequest:
            request, shop = await self._get_own(request_id, owner_id, session)
            return await self._store(decide(request, shop, self._clock.now()), session)

        return await self._mongo.in_transaction(work)

    async def _expire(self, request_id: str) -> bool:
        async def work(session: Session) -> bool:
            step = lifecycle.expire(*await self._get(request_id, session), self._clock.now())
            await self._store(step, session)
            return step.request.is_change

        return await self._mongo.in_transaction(work)

    async def _get(self, request_id: str, session: Session) -> tuple[StorageRequest, PartnerShop]:
        request = await StorageRequests.find(request_id, session)
        shop = None if request is None else await Shops.find(request.shop_id, session)
        if request is None or shop is None:
            raise StorageRequestNotFoundError("There is no such storage request.")
        return request, shop

    async def _get_own(
        self, request_id: str, owner_id: str, session: Session
    ) -> tuple[StorageRequest, PartnerShop]:
        request, shop = await self._get(request_id, session)
        if shop.owner_id != owner_id:
            raise StorageRequestNotFoundError("There is no such request of your shop.")
        return request, shop

    async def _store(self, step: Step, session: Session) -> StorageRequest:
        request = await StorageRequests.apply_step(step, session)
        await self._outbox.publish(session, self._clock.now(), *step.facts)
        return request


async def _request(request_id: str) -> StorageRequest:
    return (await StorageRequests.find_by_ids([request_id]))[request_id]


async def _shop(shop_id: str) -> PartnerShop:
    return (await Shops.find_by_ids([shop_id]))[shop_id]


def _checked(serial_numbers: Sequence[str]) -> list[str]:
    scanned = list(dict.fromkeys(serial_numbers))
    if not 1 <= len(scanned) <= MAX_SCANS:
        raise InvalidInputError("serial_numbers", f"Scan 1 to {MAX_SCANS} packs at once.")
    return scanned
