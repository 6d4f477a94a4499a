"""What a charging plan is made from, read in the transaction of the plan."""

from navswap.features.energy.domain.lifecycle import Site, stock_name
from navswap.features.energy.domain.readiness import SlotPack
from navswap.features.energy.domain.values import EnergyForecast
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.packs.service import Condition, Pack, PackModelService, PackService
from navswap.features.stations.service import StationService, Stock
from navswap.features.users.service import VehicleService
from navswap.infra.mongo import Session
from navswap.kit.charging import PackModel


class SiteReader:
    """Reads the packs, the feeder and the tariff of stations."""

    def __init__(
        self,
        stations: StationService,
        packs: PackService,
        models: PackModelService,
        vehicles: VehicleService,
        tariffs: TariffService,
    ) -> None:
        self._stations = stations
        self._packs = packs
        self._models = models
        self._vehicles = vehicles
        self._tariffs = tariffs

    async def read(self, station_id: str, forecast: EnergyForecast, session: Session) -> Site:
        """Return what a plan of a station is made from; raises StationNotFoundError, PackModelNotFoundError."""
        station = await self._stations.get(station_id, session)
        information = station.information
        packs = await self._packs.list_at_station(station_id, session)
        slot_models = [information.model_of_slot(evse_id) for evse_id in range(1, information.slot_count + 1)]
        models = await self._models.get_all([*slot_models, *(pack.model_id for pack in packs)], session)
        return Site(
            packs=tuple(
                _slot_pack(pack, pack.place.evse_id, models[pack.model_id])
                for pack in packs
                if pack.condition is Condition.FIT and not pack.shut_in and pack.place.evse_id is not None
            ),
            chargers_kw=sum(models[model_id].max_charge_kw for model_id in slot_models),
            feeder_limit_kw=information.feeder_limit_kw,
            stock=name_of(station.status.stock),
            tariff=await self._tariffs.find(information.tariff_id, session),
            forecast=forecast,
            largest_visits=await self._vehicles.most_packs_by_model(),
        )


def name_of(stock: Stock) -> str:
    """Name what of a stock a plan depends on; a hold of a charged pack is no part of it, but that of the last free one."""
    return stock_name(
        stock.charged_packs,
        stock.charging_packs,
        stock.faulty_packs,
        stock.blocked_packs,
        int(stock.free_packs > 0),
    )


def _slot_pack(pack: Pack, evse_id: int, model: PackModel) -> SlotPack:
    return SlotPack(
        serial_number=pack.id,
        evse_id=evse_id,
        soc_percent=pack.soc_percent,
        soh_percent=pack.soh_percent,
        model=model,
        is_held=pack.held_by is not None,
    )
