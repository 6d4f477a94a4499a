"""What a charging plan is made from, read in the transaction of the plan."""

from navswap.features.energy.domain.lifecycle import Site, SlotPack, stock_name
from navswap.features.energy.domain.values import EnergyForecast
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.packs.service import Condition, Pack, PackService
from navswap.features.stations.service import StationService, Stock
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK


class SiteReader:
    """Reads the packs, the feeder and the tariff of stations."""

    def __init__(self, stations: StationService, packs: PackService, tariffs: TariffService) -> None:
        self._stations = stations
        self._packs = packs
        self._tariffs = tariffs

    async def read(self, station_id: str, forecast: EnergyForecast, session: Session) -> Site:
        """Return what a plan of a station is made from; raises StationNotFoundError."""
        station = await self._stations.get(station_id, session)
        packs = await self._packs.list_at_station(station_id, session)
        return Site(
            packs=tuple(
                _slot_pack(pack, pack.place.evse_id)
                for pack in packs
                if pack.condition is Condition.FIT and not pack.shut_in and pack.place.evse_id is not None
            ),
            chargers_kw=station.information.slot_count * STANDARD_PACK.max_charge_kw,
            feeder_limit_kw=station.information.feeder_limit_kw,
            stock=name_of(station.status.stock),
            tariff=await self._tariffs.find(station.information.tariff_id, session),
            forecast=forecast,
        )


def name_of(stock: Stock) -> str:
    """Name what of a stock a plan depends on; a hold of a charged pack is not part of it."""
    return stock_name(stock.charged_packs, stock.charging_packs, stock.faulty_packs, stock.blocked_packs)


def _slot_pack(pack: Pack, evse_id: int) -> SlotPack:
    return SlotPack(
        serial_number=pack.id,
        evse_id=evse_id,
        soc_percent=pack.soc_percent,
        soh_percent=pack.soh_percent,
        model=STANDARD_PACK,
        is_held=pack.held_by is not None,
    )
