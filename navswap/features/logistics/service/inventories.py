"""What a plan is computed from: the packs of the open stations, those under way, and what is expected of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    DepotStock,
    InventoryKey,
    StationInventory,
)
from navswap.features.logistics.domain.planning import NetworkView
from navswap.features.logistics.domain.values import Stop, StopKind
from navswap.features.logistics.service.forecasts import BalanceForecaster
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import Transporters
from navswap.features.packs.service import PackModelService, PackReader, ReadinessForecaster
from navswap.features.procurement.service import DepotService
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


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The packs of unfinished jobs, by place and model: those still to be brought there, and to be fetched there."""

    incoming: Counter[tuple[Stop, str]] = field(default_factory=Counter)
    outgoing: Counter[tuple[Stop, str]] = field(default_factory=Counter)


class PackStocks:
    """Reads the packs that a plan looks at beside the stock of the stations: those on charge, and those at depots."""

    def __init__(
        self,
        packs: PackReader,
        models: PackModelService,
        readiness: ReadinessForecaster,
        promised_soc_percent: float,
    ) -> None:
        self._packs = packs
        self._models = models
        self._readiness = readiness
        self._promised_soc_percent = promised_soc_percent

    async def on_charge(self, keys: Sequence[InventoryKey]) -> Mapping[InventoryKey, tuple[float, ...]]:
        """Return the minutes until each free pack on charge is charged, by station and model; infinite where nothing charges it.

        Those that charge are read in one query, what stations plan in another. Held packs are forecast as well, so that a plan
        that breaks their promise is made again; they are left out here.
        """
        models = await self._models.list_by_ids(sorted({model_id for _, model_id in keys}))
        charging = await self._packs.list_charging(
            sorted({station_id for station_id, _ in keys}), list(models), self._promised_soc_percent
        )
        minutes = await self._readiness.forecast(charging, models)
        found: defaultdict[InventoryKey, list[float]] = defaultdict(list)
        for station_id, packs in charging.items():
            for pack, until in zip(packs, minutes[station_id], strict=True):
                if not pack.is_held:
                    found[station_id, pack.model_id].append(until)
        return {key: tuple(until) for key, until in found.items()}

    async def at_depots(self) -> Mapping[tuple[str, str], int]:
        """Return how many fit packs each depot has of each model, by both ids."""
        return await self._packs.count_at_depots()


class InventoryReader:
    """Reads the inventories of the network and forecasts their balances."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        depots: DepotService,
        packs: PackStocks,
        travel: TravelTimes,
        forecaster: BalanceForecaster,
        horizon: timedelta,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._depots = depots
        self._packs = packs
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
        return await self._forecast(await _count_under_way(), self._horizon if horizon is None else horizon)

    async def view(self, as_of: datetime, horizon: timedelta, last_number: int) -> NetworkView:
        """Return what a plan is computed from."""
        under_way = await _count_under_way()
        inventories, forecasts = await self._forecast(under_way, horizon)
        return NetworkView(
            as_of=as_of,
            inventories=inventories,
            forecasts=forecasts,
            capacities=[transporter.capacity_packs for transporter in await Transporters.list_online()],
            slow_down=await self._travel.look_ahead(),
            last_number=last_number,
            depots=await self._list_depots(under_way),
        )

    async def _forecast(
        self, under_way: UnderWay, horizon: timedelta
    ) -> tuple[list[StationInventory], dict[InventoryKey, BalanceForecast]]:
        now = self._clock.now()
        kept = [
            (station, model_id)
            for station in await self._list_open_stations()
            if not is_out_of_hours(station, now, now + horizon)
            for model_id in _models_of(station)
        ]
        charging = await self._packs.on_charge([(station.id, model_id) for station, model_id in kept])
        inventories = [
            _inventory_of(station, model_id, under_way, charging.get((station.id, model_id), ()))
            for station, model_id in kept
        ]
        return inventories, await self._forecaster.balances(inventories, now, horizon)

    async def _list_depots(self, under_way: UnderWay) -> list[DepotStock]:
        """Return the packs of the depots whose place is known; to others no drive can be planned."""
        counted = await self._packs.at_depots()
        points = {depot.id: depot.point for depot in await self._depots.list_all()}
        return [
            DepotStock(
                depot_id=depot_id,
                point=point,
                packs=packs,
                outgoing_packs=under_way.outgoing[Stop(StopKind.DEPOT, depot_id), model_id],
                pack_model_id=model_id,
            )
            for (depot_id, model_id), packs in sorted(counted.items())
            if (point := points.get(depot_id)) is not None
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


async def _count_under_way() -> UnderWay:
    under_way = UnderWay()
    for job in await TransportJobs.list_unfinished():
        under_way.incoming[job.target, job.pack_model_id] += job.packs_to_deliver
        under_way.outgoing[job.origin, job.pack_model_id] += job.packs_to_fetch
    return under_way


def _models_of(station: Station) -> list[str]:
    """Return the pack models that a station takes or has; the standard model where its stock was never counted."""
    return [part.model_id for part in station.status.stock_by_model] or [STANDARD_PACK.id]


def _inventory_of(
    station: Station, model_id: str, under_way: UnderWay, charging_minutes: tuple[float, ...]
) -> StationInventory:
    information, status = station.information, station.status
    key = Stop(StopKind.STATION, station.id), model_id
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
        incoming_packs=under_way.incoming[key],
        outgoing_packs=under_way.outgoing[key],
        pack_model_id=model_id,
        slots=slots,
        is_empty=slots > 0 and status.stock.packs == 0,
        time_zone=information.time_zone,
        charging_minutes=charging_minutes,
    )
