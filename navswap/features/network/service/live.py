"""The network as it is now, read in a few queries whatever its size, once for all subscribers."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from navswap.events.conflation import Conflated
from navswap.events.cursors import BadStreamCursorError, decode_cursor, encode_cursor
from navswap.events.dead_letters import DeadEvent
from navswap.events.hub import Hub
from navswap.events.outbox import find_backlog
from navswap.features.energy.service import EnergyStationService
from navswap.features.faults.service import TicketService, UnresolvedTickets
from navswap.features.logistics.service import TransportReader, UnfinishedJobs
from navswap.features.network.domain.alerts import Alert, EventBacklog, alerts
from navswap.features.network.domain.parameters import AlertParameters
from navswap.features.network.domain.stations import (
    Queues,
    StationCounts,
    StationFacts,
    count_queues,
    count_stations,
)
from navswap.features.network.domain.statistics import merged, minutes_quantile
from navswap.features.network.service.late import LateReader
from navswap.features.packs.service import Condition, PackReader, PlaceKind
from navswap.features.partners.service import StorageRequestService
from navswap.features.staffing.service import (
    AssignmentService,
    AssignmentState,
    StaffService,
)
from navswap.features.stations.service import StationNow, StationReader, StationState, open_at
from navswap.features.swapping.service import Bucket, Span, StatisticsService
from navswap.kit.clock import Clock

HOUR = timedelta(hours=1)
STREAM = "network"
PERIOD_SECONDS = 1.0
"""Shortest time between two readings for subscribers."""


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
class SwapsNow:
    """The swaps of the last 60 minutes, and their minutes from the confirmed hold to the ride off."""

    swaps: int
    walk_ins: int
    minutes_p50: float | None
    minutes_p90: float | None


@dataclass(frozen=True, slots=True)
class StaffNow:
    """The staff, and those who are asked to go elsewhere, on their way there, or there."""

    people: int
    on_shift: int
    proposed: int
    on_the_way: int
    diverted: int


@dataclass(frozen=True, slots=True)
class NetworkNow:
    """The network at one time."""

    as_of: datetime
    stations: StationCounts
    packs: PacksNow
    queues: Queues
    swaps: SwapsNow
    transports: UnfinishedJobs
    tickets: UnresolvedTickets
    staff: StaffNow
    events: EventBacklog
    alerts: Sequence[Alert]


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """The network for one subscriber; `sequence` counts its messages from 0, also on behind a cursor."""

    network: NetworkNow
    sequence: int
    cursor: str


@dataclass(frozen=True, slots=True)
class LiveDependencies:
    """The services of the slices that the network is read from."""

    stations: StationReader
    packs: PackReader
    statistics: StatisticsService
    transports: TransportReader
    requests: StorageRequestService
    energy: EnergyStationService
    tickets: TicketService
    staff: StaffService
    assignments: AssignmentService


class LiveService:
    """Shows the network now."""

    def __init__(self, clock: Clock, parameters: AlertParameters, dependencies: LiveDependencies) -> None:
        self._clock = clock
        self._parameters = parameters
        self._dependencies = dependencies
        self._late = LateReader(
            dependencies.tickets,
            dependencies.transports,
            dependencies.requests,
            dependencies.energy,
            parameters.unanswered,
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
            self._dependencies.transports.count_unfinished(now),
            self._dependencies.tickets.count_unresolved(now),
            self._staff_now(now),
            self._events_now(now),
        )
        are_open = open_at(stations, now)
        facts = [
            _facts(station, holds.first_arrivals.get(station.id, now), now, is_open=station.id in are_open)
            for station in stations
        ]
        return NetworkNow(
            as_of=now,
            stations=count_stations(facts),
            packs=_packs_now(stations, packs),
            queues=count_queues(
                facts,
                on_the_way=holds.on_the_way,
                waiting=holds.waiting,
                swapping=holds.swapping,
                promised_wait_minutes=self._parameters.promised_wait_minutes,
            ),
            swaps=swaps,
            transports=transports,
            tickets=tickets,
            staff=staff,
            events=events,
            alerts=alerts(facts, events, self._parameters, await self._late.read(now)),
        )

    async def follow(self, hub: Hub, after: str | None) -> AsyncGenerator[LiveMessage, None]:
        """Yield the network now, then whenever a fact may have changed it, at most once a second.

        Each message is whole, so that behind a cursor the network as it is now is the next one and nothing is missed; one
        that differs from the last in nothing but its time is not sent. Raises BadStreamCursorError.
        """
        sent: NetworkNow | None = None
        sequence = 0 if after is None else _sequence_in(after) + 1
        if self._followed is None:
            self._followed = Conflated(hub, None, self.read, partial(asyncio.sleep, PERIOD_SECONDS))
        async for reading in self._followed.follow():
            if sent is not None and replace(sent, as_of=reading.state.as_of) == reading.state:
                continue
            sent = reading.state
            yield LiveMessage(sent, sequence, encode_cursor({STREAM: sequence}))
            sequence += 1

    async def _last_hour(self, now: datetime) -> SwapsNow:
        counts = await self._dependencies.statistics.count_swaps(
            Span(now - HOUR, now, Bucket.HOUR), by_station=False
        )
        seconds = merged(count.seconds for count in counts)
        return SwapsNow(
            swaps=sum(count.swaps for count in counts),
            walk_ins=sum(count.walk_ins for count in counts),
            minutes_p50=minutes_quantile(seconds, 0.5),
            minutes_p90=minutes_quantile(seconds, 0.9),
        )

    async def _events_now(self, now: datetime) -> EventBacklog:
        backlog = await find_backlog(now)
        return EventBacklog(backlog.pending, backlog.oldest_seconds, await DeadEvent.count())

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


def _sequence_in(cursor: str) -> int:
    position = decode_cursor(cursor)
    if set(position) != {STREAM}:
        raise BadStreamCursorError(
            "This cursor belongs to another subscription; leave `after` out to start again."
        )
    return position[STREAM]


def _facts(station: StationNow, first_arrival: datetime, now: datetime, *, is_open: bool) -> StationFacts:
    status = station.status
    return StationFacts(
        id=station.id,
        is_open=is_open,
        is_broken=status.state is StationState.OUT_OF_SERVICE,
        free_packs=status.stock.free_packs,
        queue_length=status.queue_length,
        longest_wait_minutes=(now - first_arrival).total_seconds() / 60,
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
