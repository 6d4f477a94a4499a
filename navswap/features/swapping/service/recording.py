"""The one way in which an entry, its packs, the counters of its station and the facts change together."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from navswap.events.outbox import Outbox
from navswap.features.geofences.events import watch_name
from navswap.features.geofences.service import GeofenceService
from navswap.features.packs.service import Pack, PackService, count_packs
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.service import Station, StationService
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.errors import NoChargedPackError
from navswap.features.swapping.events import HOLD_WATCH, EntryChanged
from navswap.features.swapping.service.station_packs import StationPacks
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.joint_reads import Find, find_together
from navswap.infra.mongo import Session, do_after_commit
from navswap.infra.turns import Turns
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition, Versioned

MOST_SEEN = 10_000
"""Entries whose station is remembered, about 200 bytes each."""


@dataclass(frozen=True, slots=True)
class WantedPacks:
    """Packs of a model that an entry is to hold, all or none."""

    entry_id: str
    model_id: str
    count: int
    promised_soc_percent: float


V = TypeVar("V", bound=Versioned)


class QueueRecorder:
    """Stores what was decided on an entry, within the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        stations: StationService,
        packs: PackService,
        geofences: GeofenceService,
        parameters: SwappingParameters,
        turns: Turns,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._stations = stations
        self._packs = packs
        self._geofences = geofences
        self._parameters = parameters
        self._turns = turns
        self._last_seen: OrderedDict[str, str] = OrderedDict()
        """Where entries were that this process has stored, the newest last; it spares a read and decides nothing."""

    def turn_at(self, station_id: str) -> AbstractAsyncContextManager[None]:
        """Wait in line for a station, before the transaction; raises TooManyWaitingError."""
        return self._turns.of(f"station {station_id}")

    @asynccontextmanager
    async def turn_of(self, entry_id: str) -> AsyncIterator[str]:
        """Wait in line for the station of an entry, and yield its id; that of the entry where there is none.

        It is the station where the entry was last seen: the transaction reads whether it has moved.
        """
        station_id = self._last_seen.get(entry_id)
        if station_id is None:
            entry = await QueueEntries.find(entry_id)
            station_id = entry_id if entry is None else entry.station_id
        async with self.turn_at(station_id):
            yield station_id

    async def read(self, station_id: str, session: Session) -> StationPacks:
        """Read a station and its packs; raises StationNotFoundError."""
        stations, packs = await find_together(session, *self._finding(station_id))
        return _place(stations, packs)

    async def read_with(
        self, station_id: str, beside: Find[V], session: Session
    ) -> tuple[StationPacks, list[V]]:
        """Read a station and its packs, and something else beside them; raises StationNotFoundError."""
        stations, packs, found = await find_together(session, *self._finding(station_id), beside)
        return _place(stations, packs), found

    async def read_entry(
        self, entry_id: str, station_id: str, session: Session
    ) -> tuple[QueueEntry | None, StationPacks | None]:
        """Read an entry, and the station where it was last seen with its packs; each is None where there is none."""
        wanted = Find(QueueEntries, {"_id": entry_id}, is_strict=True)
        entries, stations, packs = await find_together(session, wanted, *self._finding(station_id))
        return next(iter(entries), None), _place(stations, packs) if stations else None

    def _finding(self, station_id: str) -> tuple[Find[Station], Find[Pack]]:
        return self._stations.finding(station_id), self._packs.finding_at_station(station_id)

    async def hold(
        self, place: StationPacks, wanted: WantedPacks, session: Session
    ) -> tuple[StationPacks, tuple[Pack, ...]]:
        """Hold the best free packs of a station, and return the station as it is then, and the packs.

        Raises NoChargedPackError where too few are free; none is held then.
        """
        held = await self._packs.hold(
            place.packs,
            entry_id=wanted.entry_id,
            model_id=wanted.model_id,
            count=wanted.count,
            promised_soc_percent=wanted.promised_soc_percent,
            session=session,
        )
        if not held:
            ready = place.free_packs(wanted.model_id, wanted.promised_soc_percent)
            raise NoChargedPackError(ready, wanted.count)
        return place.with_changed(held), held

    async def release(self, packs: Sequence[Pack], place: StationPacks, session: Session) -> StationPacks:
        """End the holds of packs, and return their station as it is then."""
        return place.with_changed(await self._packs.release(packs, session))

    async def record(
        self, transition: Transition[QueueEntry], stations: Mapping[str, StationPacks], session: Session
    ) -> dict[str, StationPacks]:
        """Store a step of an entry, with stock and queue of the stations that its facts name; returns them as they are.

        `stations` were read in this transaction. Another one on the same station conflicts with this write, so what was
        read still holds.
        """
        recorded = dict(stations)
        # the station first: of two transactions that race for it, one gives up before it has written anything else
        for fact in transition.facts:
            if isinstance(fact, EntryChanged):
                place = recorded[fact.queue.station_id]
                joined = fact.queue.length - place.queue.length
                counts = count_packs(place.packs, self._parameters.promised_soc_percent)
                station = await self._stations.record_stock(place.station, counts, session, joined=joined)
                recorded[station.id] = StationPacks(station, place.packs)
        await QueueEntries.apply(transition, session)
        await self._outbox.publish(session, self._clock.now(), *transition.facts)
        do_after_commit(partial(self._see, transition.after), session)
        return recorded

    def _see(self, entry: QueueEntry) -> None:
        """Remember where an entry is for as long as it holds something, within bounds."""
        self._last_seen.pop(entry.id, None)
        if entry.active:
            self._last_seen[entry.id] = entry.station_id
        if len(self._last_seen) > MOST_SEEN:
            self._last_seen.popitem(last=False)

    async def end(
        self, transition: Transition[QueueEntry], place: StationPacks, session: Session
    ) -> StationPacks:
        """Store the end of an entry, and free what it held; a step that changes nothing stores nothing."""
        if not transition.is_change:
            return place
        entry = transition.after
        if held := place.held_by(entry.id):
            place = await self.release(held, place, session)
        await self._geofences.unwatch(session, watch_name(HOLD_WATCH, entry.id))
        return (await self.record(transition, {place.station.id: place}, session))[place.station.id]

    async def watch(self, entry: QueueEntry, station: Station, session: Session) -> None:
        """Have the arrival of the rider of an entry published."""
        await self._geofences.watch(
            session,
            watch_id=watch_name(HOLD_WATCH, entry.id),
            subject_id=entry.rider_id,
            place_id=station.id,
            centre=station.information.point,
            radius_metres=self._parameters.fence_metres,
            until=entry.hold_until,
        )


def _place(stations: Sequence[Station], packs: Sequence[Pack]) -> StationPacks:
    if not stations:
        raise StationNotFoundError("There is no such station.")
    return StationPacks(stations[0], tuple(packs))
