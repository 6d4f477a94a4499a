"""What a plan is computed from: the packs of the open stations, those under way, and what is expected of them."""

from collections import Counter
from datetime import datetime, timedelta

from navswap.features.logistics.domain.needs import BalanceForecast, InventoryKey, StationInventory
from navswap.features.logistics.domain.planning import NetworkView
from navswap.features.logistics.service.forecasts import BalanceForecaster
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import Transporters
from navswap.features.stations.service import (
    Station,
    StationFilter,
    StationReader,
    StationState,
    is_out_of_hours,
)
from navswap.features.traffic.service import TravelTimes
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import Clock

PAGE = 1_000


class InventoryReader:
    """Reads the inventories of the network and forecasts their balances."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        travel: TravelTimes,
        forecaster: BalanceForecaster,
        horizon: timedelta,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._travel = travel
        self._forecaster = forecaster
        self._horizon = horizon

    async def forecast(
        self, horizon: timedelta | None = None
    ) -> tuple[list[StationInventory], dict[InventoryKey, BalanceForecast]]:
        """Return the inventories of the open stations, and what is expected of each at the end of a horizon.

        Without a horizon it looks as far ahead as the schedule does. A station that its hours keep closed until then is
        left out: no rider comes before the next plans, and its doors may be locked.
        """
        now, span = self._clock.now(), self._horizon if horizon is None else horizon
        inventories = await self._read(now, now + span)
        return inventories, await self._forecaster.balances(inventories, now, span)

    async def view(self, as_of: datetime, horizon: timedelta, last_number: int) -> NetworkView:
        """Return what a plan is computed from."""
        inventories, forecasts = await self.forecast(horizon)
        return NetworkView(
            as_of=as_of,
            inventories=inventories,
            forecasts=forecasts,
            capacities=[transporter.capacity_packs for transporter in await Transporters.list_online()],
            slow_down=await self._travel.look(),
            last_number=last_number,
        )

    async def _read(self, start: datetime, end: datetime) -> list[StationInventory]:
        incoming: Counter[InventoryKey] = Counter()
        outgoing: Counter[InventoryKey] = Counter()
        for job in await TransportJobs.list_unfinished():
            incoming[job.target_id, job.pack_model_id] += job.packs_to_deliver
            outgoing[job.origin_id, job.pack_model_id] += job.packs_to_fetch
        return [
            _inventory_of(station, model_id, incoming, outgoing)
            for station in await self._list_open_stations()
            if not is_out_of_hours(station, start, end)
            for model_id in _models_of(station)
        ]

    async def _list_open_stations(self) -> list[Station]:
        wanted = StationFilter(state=StationState.OPEN)
        stations: list[Station] = []
        while True:
            after = (0.0, stations[-1].id) if stations else None
            page = await self._stations.list_page(wanted, after=after, limit=PAGE)
            stations += [found.station for found in page]
            if len(page) < PAGE:
                return stations


def _models_of(station: Station) -> list[str]:
    """Return the pack models that a station takes or has; the standard model where its stock was never counted."""
    return [part.model_id for part in station.status.stock_by_model] or [STANDARD_PACK.id]


def _inventory_of(
    station: Station, model_id: str, incoming: Counter[InventoryKey], outgoing: Counter[InventoryKey]
) -> StationInventory:
    information, status, key = station.information, station.status, (station.id, model_id)
    is_only_model = len(_models_of(station)) == 1
    stock = status.stock if is_only_model else status.stock_of_model(model_id)
    slots = information.slots_of_model(model_id)
    return StationInventory(
        station_id=station.id,
        point=information.point,
        charged_packs=stock.charged_packs,
        held_packs=stock.held_packs,
        # the queue is not counted by model: where there are several, those are known who have packs held
        waiting_riders=status.queue_length if is_only_model else stock.held_packs,
        empty_slots=stock.empty_slots,
        incoming_packs=incoming[key],
        outgoing_packs=outgoing[key],
        pack_model_id=model_id,
        slots=slots,
        is_empty=slots > 0 and status.stock.packs == 0,
        time_zone=information.time_zone,
    )
