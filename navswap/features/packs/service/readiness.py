"""Where the slice that charges packs says when they will be ready, to those that promise packs to riders."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from navswap.features.packs.domain.values import ChargingPack
from navswap.infra.mongo import Session
from navswap.kit.charging import PackModel


class ReadinessForecaster(Protocol):
    """Forecasts when packs have the charge that is promised, for many stations in one call."""

    async def forecast(
        self,
        packs: Mapping[str, Sequence[ChargingPack]],
        models: Mapping[str, PackModel],
        session: Session | None = None,
    ) -> dict[str, tuple[float, ...]]:
        """Return in how many minutes each pack is charged, by station and in the order of its packs.

        Infinite where nothing charges a pack; `models` are those of the packs, by id. In a transaction it is as that sees
        the plans.
        """
        ...


class AtFullPower:
    """The baseline: each charger gives all that its pack takes, from now on."""

    def __init__(self, promised_soc_percent: float) -> None:
        self._promised_soc_percent = promised_soc_percent

    async def forecast(
        self,
        packs: Mapping[str, Sequence[ChargingPack]],
        models: Mapping[str, PackModel],
        session: Session | None = None,  # noqa: ARG002 - what it divides is handed in
    ) -> dict[str, tuple[float, ...]]:
        """Divide what is missing by the most power that each pack takes."""
        return {
            station_id: tuple(
                models[pack.model_id].minutes_to_gain(
                    (self._promised_soc_percent - pack.soc_percent) * pack.soh_percent / 100
                )
                for pack in charging
            )
            for station_id, charging in packs.items()
        }


class Readiness:
    """The forecast in use; the services of a process share it."""

    def __init__(self, baseline: ReadinessForecaster) -> None:
        self._forecaster = baseline

    def is_forecast_by(self, forecaster: ReadinessForecaster) -> None:
        """Say who plans the charging; called once, when the slices are composed."""
        self._forecaster = forecaster

    async def forecast(
        self,
        packs: Mapping[str, Sequence[ChargingPack]],
        models: Mapping[str, PackModel],
        session: Session | None = None,
    ) -> dict[str, tuple[float, ...]]:
        """Return in how many minutes each pack is charged, by station and in the order of its packs."""
        return await self._forecaster.forecast(packs, models, session)
