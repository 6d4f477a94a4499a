"""Plans of several stations at a time: read, decided and stored in one transaction, by as many commands as for one station."""

import asyncio
from collections.abc import Callable, Mapping

from navswap.features.energy.domain.lifecycle import Planned, Site
from navswap.features.energy.domain.values import EnergyForecast, EnergyStation
from navswap.features.energy.service.sites import SiteReader
from navswap.features.energy.service.writer import EnergyStationWriter
from navswap.features.energy.storage import ChargingPlans, EnergyStations
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition

Decide = Callable[[EnergyStation, Site], Planned]


class Planner:
    """Makes plans within the transaction of the caller."""

    def __init__(self, clock: Clock, writer: EnergyStationWriter, sites: SiteReader) -> None:
        self._clock = clock
        self._writer = writer
        self._sites = sites

    async def plan(
        self, forecasts: Mapping[str, EnergyForecast], decide: Decide, session: Session
    ) -> list[Transition[EnergyStation]]:
        """Decide on the charging of stations, store the decisions and publish what comes of them.

        `forecasts` are those of the stations, by id; returned is what became of each in the same order, without those
        that do not exist. Raises PackModelNotFoundError.
        """
        sites = await self._sites.read_all(forecasts, session)
        if not sites:
            return []
        stations = await EnergyStations.get_all(list(sites), self._clock.now(), session)
        planned: list[Planned] = []
        for station_id, found in sites.items():
            planned.append(decide(stations[station_id], found.site))
            await asyncio.sleep(0)  # a plan takes some milliseconds, and others wait for this process as well
        await ChargingPlans.insert_all([each.plan for each in planned], session)
        steps = [each.station for each in planned]
        await self._writer.apply_all(steps, session)
        for step in steps:
            if sites[step.after.id].has_holds:
                self._writer.look_at_holds(step, session)
        return steps
