"""Charging: plan a station, shed its feeder, and keep the plans of all stations fresh. Each is one transaction."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.lifecycle import HORIZON_HOURS, Planned, Site
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.values import Derating, EnergyForecast, EnergyStation
from navswap.features.energy.service.forecasts import EnergyForecaster
from navswap.features.energy.service.sites import SiteReader, name_of
from navswap.features.energy.service.writer import EnergyStationWriter
from navswap.features.energy.storage import ChargingPlans, EnergyStations, HourlySwaps
from navswap.features.stations.service import Stock
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition

SETTLE = timedelta(seconds=2)
"""How long a change of stock waits for the next one: a swap is several changes within a second."""
PLANS_AT_A_TIME = 8
"""Plans made at a time: most of a plan is waiting for the database."""
CLAIM = timedelta(seconds=30)
"""How long a plan that is due belongs to the process that claimed it; much longer than it takes."""


class ChargingService:
    """Decides which charger draws what, and publishes the commands to the chargers that have to change."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        writer: EnergyStationWriter,
        sites: SiteReader,
        forecaster: EnergyForecaster,
        parameters: EnergyParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._writer = writer
        self._sites = sites
        self._forecaster = forecaster
        self._parameters = parameters

    async def shed(
        self, station_id: str, limit_kw: float, ends_at: datetime, reason: str, by: Principal
    ) -> EnergyStation:
        """Let a station draw no more than a limit until a time; the commands are published when this returns.

        The new plan keeps held packs first; the charge that is put off is that of others, the dearest first.
        Another shed of the station takes the place of this one. Raises StationNotFoundError, InvalidInputError.
        """
        now = self._clock.now()
        order = lifecycle.order_shed(limit_kw, ends_at, reason, by.user_id, now)
        forecast = (await self._forecaster.forecast([station_id], now, HORIZON_HOURS))[station_id]

        def decide(station: EnergyStation, site: Site) -> Planned:
            return lifecycle.shed(station, order, site, self._parameters, self._ids.new())

        async def work(session: Session) -> EnergyStation:
            step = await self._plan(station_id, forecast, decide, session)
            await self._writer.log_shed(step, by, session)
            return step.after

        return await self._mongo.in_transaction(work)

    async def plan_due(self) -> int:
        """Make the plans again that are due; returns how many. Several processes share them, each plan made by one.

        At the quarter of an hour those of all stations are due at once. What one of them raises is raised once the
        others are planned.
        """
        now, made = self._clock.now(), 0
        failures: list[BaseException] = []
        while due := await EnergyStations.claim_due(now, now + CLAIM, PLANS_AT_A_TIME):
            forecasts = await self._forecaster.forecast(due, now, HORIZON_HOURS)
            plans = [self._plan_again(station_id, forecasts[station_id]) for station_id in due]
            done = await asyncio.gather(*plans, return_exceptions=True)
            failed = [result for result in done if isinstance(result, BaseException)]
            failures += failed
            made += len(due) - len(failed)
        if failures:
            raise failures[0]
        return made

    async def replan(self, station_id: str, stock: Stock, session: Session) -> None:
        """Have a plan made again soon, unless it was made for this very stock."""
        await EnergyStations.replan(station_id, name_of(stock), self._clock.now() + SETTLE, session)

    async def derate(self, station_id: str, fault_id: str, evse_id: int | None, session: Session) -> None:
        """Let the charger of a slot, or all of a station, draw less until the fault is over."""
        station = await EnergyStations.get(station_id, self._clock.now(), session)
        await self._writer.apply(
            lifecycle.derate(station, Derating(fault_id, evse_id), self._clock.now()), session
        )

    async def restore(self, station_id: str, fault_id: str, session: Session) -> None:
        """Let chargers draw as before the fault, unless another one derates them."""
        station = await EnergyStations.find(station_id, session)
        if station is not None:
            await self._writer.apply(lifecycle.restore(station, fault_id, self._clock.now()), session)

    async def lose_power(self, station_id: str, fault_id: str, session: Session) -> None:
        """Record that a station has no power until a fault is over."""
        now = self._clock.now()
        station = await EnergyStations.get(station_id, now, session)
        await self._writer.apply(lifecycle.lose_power(station, fault_id, now), session)

    async def count_swap(self, station_id: str, completed_at: datetime, session: Session) -> None:
        """Count a swap for the baseline of the forecast."""
        await HourlySwaps.count_one(station_id, _hour_of(completed_at), session)

    async def load_history(self, swaps: Iterable[tuple[str, datetime]]) -> int:
        """Count past swaps, each a station and its time, for the baseline; return how many hours were new.

        Give whole hours at once: an hour that was counted already stays as it is.
        """
        counted = Counter((station_id, _hour_of(completed_at)) for station_id, completed_at in swaps)
        return await HourlySwaps.insert_history(counted)

    async def _plan_again(self, station_id: str, forecast: EnergyForecast) -> None:
        def decide(station: EnergyStation, site: Site) -> Planned:
            return lifecycle.plan(station, site, self._parameters, self._ids.new(), self._clock.now())

        await self._mongo.in_transaction(lambda session: self._plan(station_id, forecast, decide, session))

    async def _plan(
        self,
        station_id: str,
        forecast: EnergyForecast,
        decide: Callable[[EnergyStation, Site], Planned],
        session: Session,
    ) -> Transition[EnergyStation]:
        """Decide on the charging of a station, store the decision and publish what comes of it."""
        station = await EnergyStations.get(station_id, self._clock.now(), session)
        planned = decide(station, await self._sites.read(station_id, forecast, session))
        await ChargingPlans.insert(planned.plan, session)
        await self._writer.apply(planned.station, session)
        return planned.station


def _hour_of(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
