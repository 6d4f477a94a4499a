"""Requests for storage: which shops are asked, by rule, and what that rested on."""

from dataclasses import dataclass
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import publish
from navswap.features.partners.documents import PartnerShop, ShopBasis, StoragePlan, StorageRequest
from navswap.features.partners.errors import (
    BadStorageRequestError,
    NoStoragePlaceError,
    ShopNotFoundError,
    StorageRequestConflictError,
)
from navswap.features.partners.events import StorageRequested
from navswap.features.partners.rules import REACH_METRES, ShopFacts, allocate
from navswap.features.partners.service.ports import StorageForecast, StorageForecaster
from navswap.features.partners.service.shops import ShopService
from navswap.features.stations.service import Station, StationService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.geo import distance_metres
from navswap.kit.ids import new_id

MAX_PACKS = 200
MAX_KEY_CHARACTERS = 100
ANSWER_WITHIN = timedelta(hours=2)
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be stored: packs of a station, at the shops that suit best, or at one."""

    station_id: str
    packs: int
    shop_id: str | None = None


class StoragePlanService:
    """Decides where packs are stored, and asks the shops."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        stations: StationService,
        shops: ShopService,
        forecaster: StorageForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._shops = shops
        self._forecaster = forecaster

    async def request(
        self, wanted: Wanted, made_by: str, key: str
    ) -> tuple[StoragePlan, list[StorageRequest]]:
        """Ask the best shops to store packs; the same key of the same person returns the first answer.

        Places are kept free for what is asked until the shops answer. Packs that found no place are told in the plan.
        Raises BadStorageRequestError, StationNotFoundError, ShopNotFoundError, NoStoragePlaceError,
        StorageRequestConflictError.
        """
        if not 1 <= wanted.packs <= MAX_PACKS:
            raise BadStorageRequestError(f"Ask for 1 to {MAX_PACKS} packs at once.")
        if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
            raise BadStorageRequestError(f"An idempotency key has 1 to {MAX_KEY_CHARACTERS} characters.")
        key = f"{made_by}:{key}"
        if (first := await self._find(key, wanted)) is not None:
            return first
        station = await self._stations.get(wanted.station_id)
        try:
            return await self._mongo.in_transaction(
                lambda session: self._request(wanted, station, made_by, key, session)
            )
        except DuplicateKeyError:
            if (first := await self._find(key, wanted)) is not None:
                return first
            raise

    async def _request(
        self, wanted: Wanted, station: Station, made_by: str, key: str, session: Session
    ) -> tuple[StoragePlan, list[StorageRequest]]:
        now = self._clock.now()
        shops = await self._candidates(wanted, station, session)
        forecasts = await self._forecaster.foresee(shops, now)
        recent = await StorageRequest.count_recent([shop.id for shop in shops], now - RECENT, session)
        facts = [_facts(shop, station, forecasts[shop.id], recent.get(shop.id, 0)) for shop in shops]
        given = allocate(wanted.packs, facts)
        if not given:
            raise NoStoragePlaceError("No open shop within reach has a free place; ask again later.")
        plan = StoragePlan(
            id=new_id(),
            key=key,
            station_id=wanted.station_id,
            wanted_shop_id=wanted.shop_id,
            packs=wanted.packs,
            unplaced_packs=wanted.packs - sum(given.values()),
            basis=[_basis(one, forecasts[one.shop_id], given.get(one.shop_id, 0)) for one in facts],
            made_by=made_by,
            made_at=now,
        )
        await plan.insert(session=session)
        return plan, [
            await self._ask(plan, shop_id, packs, session) for shop_id, packs in sorted(given.items())
        ]

    async def _ask(self, plan: StoragePlan, shop_id: str, packs: int, session: Session) -> StorageRequest:
        shop = await PartnerShop.step(
            shop_id, {"offered_packs": packs, "request_sequence": 1}, session, free_places=packs
        )
        if shop is None:
            raise NoStoragePlaceError(
                "The shop has fewer free places than were foreseen; ask for fewer packs."
            )
        request = StorageRequest(
            id=new_id(),
            plan_id=plan.id,
            shop_id=shop_id,
            station_id=plan.station_id,
            packs=packs,
            requested_at=plan.made_at,
            due_at=plan.made_at + ANSWER_WITHIN,
        )
        await request.insert(session=session)
        await publish(session, plan.made_at, StorageRequested.of(request, shop.request_sequence))
        return request

    async def _candidates(self, wanted: Wanted, station: Station, session: Session) -> list[PartnerShop]:
        """Return the shop that is wanted, or the open ones within reach of the station."""
        if wanted.shop_id is not None:
            shop = await PartnerShop.read(wanted.shop_id, session)
            if shop is None:
                raise ShopNotFoundError("There is no such shop.")
            return [shop]
        near = await PartnerShop.list_near(station.information.point, REACH_METRES, session)
        return [shop for shop in near if self._shops.is_open_now(shop)]

    async def _find(self, key: str, wanted: Wanted) -> tuple[StoragePlan, list[StorageRequest]] | None:
        plan = await StoragePlan.find_one({"key": key})
        if plan is None:
            return None
        if Wanted(plan.station_id, plan.packs, plan.wanted_shop_id) != wanted:
            raise StorageRequestConflictError("This key was used for another request; use a new one.")
        return plan, await StorageRequest.find({"plan_id": plan.id}).sort("shop_id").to_list()


def _facts(shop: PartnerShop, station: Station, forecast: StorageForecast, recent_packs: int) -> ShopFacts:
    return ShopFacts(
        shop_id=shop.id,
        distance_metres=distance_metres(shop.point, station.information.point),
        free_places=min(forecast.free_places, shop.free_places),
        acceptance_probability=forecast.acceptance_probability,
        recent_packs=recent_packs,
        capacity_packs=shop.capacity_packs,
    )


def _basis(facts: ShopFacts, forecast: StorageForecast, packs: int) -> ShopBasis:
    return ShopBasis(
        shop_id=facts.shop_id,
        distance_metres=facts.distance_metres,
        free_places=forecast.free_places,
        acceptance_probability=forecast.acceptance_probability,
        source=forecast.source,
        recent_share=facts.recent_share,
        packs=packs,
    )
