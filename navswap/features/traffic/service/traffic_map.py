"""The traffic map: kept by one worker at a time, read by everybody."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pymongo.errors import DuplicateKeyError

from navswap.events.conflation import Conflated, Reading
from navswap.events.hub import Hub
from navswap.events.outbox import publish
from navswap.features.traffic.domain.congestion import (
    PRESENT,
    Present,
    centre_of,
    free_flow,
    freshness,
    learned,
)
from navswap.features.traffic.domain.probes import minute_of
from navswap.features.traffic.events import TrafficChanged
from navswap.features.traffic.service.ports import CellFacts, CongestionForecast, CongestionForecaster
from navswap.features.traffic.storage import (
    MAP,
    Activity,
    Congestion,
    Observation,
    PositionMinute,
    TrafficCell,
    TrafficMap,
    TrafficMinute,
)
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Area
from navswap.settings import Settings

LEASE = timedelta(minutes=1)
SETTLED = timedelta(minutes=10)
"""Probes are learned so long after their minute: those held back, and most that come late, are among them then."""
LEARN_AT_ONCE = timedelta(hours=1)
"""Longest span that one round learns, so that a worker that was away catches up in steps."""
MINUTE = timedelta(minutes=1)
PERIOD_SECONDS = 1.0
"""Shortest time between two readings of the map for those who follow it."""


@dataclass(frozen=True, slots=True)
class TrafficNow:
    """The live cells at one revision of the map, 0 before there was any traffic."""

    revision: int
    as_of: datetime
    cells: list[TrafficCell]


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round of the keeper reads."""

    now: datetime
    before: TrafficMap | None
    learn_until: datetime
    present: Mapping[str, Present]
    speeds: Mapping[str, Mapping[int, float]]
    known: Mapping[str, TrafficCell]


class TrafficMapUpdater:
    """Turns probes into congestion, and learns each cell's free flow from its own history."""

    def __init__(
        self, settings: Settings, mongo: Mongo, clock: Clock, forecaster: CongestionForecaster
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._forecaster = forecaster
        self._default_kmh = settings.free_flow_kmh
        self._lease = Lease(mongo.database, "traffic-map", clock, LEASE)

    async def refresh_due(self) -> int:
        """Refresh the map unless another process is at it; for the schedule."""
        return await self.refresh() if await self._lease.take() else 0

    async def refresh(self) -> int:
        """Bring the map up to date and tell of it; returns how many cells changed."""
        round_ = await self._look()
        written, changed = await self._decide(round_)
        if not written and round_.learn_until == _learned_until(round_):
            return 0
        try:
            return len(changed) if await self._store(round_, written, changed) else 0
        except DuplicateKeyError:
            return 0

    async def _look(self) -> _Round:
        now = self._clock.now()
        before = await TrafficMap.read()
        since = minute_of(now - SETTLED) if before is None else before.learned_until
        learn_until = max(since, min(minute_of(now - SETTLED), since + LEARN_AT_ONCE))
        present = await TrafficMinute.sum_since(minute_of(now - PRESENT), now)
        speeds = await TrafficMinute.count_speeds(since, learn_until) if learn_until > since else {}
        known = await TrafficCell.list_known([*present, *speeds])
        return _Round(now, before, learn_until, present, speeds, {cell.id: cell for cell in known})

    async def _decide(self, round_: _Round) -> tuple[list[TrafficCell], list[TrafficCell]]:
        """Return the cells to write, and those of them of which there is something to tell."""
        facts: dict[str, CellFacts] = {}
        histories: dict[str, dict[int, float]] = {}
        for cell in {*round_.present, *round_.known}:
            history = histories[cell] = _history(cell, round_)
            known = round_.known.get(cell)
            present = round_.present.get(cell) or (known.observed.present() if known else None)
            if present is not None:
                facts[cell] = CellFacts(present, free_flow(history, self._default_kmh))
        foreseen = await self._forecaster.foresee(facts, round_.now)
        revision = 1 + (round_.before.revision if round_.before else 0)
        written, changed = [], []
        for cell, one in sorted(facts.items()):
            known = round_.known.get(cell)
            new = _cell(cell, one, foreseen[cell], histories[cell], round_, revision)
            if known is not None and (known.told, known.live) == (new.told, new.live):
                new.changed_in = known.changed_in
            else:
                changed.append(new)
            if known is None or new.model_dump() != known.model_dump():
                written.append(new)
        return written, changed

    async def _store(self, round_: _Round, written: list[TrafficCell], changed: list[TrafficCell]) -> bool:
        """Write cells and map, and publish if there is something to tell; False if another process was first."""
        before = round_.before
        revision = (before.revision if before else 0) + bool(changed)
        after = TrafficMap(id=MAP, revision=revision, as_of=round_.now, learned_until=round_.learn_until)

        async def work(session: Session) -> bool:
            if not await after.follow_on(before, session):
                return False
            await TrafficCell.put_many(written, session)
            if changed:
                event = TrafficChanged(revision=revision, cells=len(changed), as_of=round_.now)
                await publish(session, round_.now, event)
            return True

        return await self._mongo.in_transaction(work)


class TrafficService:
    """Reads the traffic map."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._followed: Conflated[TrafficNow] | None = None

    async def read(self, area: Area | None = None) -> TrafficNow:
        """Return the live cells, those whose centre lies in an area if one is given.

        A change that comes in between is in the cells already, and counts to a later revision.
        """
        map_ = await TrafficMap.read()
        now = self._clock.now()
        cells = await TrafficCell.list_live(now, area)
        return TrafficNow(map_.revision if map_ else 0, map_.as_of if map_ else now, cells)

    async def list_changed(self, area: Area, after: int) -> list[TrafficCell]:
        """Return the cells of an area that changed after a revision, with those that are not live any more."""
        return await TrafficCell.list_changed(area, after)

    def follow(self, hub: Hub) -> AsyncIterator[Reading[TrafficNow]]:
        """Yield the whole map, then again after each revision; one reading for all who follow in this process."""
        if self._followed is None:
            pause = partial(asyncio.sleep, PERIOD_SECONDS)
            self._followed = Conflated(hub, frozenset({TrafficChanged.type}), self.read, pause)
        return self._followed.follow()

    async def last_minute(self) -> tuple[Activity, int]:
        """Return what came in during the last full minute, and how many probes that were."""
        end = minute_of(self._clock.now())
        activity = await PositionMinute.find_activity(end - MINUTE)
        return activity, await TrafficMinute.count_probes(end - MINUTE, end)


def _learned_until(round_: _Round) -> datetime | None:
    return round_.before.learned_until if round_.before else None


def _history(cell: str, round_: _Round) -> dict[int, float]:
    """Return a cell's history with what this round learns; without news it is left as it is."""
    known, news = round_.known.get(cell), round_.speeds.get(cell)
    history = {int(one): weight for one, weight in known.history.items()} if known else {}
    if not news:
        return history
    elapsed = round_.learn_until - known.learned_at if known else timedelta(0)
    return learned(history, news, max(timedelta(0), elapsed))


def _cell(
    cell: str,
    facts: CellFacts,
    forecast: CongestionForecast,
    history: Mapping[int, float],
    round_: _Round,
    revision: int,
) -> TrafficCell:
    known, centre = round_.known.get(cell), centre_of(cell)
    is_live = freshness(facts.present.latest, round_.now) > 0
    unlearned = known.learned_at if known else round_.learn_until
    return TrafficCell(
        id=cell,
        longitude=centre.longitude,
        latitude=centre.latitude,
        live=is_live,
        changed_in=revision,
        told=Congestion(
            speed_kmh=round(facts.present.speed_kmh, 1),
            free_flow_kmh=round(facts.free_flow_kmh, 1),
            congestion=round(forecast.congestion, 2) if is_live else 0.0,
            probes=facts.present.probes,
            as_of=facts.present.latest,
            source=forecast.source,
        ),
        observed=Observation.of(facts.present),
        history={str(one): weight for one, weight in history.items()},
        learned_at=round_.learn_until if cell in round_.speeds else unlearned,
    )
