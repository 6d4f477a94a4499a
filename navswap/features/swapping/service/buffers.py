"""What is forecast for a hold: the packs that its station keeps back for walk-ins, and how long it lasts."""

from dataclasses import dataclass, replace

from navswap.features.packs.service import ReadinessForecaster
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import buffer_matters, walk_in_buffer
from navswap.features.swapping.domain.ranking import StationSupply
from navswap.features.swapping.service.forecasts import DemandForecaster, HoldTimer
from navswap.features.swapping.service.riders import RiderService
from navswap.features.swapping.service.station_packs import StationPacks
from navswap.features.users.service import Vehicle
from navswap.kit.clock import Clock


class BufferReader:
    """Forecasts what walk-ins will take, and what charges up for them."""

    def __init__(
        self,
        clock: Clock,
        riders: RiderService,
        demand: DemandForecaster,
        readiness: ReadinessForecaster,
        parameters: SwappingParameters,
    ) -> None:
        self._clock = clock
        self._riders = riders
        self._demand = demand
        self._readiness = readiness
        self._parameters = parameters

    async def read(self, place: StationPacks, supply: StationSupply, vehicle: Vehicle) -> int:
        """Return how many packs are kept back for walk-ins, as far as it matters to a hold for a vehicle.

        The history that the demand is forecast from is no part of the transaction: nothing changes it any more. Nor is
        the charging plan, which is a forecast itself.
        """
        station_id, parameters = place.station.id, self._parameters
        if not buffer_matters(supply.ready_now, vehicle.pack_count, parameters.buffer):
            return 0
        need = await self._riders.need_of(vehicle)
        model = need.pack_model
        charging = place.charging(model.id, parameters.promised_soc_percent)
        minutes = await self._readiness.forecast({station_id: charging}, {model.id: model})
        demand = await self._demand.forecast([station_id], self._clock.now(), parameters.hold)
        ready = replace(supply, charging_minutes=minutes[station_id]).ready(parameters)
        return walk_in_buffer(demand[station_id], ready, parameters.buffer)


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What a hold is given on that is forecast: the packs that are kept back from it, and how long it lasts."""

    buffers: BufferReader
    times: HoldTimer
