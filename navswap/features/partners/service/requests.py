"""The life of a storage request: accepted or declined by the shop, run out, fulfilled by packs that come."""

from datetime import datetime, timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.events.outbox import publish
from navswap.events.stream import Loaded
from navswap.features.packs.service import PackService
from navswap.features.partners.documents import (
    OPEN,
    OpenRequests,
    PartnerShop,
    RequestState,
    Stay,
    StoragePlan,
    StorageRequest,
)
from navswap.features.partners.errors import (
    BadStorageRequestError,
    CarrierNotFoundError,
    ShopNotFoundError,
    StorageRequestClosedError,
    StorageRequestNotFoundError,
)
from navswap.features.partners.events import EVENT_OF_STATE, StorageCollected, StorageReceived, shop_stream
from navswap.features.partners.service.shops import ShopService, a_stay
from navswap.features.users.service import UserService
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

DELIVER_WITHIN = timedelta(hours=24)
LAPSE_BATCH = 200
MAX_SCANS = 100


class StorageRequestService:
    """Lets shops answer, receive packs and give them back."""

    def __init__(
        self, mongo: Mongo, clock: Clock, packs: PackService, shops: ShopService, users: UserService
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._packs = packs
        self._shops = shops
        self._users = users

    async def accept(self, request_id: str, owner_id: str) -> StorageRequest:
        """Keep places for the packs; accepting again returns the accepted request.

        Raises StorageRequestNotFoundError, StorageRequestClosedError.
        """
        return await self._answer(request_id, owner_id, RequestState.ACCEPTED)

    async def decline(self, request_id: str, owner_id: str) -> StorageRequest:
        """Refuse the packs; declining again returns the declined request.

        Raises StorageRequestNotFoundError, StorageRequestClosedError.
        """
        return await self._answer(request_id, owner_id, RequestState.DECLINED)

    async def receive(self, request_id: str, owner_id: str, serial_numbers: list[str]) -> StorageRequest:
        """Take packs of an accepted request from the transporters who have them; scanning again changes nothing.

        Raises StorageRequestNotFoundError, StorageRequestClosedError, BadStorageRequestError for more packs than were
        accepted, PackNotFoundError, PackElsewhereError for a pack that no transporter has.
        """
        scanned = _checked(serial_numbers)
        return await self._mongo.in_transaction(
            lambda session: self._receive(request_id, owner_id, scanned, session)
        )

    async def collect(
        self, request_id: str, serial_numbers: list[str], session: Session
    ) -> tuple[StorageRequest, list[str]]:
        """Note which packs of its station a transporter fetches for an accepted request.

        Returns the request and those that are new; the caller moves them in this transaction. Raises
        StorageRequestNotFoundError, StorageRequestClosedError, BadStorageRequestError for more packs than were accepted.
        """
        scanned = _checked(serial_numbers)
        request = await StorageRequest.read(request_id, session)
        if request is None:
            raise StorageRequestNotFoundError("There is no such storage request.")
        new = [serial for serial in scanned if serial not in request.collected]
        if not new:
            return request, []
        collected = [*request.collected, *new]
        if len({*collected, *request.received}) > request.packs:
            raise BadStorageRequestError(f"This request is for {request.packs} packs; more were scanned.")
        changed = await StorageRequest.change(
            request_id,
            {"state": RequestState.ACCEPTED, "due_at": {"$gt": self._clock.now()}},
            {"collected": collected},
            session,
        )
        if changed is None:
            raise StorageRequestClosedError("This request is not accepted, or its time has run out.")
        shop = _known(await PartnerShop.step(request.shop_id, {"request_sequence": 1}, session))
        await publish(session, self._clock.now(), StorageCollected.of(changed, shop.request_sequence))
        return changed, new

    async def list_plans(self, ids: list[str]) -> dict[str, tuple[StoragePlan, list[StorageRequest]]]:
        """Return plans by id, each with its requests by shop; unknown ids are left out."""
        plans = {plan.id: plan async for plan in StoragePlan.find({"_id": {"$in": ids}})}
        requests: dict[str, list[StorageRequest]] = {plan_id: [] for plan_id in plans}
        async for request in StorageRequest.find({"plan_id": {"$in": list(plans)}}).sort("shop_id"):
            requests[request.plan_id].append(request)
        return {plan_id: (plan, requests[plan_id]) for plan_id, plan in plans.items()}

    async def give_back(
        self, shop_id: str, owner_id: str, transporter_id: str, serial_numbers: list[str]
    ) -> PartnerShop:
        """Give packs of a shop to a transporter; those that the transporter has already change nothing.

        Raises ShopNotFoundError, CarrierNotFoundError, BadStorageRequestError, PackNotFoundError, PackElsewhereError.
        """
        scanned = _checked(serial_numbers)
        carrier = await self._users.find(transporter_id)
        if carrier is None or carrier.role is not Role.TRANSPORTER:
            raise CarrierNotFoundError("There is no transporter with this id.")

        async def work(session: Session) -> PartnerShop:
            shop = await self._shops.get_own(shop_id, owner_id, session)
            fetched = await self._packs.fetch(scanned, shop_id, transporter_id, session)
            moved = [pack.id for pack in fetched]
            await Stay.end(moved, self._clock.now(), session)
            if not moved:
                return shop
            return _known(await PartnerShop.step(shop_id, {"stock_packs": -len(moved)}, session))

        return await self._mongo.in_transaction(work)

    async def lapse_due(self) -> int:
        """End the requests whose time has run out; returns how many. Safe to run in several processes."""
        due = await StorageRequest.list_due(self._clock.now(), LAPSE_BATCH)
        return await work_through(due, self._lapse)

    async def list_by_ids(self, ids: list[str]) -> dict[str, StorageRequest]:
        """Return requests by id; unknown ids are left out."""
        return {request.id: request async for request in StorageRequest.find({"_id": {"$in": ids}})}

    async def count_open(self) -> dict[RequestState, OpenRequests]:
        """Return the requests that are not over, by their state."""
        return await StorageRequest.count_open()

    async def list_waiting(self, since: datetime, limit: int) -> list[StorageRequest]:
        """Return the requests that wait for an answer since before a moment, the most urgent first."""
        return await StorageRequest.list_waiting(since, limit)

    async def list_page(
        self, shop_ids: list[str] | None, state: RequestState | None, before: str | None, limit: int
    ) -> list[StorageRequest]:
        """Return requests of some shops (None: of all), newest first, older than the one with id `before`."""
        wanted: dict[str, Any] = {} if shop_ids is None else {"shop_id": {"$in": shop_ids}}
        if state is not None:
            wanted["state"] = state
        return await StorageRequest.list_page(wanted, before, limit)

    async def load_live(self, shop_ids: list[str]) -> Loaded[list[StorageRequest]]:
        """Return the open requests of shops and the places of their streams; raises ShopNotFoundError.

        The shops are read first: a request that changes between the two reads is told again, whole, as an update.
        """
        shops = await self._shops.list_by_ids(shop_ids)
        if missing := [one for one in shop_ids if one not in shops]:
            raise ShopNotFoundError(f"There is no shop {missing[0]}.")
        found = StorageRequest.find({"shop_id": {"$in": shop_ids}, "state": {"$in": list(OPEN)}})
        place = {shop_stream(shop.id): shop.request_sequence for shop in shops.values()}
        return Loaded(await found.sort("_id").to_list(), place)

    async def _answer(self, request_id: str, owner_id: str, answer: RequestState) -> StorageRequest:
        async def work(session: Session) -> StorageRequest:
            now = self._clock.now()
            request = await self._own(request_id, owner_id, session)
            if request.state is answer:
                return request
            accepted = answer is RequestState.ACCEPTED
            ends = {"due_at": now + DELIVER_WITHIN} if accepted else {"ended_at": now}
            changed = await StorageRequest.change(
                request_id,
                {"state": RequestState.REQUESTED, "due_at": {"$gt": now}},
                {"state": answer, "answered_at": now, **ends},
                session,
            )
            if changed is None:
                raise StorageRequestClosedError(
                    "This request was answered otherwise, or its time has run out."
                )
            keeps = {"reserved_packs": request.packs, "accepted": 1} if accepted else {}
            return await self._record(
                changed, {"offered_packs": -request.packs, "answered": 1, **keeps}, session
            )

        return await self._mongo.in_transaction(work)

    async def _receive(
        self, request_id: str, owner_id: str, scanned: list[str], session: Session
    ) -> StorageRequest:
        request = await self._own(request_id, owner_id, session)
        new = [serial for serial in scanned if serial not in request.received]
        if not new:
            return request
        if request.state is not RequestState.ACCEPTED:
            raise StorageRequestClosedError("This request is not accepted, or its time has run out.")
        received = [*request.received, *new]
        if len(received) > request.packs:
            raise BadStorageRequestError(f"This request is for {request.packs} packs; more were scanned.")
        now = self._clock.now()
        await self._packs.store(new, request.shop_id, session)
        await Stay.begin([a_stay(serial, request.shop_id, now) for serial in new], session)
        full = len(received) == request.packs
        values = {
            "received": received,
            **({"state": RequestState.FULFILLED, "ended_at": now} if full else {}),
        }
        changed = await StorageRequest.change(request_id, {"state": RequestState.ACCEPTED}, values, session)
        if changed is None:
            raise StorageRequestClosedError("This request has ended.")
        return await self._record(changed, {"stock_packs": len(new), "reserved_packs": -len(new)}, session)

    async def _lapse(self, request_id: str) -> bool:
        async def work(session: Session) -> bool:
            now = self._clock.now()
            request = await StorageRequest.read(request_id, session)
            if request is None:
                return False
            changed = await StorageRequest.change(
                request_id,
                {"state": {"$in": list(OPEN)}, "due_at": {"$lte": now}},
                {"state": RequestState.EXPIRED, "ended_at": now},
                session,
            )
            if changed is None:
                return False
            unanswered = request.state is RequestState.REQUESTED
            frees = (
                {"offered_packs": -request.packs, "answered": 1}
                if unanswered
                else {"reserved_packs": len(request.received) - request.packs}
            )
            await self._record(changed, frees, session)
            return True

        return await self._mongo.in_transaction(work)

    async def _own(self, request_id: str, owner_id: str, session: Session) -> StorageRequest:
        request = await StorageRequest.read(request_id, session)
        shop = None if request is None else await PartnerShop.read(request.shop_id, session)
        if request is None or shop is None or shop.owner_id != owner_id:
            raise StorageRequestNotFoundError("There is no such request of your shop.")
        return request

    async def _record(
        self, request: StorageRequest, steps: dict[str, int], session: Session
    ) -> StorageRequest:
        """Count the change at the shop and tell it."""
        shop = _known(await PartnerShop.step(request.shop_id, {**steps, "request_sequence": 1}, session))
        going_on = request.state is RequestState.ACCEPTED and request.received
        event = StorageReceived if going_on else EVENT_OF_STATE[request.state]
        await publish(session, self._clock.now(), event.of(request, shop.request_sequence))
        return request


def _known(shop: PartnerShop | None) -> PartnerShop:
    if shop is None:
        raise RuntimeError("the counters of a shop do not bear its requests; count it anew")
    return shop


def _checked(serial_numbers: list[str]) -> list[str]:
    scanned = list(dict.fromkeys(serial_numbers))
    if not 1 <= len(scanned) <= MAX_SCANS:
        raise BadStorageRequestError(f"Scan 1 to {MAX_SCANS} packs at once.")
    return scanned
