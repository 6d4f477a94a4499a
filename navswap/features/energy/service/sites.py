"""What a charging plan is made from, read in the transaction of the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from navswap.features.energy.domain.lifecycle import Site, stock_name
from navswap.features.energy.domain.readiness import SlotPack
from navswap.features.energy.domain.tariffs import Tariff
from navswap.features.energy.domain.values import EnergyForecast
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.packs.service import Condition, Pack, PackModelService, PackService
from navswap.features.stations.service import Station, StationService, Stock
from navswap.features.users.service import VehicleService
from navswap.infra.mongo import Session
from navswap.kit.charging import PackModel


@dataclass(frozen=True, slots=True)
class FoundSite:
    """What a plan is made from, and whether riders hold packs at the station."""

    site: Site
    has_holds: bool


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

    async def read_all(
        self, forecasts: Mapping[str, EnergyForecast], session: Session
    ) -> dict[str, FoundSite]:
        """Return what the plans of stations are made from, by the ids of those that exist, in the order of the forecasts.

        However many they are, each collection is asked once. Raises PackModelNotFoundError.
        """
        stations = await self._stations.list_by_ids(list(forecasts), session=session)
        packs = await self._packs.list_at_stations(list(stations), session)
        models = await self._models.get_all(
            list(
                {
                    *(model_id for station in stations.values() for model_id in _slot_models(station)),
                    *(pack.model_id for of_station in packs.values() for pack in of_station),
                }
            ),
            session,
        )
        named = {station.information.tariff_id for station in stations.values()} - {None}
        tariffs = await self._tariffs.list_by_ids(sorted(filter(None, named)), session) if named else {}
        visits = await self._vehicles.most_packs_by_model()
        return {
            station_id: FoundSite(
                _site(
                    stations[station_id], packs[station_id], models, tariffs, forecasts[station_id], visits
                ),
                has_holds=stations[station_id].status.queue_length > 0,
            )
            for station_id in forecasts
            if station_id in stations
        }


def name_of(stock: Stock) -> str:
    """Name what of a stock a plan depends on; a hold of a charged pack is no part of it, but that of the last free one."""
    return stock_name(
        stock.charged_packs,
        stock.charging_packs,
        stock.faulty_packs,
        stock.blocked_packs,
        int(stock.free_packs > 0),
    )


def _site(
    station: Station,
    packs: Sequence[Pack],
    models: Mapping[str, PackModel],
    tariffs: Mapping[str, Tariff],
    forecast: EnergyForecast,
    largest_visits: Mapping[str, int],
) -> Site:
    information = station.information
    by_slot = sorted(packs, key=lambda pack: pack.place.evse_id or 0)
    return Site(
        packs=tuple(
            _slot_pack(pack, pack.place.evse_id, models[pack.model_id])
            for pack in by_slot
            if pack.condition is Condition.FIT and not pack.shut_in and pack.place.evse_id is not None
        ),
        chargers_kw=sum(models[model_id].max_charge_kw for model_id in _slot_models(station)),
        feeder_limit_kw=information.feeder_limit_kw,
        stock=name_of(station.status.stock),
        tariff=None if information.tariff_id is None else tariffs.get(information.tariff_id),
        forecast=forecast,
        largest_visits=largest_visits,
    )


def _slot_models(station: Station) -> list[str]:
    information = station.information
    return [information.model_of_slot(evse_id) for evse_id in range(1, information.slot_count + 1)]


def _slot_pack(pack: Pack, evse_id: int, model: PackModel) -> SlotPack:
    return SlotPack(
        serial_number=pack.id,
        evse_id=evse_id,
        soc_percent=pack.soc_percent,
        soh_percent=pack.soh_percent,
        model=model,
        is_held=pack.held_by is not None,
    )
