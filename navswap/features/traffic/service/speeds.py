"""Publishes how fast vehicles were, every five minutes, by one worker at a time."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import Outbox
from navswap.features.stations.service import StationReader
from navswap.features.traffic.domain.cells import MAP_ID
from navswap.features.traffic.domain.congestion import centre_of
from navswap.features.traffic.domain.speeds import SPAN, SpeedLog, cell_speeds, spans_due, zone_speeds
from navswap.features.traffic.domain.zones import zones_of
from navswap.features.traffic.events import SpeedsMeasured, speeds_measured
from navswap.features.traffic.storage import SpeedLogs, TrafficCells, TrafficMinute
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.infra.repository import StaleValueError
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition
from navswap.kit.roads import RoadParameters
from navswap.kit.values import replace

LEASE = timedelta(minutes=1)


class SpeedPublisher:
    """Publishes the speeds of each span once, those of cells and those of zones."""

    def __init__(
        self, mongo: Mongo, clock: Clock, outbox: Outbox, stations: StationReader, roads: RoadParameters
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._stations = stations
        self._roads = roads
        self._lease = Lease("traffic-speeds", LEASE)

    async def publish_due(self) -> int:
        """Publish unless another process is at it; for the schedule."""
        return await self.publish() if await self._lease.take() else 0

    async def publish(self) -> int:
        """Publish the speeds of the spans that are over; returns how many facts that were."""

        async def work(session: Session) -> int:
            log = await SpeedLogs.read(session)
            due, published = spans_due(log, self._clock.now()), 0
            if not due:
                return 0
            after = SpeedLog(MAP_ID, due[-1]) if log is None else _moved(log, due[-1])
            await SpeedLogs.apply(Transition(log, after), session)
            for ends_at in due:
                facts = await self._measure(ends_at)
                await self._outbox.publish(session, ends_at, *facts)
                published += len(facts)
            return published

        try:
            return await self._mongo.in_transaction(work)
        except (DuplicateKeyError, StaleValueError):  # another process was first
            return 0

    async def _measure(self, ends_at: datetime) -> tuple[SpeedsMeasured, ...]:
        observed = await TrafficMinute.sum_between(ends_at - SPAN, ends_at)
        if not observed:
            return ()
        known = await TrafficCells.find_by_ids(list(observed))
        free_flow = {cell.id: cell.published.free_flow_kmh for cell in known.values()}
        cells = cell_speeds(observed, free_flow, self._roads.rider_kmh, ends_at)
        stations = await self._stations.list_now()
        zones = zones_of(
            {cell.cell: centre_of(cell.cell) for cell in cells},
            ((station.point, station.district) for station in stations),
        )
        return speeds_measured(ends_at, SPAN, cells, zone_speeds(cells, zones))


def _moved(log: SpeedLog, until: datetime) -> SpeedLog:
    return replace(log, published_until=until, revision=log.revision + 1)
