"""The shops that a plan may ask, and what it knows of them."""

from collections.abc import Sequence

from navswap.features.packs.service import PackModelService
from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.plans import ShopFacts
from navswap.features.partners.domain.values import PartnerShop, Wanted
from navswap.features.partners.errors import ShopNotFoundError
from navswap.features.partners.service.forecasts import StorageForecaster
from navswap.features.partners.storage import Shops, StorageRequests
from navswap.features.stations.service import StationReader
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Point


class CandidateReader:
    """Reads the shops that may store packs of a station."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        models: PackModelService,
        forecaster: StorageForecaster,
        parameters: StorageParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._models = models
        self._forecaster = forecaster
        self._parameters = parameters

    async def read(
        self, wanted: Wanted, session: Session
    ) -> tuple[dict[str, PartnerShop], Sequence[ShopFacts]]:
        """Return the shop that is wanted, or the open ones within reach, by id, and the facts of each.

        Raises PackModelNotFoundError, StationNotFoundError, ShopNotFoundError.
        """
        await self._models.get(wanted.pack_model_id, session)
        station, now = (await self._stations.get(wanted.station_id)).information.point, self._clock.now()
        shops = await self._list(wanted, station, session)
        forecasts = await self._forecaster.forecast(shops, now)
        by_id = {shop.id: shop for shop in shops}
        recent = await StorageRequests.count_recent(list(by_id), now - self._parameters.recent, session)
        return by_id, [
            ShopFacts.of(shop, station, forecasts[shop.id], recent.get(shop.id, 0)) for shop in shops
        ]

    async def _list(self, wanted: Wanted, station: Point, session: Session) -> list[PartnerShop]:
        if wanted.shop_id is None:
            near = await Shops.list_near(station, self._parameters.reach_metres, session)
            return [shop for shop in near if shop.is_open_at(self._clock.now())]
        shop = await Shops.find(wanted.shop_id, session)
        if shop is None:
            raise ShopNotFoundError("There is no such shop.")
        return [shop]
