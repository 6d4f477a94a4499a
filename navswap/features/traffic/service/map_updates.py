"""The upkeep of the traffic map, by one worker at a time."""

from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import Outbox
from navswap.features.traffic.domain.congestion import PRESENT
from navswap.features.traffic.domain.map_rounds import NextMap, Round, facts_of, learning_span, next_map
from navswap.features.traffic.domain.probes import minute_of
from navswap.features.traffic.service.forecasts import CongestionForecaster
from navswap.features.traffic.storage import TrafficCells, TrafficMaps, TrafficMinute
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.infra.repository import StaleValueError
from navswap.kit.clock import Clock
from navswap.kit.roads import RoadParameters

LEASE = timedelta(minutes=1)


class TrafficMapUpdater:
    """Turns probes into congestion, and learns each cell's free flow from its own history."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        outbox: Outbox,
        roads: RoadParameters,
        forecaster: CongestionForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._roads = roads
        self._forecaster = forecaster
        self._lease = Lease("traffic-map", LEASE)

    async def refresh_due(self) -> int:
        """Refresh the map unless another process is at it; for the schedule."""
        return await self.refresh() if await self._lease.take() else 0

    async def refresh(self) -> int:
        """Bring the map up to date and publish that; returns how many cells changed."""
        round_ = await self._read()
        facts = facts_of(round_, self._roads.rider_kmh)
        update = next_map(round_, facts, await self._forecaster.forecast(facts, round_.now))
        if update is None:
            return 0
        return update.changed if await self._store(round_, update) else 0

    async def _read(self) -> Round:
        now = self._clock.now()
        before = await TrafficMaps.read()
        since, learn_until = learning_span(before, now)
        observed = await TrafficMinute.sum_since(minute_of(now - PRESENT), now)
        speeds = await TrafficMinute.count_speeds(since, learn_until) if learn_until > since else {}
        known = await TrafficCells.list_known([*observed, *speeds])
        return Round(now, before, learn_until, observed, speeds, {cell.id: cell for cell in known})

    async def _store(self, round_: Round, update: NextMap) -> bool:
        """Store map and cells and publish; returns False, and stores nothing, if another process was first."""

        async def work(session: Session) -> bool:
            try:
                # The map comes first: its revision guards the cells, which only a round writes.
                await TrafficMaps.apply(update.map, session)
            except StaleValueError:
                return False
            await TrafficCells.apply_all(update.cells, session)
            await self._outbox.publish(session, round_.now, *update.map.facts)
            return True

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:  # another process made the first map
            return False
