"""Charging: shed feeders, and keep the plans of all stations fresh."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.lifecycle import HORIZON_HOURS, Planned, Site
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.values import Derating, EnergyForecast, EnergyStation, Shed
from navswap.features.energy.service.forecasts import EnergyForecaster
from navswap.features.energy.service.planning import Planner
from navswap.features.energy.service.sites import SiteReader, name_of
from navswap.features.energy.service.writer import EnergyStationWriter
from navswap.features.energy.storage import EnergyStations, HourlySwaps
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.service import Stock
from navswap.infra.mongo import Mongo, Session, is_outage
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids

SETTLE = timedelta(seconds=2)
"""How long a change of stock waits for the next one: a swap is several changes within a second."""
PLANS_AT_A_TIME = 8
"""Plans that are claimed and made in one transaction."""
SHEDS_AT_A_TIME = 50
"""Stations that one transaction sheds. Of a change that comes between, such as a pack's, no more begin again than these."""
MOST_SHEDS = 1_000
"""Most stations of one order."""
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
        self._planner = Planner(clock, writer, sites)
        self._forecaster = forecaster
        self._parameters = parameters

    async def shed(
        self, station_id: str, limit_kw: float, ends_at: datetime, reason: str, by: Principal
    ) -> EnergyStation:
        """Let a station draw no more than a limit until a time; the commands are published when this returns.

        The new plan keeps held packs first; the charge that is put off is that of others, the dearest first.
        Another shed of the station takes the place of this one. Raises StationNotFoundError, InvalidInputError.
        """
        order = lifecycle.order_shed(limit_kw, ends_at, reason, by.user_id, self._clock.now())
        stations = await self._shed_all([station_id], order, by, "shedFeeder")
        if not stations:
            raise StationNotFoundError("There is no such station.")
        return stations[0]

    async def shed_all(
        self, station_ids: Sequence[str], limit_kw: float, ends_at: datetime, reason: str, by: Principal
    ) -> list[EnergyStation]:
        """Let each of 1 to 1,000 stations draw no more than a limit, as `shed` does; those that do not exist are left out.

        It is one decision on one forecast, stored by groups of stations, each in one transaction. Where a group fails, what it
        met is raised once all others are committed; the same order again then replaces theirs. Raises InvalidInputError.
        """
        if not 1 <= len(station_ids) <= MOST_SHEDS:
            raise InvalidInputError(
                "station_ids", f"Shed 1 to {MOST_SHEDS} stations at once, not {len(station_ids)}."
            )
        order = lifecycle.order_shed(limit_kw, ends_at, reason, by.user_id, self._clock.now())
        return await self._shed_all(station_ids, order, by, "shedFeeders")

    async def plan_due(self) -> int:
        """Make the plans again that are due; returns how many. Several processes share them, each plan made by one.

        At the quarter of an hour those of all stations are due at once. What one of them raises is raised once the
        others are planned.
        """
        now, made = self._clock.now(), 0
        failures: list[Exception] = []
        while due := await EnergyStations.claim_due(now, now + CLAIM, PLANS_AT_A_TIME):
            failed = await self._plan_again(await self._forecaster.forecast(due, now, HORIZON_HOURS))
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

    async def _shed_all(
        self, station_ids: Sequence[str], order: Shed, by: Principal, action: str
    ) -> list[EnergyStation]:
        """Plan stations under an order, and record it as that of a mutation; returns those that exist, in their order."""
        forecasts = await self._forecaster.forecast(station_ids, order.ordered_at, HORIZON_HOURS)

        def decide(station: EnergyStation, site: Site) -> Planned:
            return lifecycle.shed(station, order, site, self._parameters, self._ids.new())

        async def shed(group: Sequence[str]) -> list[EnergyStation]:
            async def work(session: Session) -> list[EnergyStation]:
                wanted = {station_id: forecasts[station_id] for station_id in group}
                steps = await self._planner.plan(wanted, decide, session)
                await self._writer.log_sheds(steps, by, action, session)
                return [step.after for step in steps]

            return await self._mongo.in_transaction(work)

        starts = range(0, len(station_ids), SHEDS_AT_A_TIME)
        groups = [shed(station_ids[start : start + SHEDS_AT_A_TIME]) for start in starts]
        stations: list[EnergyStation] = []
        for done in await asyncio.gather(*groups, return_exceptions=True):
            if isinstance(done, BaseException):
                raise done
            stations += done
        return stations

    async def _plan_again(self, forecasts: Mapping[str, EnergyForecast]) -> list[Exception]:
        """Plan stations in one transaction, or each in one of its own where one cannot be planned; returns what failed."""

        def decide(station: EnergyStation, site: Site) -> Planned:
            return lifecycle.plan(station, site, self._parameters, self._ids.new(), self._clock.now())

        try:
            steps = await self._mongo.in_transaction(
                lambda session: self._planner.plan(forecasts, decide, session)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller raises it
            if is_outage(error) or len(forecasts) == 1:
                return [error] * len(forecasts)
            alone = [self._plan_again({station_id: forecast}) for station_id, forecast in forecasts.items()]
            return [failure for failures in await asyncio.gather(*alone) for failure in failures]
        planned = {step.after.id for step in steps}
        return [
            StationNotFoundError(f"There is no station {station_id}.")
            for station_id in forecasts
            if station_id not in planned
        ]


def _hour_of(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
