"""The network as it is now, read in a few queries whatever its size, once for all who watch."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from navswap.events.conflation import Conflated, Reading
from navswap.events.dead_letters import DeadEvent
from navswap.events.hub import Hub
from navswap.events.outbox import find_backlog
from navswap.features.energy.service import EnergyStationService
from navswap.features.faults.service import TicketService, UnresolvedTickets
from navswap.features.logistics.service import JobState, TransportReader
from navswap.features.network.rules import Alert, StationFacts, alerts, merged, quantile
from navswap.features.network.service.late import LateReader
from navswap.features.packs.service import Condition, PackService, PlaceKind
from navswap.features.partners.service import StorageRequestService
from navswap.features.staffing.service import (
    AssignmentService,
    AssignmentState,
    StaffService,
)
from navswap.features.stations.service import StationNow, StationService, StationState
from navswap.features.swapping.service import ActiveHolds, Bucket, Span, StatisticsService
from navswap.kit.clock import Clock
from navswap.kit.visits import VisitParameters

HOUR = timedelta(hours=1)
PERIOD_SECONDS = 1.0
"""Least time between two readings for those who watch."""
LONGEST_QUEUES = 10


@dataclass(frozen=True, slots=True)
class StationsNow:
    """How many stations are in which state; `without_free_packs` counts open ones."""

    open: int
    closed: int
    out_of_service: int
    without_free_packs: int


@dataclass(frozen=True, slots=True)
class PacksNow:
    """How many packs are where, and what can be done with those in slots; recalled and retired ones are wherever they are."""

    charged: int
    held: int
    charging: int
    faulty: int
    blocked: int
    with_riders: int
    in_shops: int
    with_transporters: int
    in_depots: int
    recalled: int
    retired: int


@dataclass(frozen=True, slots=True)
class QueuesNow:
    """Who waits, and how long against the promise; `late_stations` are those where somebody waits longer."""

    on_the_way: int
    waiting: int
    swapping: int
    late_stations: int
    longest_wait_minutes: float
    promised_wait_minutes: float
    longest: Sequence[StationNow]


@dataclass(frozen=True, slots=True)
class SwapsNow:
    """The swaps of the last 60 minutes, and their minutes from the confirmed hold to the ride off."""

    swaps: int
    walk_ins: int
    minutes_p50: int | None
    minutes_p90: int | None


@dataclass(frozen=True, slots=True)
class TransportsNow:
    """The transport jobs that are not over; `overdue` ones are past their deadline."""

    open: int
    accepted: int
    in_transit: int
    overdue: int


@dataclass(frozen=True, slots=True)
class StaffNow:
    """The staff, and those who are asked to go elsewhere, on their way there, or there."""

    people: int
    on_shift: int
    proposed: int
    on_the_way: int
    diverted: int


@dataclass(frozen=True, slots=True)
class EventsNow:
    """The events that wait for Kafka, and those that could not be worked on."""

    pending: int
    oldest_seconds: float
    dead_lettered: int


@dataclass(frozen=True, slots=True)
class NetworkNow:
    """The network at one moment."""

    as_of: datetime
    stations: StationsNow
    packs: PacksNow
    queues: QueuesNow
    swaps: SwapsNow
    transports: TransportsNow
    tickets: UnresolvedTickets
    staff: StaffNow
    events: EventsNow
    alerts: Sequence[Alert]
    station_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LiveDependencies:
    """The services of the slices that the network is read from."""

    stations: StationService
    packs: PackService
    statistics: StatisticsService
    transports: TransportReader
    requests: StorageRequestService
    energy: EnergyStationService
    tickets: TicketService
    staff: StaffService
    assignments: AssignmentService


class LiveService:
    """Shows the network now."""

    def __init__(self, clock: Clock, visits: VisitParameters, dependencies: LiveDependencies) -> None:
        self._clock = clock
        self._promised_wait_minutes = visits.promised_wait_minutes
        self._dependencies = dependencies
        self._late = LateReader(
            dependencies.tickets, dependencies.transports, dependencies.requests, dependencies.energy
        )
        self._followed: Conflated[NetworkNow] | None = None

    async def read(self) -> NetworkNow:
        """Return the network as it is now."""
        now = self._clock.now()
        stations, holds, packs = await asyncio.gather(
            self._dependencies.stations.list_now(),
            self._dependencies.statistics.count_active(),
            self._dependencies.packs.count_whereabouts(),
        )
        swaps, transports, tickets, staff, events = await asyncio.gather(
            self._last_hour(now),
            self._transports_now(now),
            self._dependencies.tickets.count_unresolved(now),
            self._staff_now(now),
            self._events_now(now),
        )
        waits = {
            station_id: (now - arrived_at).total_seconds() / 60
            for station_id, arrived_at in holds.first_arrivals.items()
        }
        found = alerts(
            [_facts(station, waits.get(station.id, 0.0)) for station in stations],
            promised_wait_minutes=self._promised_wait_minutes,
            dead_events=events.dead_lettered,
            oldest_event_seconds=events.oldest_seconds,
            others=await self._late.read(now),
        )
        return NetworkNow(
            as_of=now,
            stations=_stations_now(stations),
            packs=_packs_now(stations, packs),
            queues=_queues_now(stations, holds, waits, self._promised_wait_minutes),
            swaps=swaps,
            transports=transports,
            tickets=tickets,
            staff=staff,
            events=events,
            alerts=found,
            station_names={station.id: station.name for station in stations},
        )

    def follow(self, hub: Hub) -> AsyncIterator[Reading[NetworkNow]]:
        """Yield the network now, then whenever a fact may have changed it, at most once a second."""
        if self._followed is None:
            pause = partial(asyncio.sleep, PERIOD_SECONDS)
            self._followed = Conflated(hub, None, self.read, pause)
        return self._followed.follow()

    async def _last_hour(self, now: datetime) -> SwapsNow:
        counts = await self._dependencies.statistics.count_swaps(
            Span(now - HOUR, now, Bucket.HOUR), by_station=False
        )
        minutes = merged(count.minutes for count in counts)
        return SwapsNow(
            swaps=sum(count.swaps for count in counts),
            walk_ins=sum(count.walk_ins for count in counts),
            minutes_p50=quantile(minutes, 0.5),
            minutes_p90=quantile(minutes, 0.9),
        )

    async def _transports_now(self, now: datetime) -> TransportsNow:
        jobs = await self._dependencies.transports.count_unfinished(now)
        return TransportsNow(
            open=jobs.by_state.get(JobState.OPEN, 0),
            accepted=jobs.by_state.get(JobState.ACCEPTED, 0),
            in_transit=jobs.by_state.get(JobState.IN_TRANSIT, 0),
            overdue=jobs.overdue,
        )

    async def _events_now(self, now: datetime) -> EventsNow:
        backlog = await find_backlog(now)
        return EventsNow(backlog.pending, backlog.oldest_seconds, await DeadEvent.count())

    async def _staff_now(self, now: datetime) -> StaffNow:
        people, on_shift = await self._dependencies.staff.count_on_shift(now)
        active = await self._dependencies.assignments.count_active()
        return StaffNow(
            people=people,
            on_shift=on_shift,
            proposed=active.get(AssignmentState.PROPOSED, 0),
            on_the_way=active.get(AssignmentState.ACCEPTED, 0) + active.get(AssignmentState.MOVING, 0),
            diverted=active.get(AssignmentState.ARRIVED, 0),
        )


def _queues_now(
    stations: Sequence[StationNow],
    holds: ActiveHolds,
    waits: Mapping[str, float],
    promised_wait_minutes: float,
) -> QueuesNow:
    queued = [station for station in stations if station.status.queue_length]
    queued.sort(key=lambda station: (-station.status.queue_length, station.id))
    return QueuesNow(
        on_the_way=holds.on_the_way,
        waiting=holds.waiting,
        swapping=holds.swapping,
        late_stations=sum(wait > promised_wait_minutes for wait in waits.values()),
        longest_wait_minutes=max(waits.values(), default=0.0),
        promised_wait_minutes=promised_wait_minutes,
        longest=queued[:LONGEST_QUEUES],
    )


def _free_packs(station: StationNow) -> int:
    return station.status.stock.free_packs


def _facts(station: StationNow, longest_wait_minutes: float) -> StationFacts:
    return StationFacts(
        station_id=station.id,
        is_open=station.status.state is StationState.OPEN,
        is_broken=station.status.state is StationState.OUT_OF_SERVICE,
        free_packs=_free_packs(station),
        queue_length=station.status.queue_length,
        longest_wait_minutes=longest_wait_minutes,
    )


def _stations_now(stations: Sequence[StationNow]) -> StationsNow:
    states = Counter(station.status.state for station in stations)
    return StationsNow(
        open=states[StationState.OPEN],
        closed=states[StationState.CLOSED],
        out_of_service=states[StationState.OUT_OF_SERVICE],
        without_free_packs=sum(
            station.status.state is StationState.OPEN and _free_packs(station) == 0 for station in stations
        ),
    )


def _packs_now(stations: Sequence[StationNow], packs: Mapping[tuple[PlaceKind, Condition], int]) -> PacksNow:
    stocks = [station.status.stock for station in stations]
    places: Counter[PlaceKind] = Counter()
    conditions: Counter[Condition] = Counter()
    for (kind, condition), count in packs.items():
        places[kind] += count
        conditions[condition] += count
    return PacksNow(
        charged=sum(stock.charged_packs for stock in stocks),
        held=sum(stock.held_packs for stock in stocks),
        charging=sum(stock.charging_packs for stock in stocks),
        faulty=sum(stock.faulty_packs for stock in stocks),
        blocked=sum(stock.blocked_packs for stock in stocks),
        with_riders=places[PlaceKind.RIDER],
        in_shops=places[PlaceKind.SHOP],
        with_transporters=places[PlaceKind.TRANSPORTER],
        in_depots=places[PlaceKind.DEPOT],
        recalled=conditions[Condition.RECALLED],
        retired=conditions[Condition.RETIRED],
    )
