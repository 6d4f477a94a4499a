"""What stations have for visits, with when the packs that charge are ready."""

from collections.abc import Mapping, Sequence

from navswap.features.packs.service import ChargingPack, PackModelService, PackReader, ReadinessForecaster
from navswap.features.stations.service import Station
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.ranking import StationSupply
from navswap.kit.charging import PackModel


class SupplyReader:
    """Reads the packs of many stations in two queries: those that charge, and what the stations plan for them."""

    def __init__(
        self,
        packs: PackReader,
        models: PackModelService,
        readiness: ReadinessForecaster,
        parameters: SwappingParameters,
    ) -> None:
        self._packs = packs
        self._models = models
        self._readiness = readiness
        self._parameters = parameters

    async def list_models(self, stations: Sequence[Station]) -> dict[str, list[PackModel]]:
        """Return the pack models that the slots of each station take, by station, each by its id."""
        wanted = {station.id: _model_ids(station) for station in stations}
        known = await self._models.list_by_ids(sorted(set().union(*wanted.values())))
        return {
            station_id: [known[model_id] for model_id in model_ids if model_id in known]
            for station_id, model_ids in wanted.items()
        }

    async def read(
        self, stations: Sequence[Station], models: Mapping[str, PackModel]
    ) -> dict[tuple[str, str], StationSupply]:
        """Return what each station has for visits with each of the models, by the ids of both.

        Held packs that charge are forecast as well, so that a plan that breaks their promise is made again.
        """
        charging = await self._packs.list_charging(
            [station.id for station in stations], list(models), self._parameters.promised_soc_percent
        )
        minutes = await self._readiness.forecast(charging, models)
        return {
            (station.id, model_id): _supply(station, model_id, charging[station.id], minutes[station.id])
            for station in stations
            for model_id in models
        }


def _model_ids(station: Station) -> list[str]:
    slots = range(1, station.information.slot_count + 1)
    return sorted({station.information.model_of_slot(evse_id) for evse_id in slots})


def _supply(
    station: Station, model_id: str, charging: Sequence[ChargingPack], minutes: Sequence[float]
) -> StationSupply:
    stock = station.status.stock_of_model(model_id)
    free = tuple(
        until
        for pack, until in zip(charging, minutes, strict=True)
        if pack.model_id == model_id and not pack.is_held
    )
    return StationSupply(stock.charged_packs, stock.held_packs, free)
