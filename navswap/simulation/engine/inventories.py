"""What rebalancing is planned from: the packs of each station by model, and what riders are expected to take."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta

from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    InventoryKey,
    StationInventory,
    believed_demand,
    stock_less_demand,
)
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.packs.domain.values import Condition
from navswap.features.stations.domain.values import StationState
from navswap.kit.charging import PackModel
from navswap.kit.demand import PRIORS, SiteKind
from navswap.simulation.engine.modelled import modelled_balances
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.policies import Asks

MINUTE = timedelta(minutes=1)


class Inventories:
    """Looks at the stock of all open stations, and forecasts it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._models: list[list[PackModel]] = []
        for station in run.stations:
            models: dict[str, PackModel] = {bay.model.id: bay.model for bay in station.bays}
            self._models.append([models[model_id] for model_id in sorted(models)])

    def read(self, now: float, jobs: Iterable[TransportJob]) -> list[StationInventory]:
        """Return the inventories of the open stations; packs under way are those of the jobs that have not ended."""
        incoming: Counter[InventoryKey] = Counter()
        outgoing: Counter[InventoryKey] = Counter()
        for job in jobs:
            incoming[job.target_id, job.pack_model_id] += job.packs_to_deliver
            outgoing[job.origin_id, job.pack_model_id] += job.packs_to_fetch
        return [
            inventory
            for station in self._run.stations
            if station.value.status.state is StationState.OPEN
            for inventory in self._of_station(now, station, incoming, outgoing)
        ]

    def forecast(
        self, now: float, inventories: list[StationInventory], horizon_minutes: int
    ) -> dict[InventoryKey, BalanceForecast]:
        """Return what is left or missing at the end of the horizon: by the model, else by last week's demand or the prior."""
        models, modelled = self._run.asked(Asks.REBALANCING), dict[InventoryKey, BalanceForecast]()
        if models is not None:
            modelled = modelled_balances(models, inventories, horizon_minutes * MINUTE, now)
        rest = [inventory for inventory in inventories if inventory.key not in modelled]
        return modelled | self._believed(now, rest, horizon_minutes)

    def _believed(
        self, now: float, inventories: list[StationInventory], horizon_minutes: int
    ) -> dict[InventoryKey, BalanceForecast]:
        run = self._run
        start, moment = run.agenda.moment_of(0.0), run.agenda.moment_of(now)
        believed: dict[InventoryKey, float] = {}
        by_kind: Mapping[SiteKind, list[StationInventory]] = defaultdict(list)
        for inventory in inventories:
            index = run.station_of[inventory.station_id].index
            by_kind[run.city.stations[index].kind].append(inventory)
        for kind, of_kind in by_kind.items():
            observed_since = {inventory.station_id: start for inventory in of_kind}
            believed |= believed_demand(
                of_kind, observed_since, PRIORS.get(kind), moment, horizon_minutes * MINUTE
            )
        demand = run.forecasts.packs_last_week(now, math.ceil(horizon_minutes / 60))
        return stock_less_demand(inventories, demand, horizon_minutes * MINUTE, believed)

    def _of_station(
        self,
        now: float,
        station: SimStation,
        incoming: Mapping[InventoryKey, int],
        outgoing: Mapping[InventoryKey, int],
    ) -> Iterable[StationInventory]:
        information, models = station.value.information, self._models[station.index]
        is_empty = all(bay.pack is None for bay in station.bays)
        for model in models:
            key = station.id, model.id
            charged = held = empty = slots = 0
            charging: list[float] = []
            for bay in station.bays:
                if bay.model is not model:
                    continue
                slots += 1
                pack = bay.pack
                if pack is None:
                    empty += bay.works
                elif not bay.works or pack.condition is not Condition.FIT:
                    continue
                elif bay.ready_at <= now:
                    charged += 1
                    held += pack.held_by is not None
                elif pack.held_by is None:
                    charging.append(bay.ready_at - now)
            yield StationInventory(
                station_id=station.id,
                point=information.point,
                charged_packs=charged,
                held_packs=held,
                # as in production: the queue is not counted by model, only the holds are
                waiting_riders=len(station.entries) if len(models) == 1 else held,
                empty_slots=empty,
                incoming_packs=incoming.get(key, 0),
                outgoing_packs=outgoing.get(key, 0),
                pack_model_id=model.id,
                slots=slots,
                is_empty=is_empty,
                time_zone=information.time_zone,
                charging_minutes=tuple(charging),
            )
