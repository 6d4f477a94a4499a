"""The views of the network now."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.features.faults.service import Severity
from navswap.features.logistics.service import JobState
from navswap.features.network.service import MOST_ALERTS, AlertKind, NetworkNow, Queue
from navswap.features.network.service import Alert as FoundAlert
from navswap.features.stations.graphql import Station, load_station
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import find_node, find_node_named
from navswap.graphql.scalars import Minutes, NonNegativeInt, Seconds

describe_enum(
    AlertKind,
    "What deserves attention.",
    {
        "STATION_OUT_OF_SERVICE": "A station is broken; the value is the riders in its queue.",
        "WAIT_OVER_PROMISE": "A rider has waited since arriving at a station longer than promised; the value is minutes.",
        "NO_FREE_PACKS": "An open station has no pack to promise; the value is the riders in its queue.",
        "EVENTS_DEAD_LETTERED": "Events that no consumer could process; the value is how many.",
        "EVENTS_DELAYED": "Events wait for Kafka, so what is shown live is old; the value is seconds.",
        "TICKET_OVERDUE": "A ticket is past its SLA time; the value is minutes.",
        "JOB_OVERDUE": "A transport job to the station is past its deadline; the value is minutes.",
        "FEEDER_SHED": "The station is ordered to draw less; the value is the power that it may draw, kW.",
        "STORAGE_REQUEST_WAITING": "A partner shop has not answered for long (an hour, unless the operator sets it "
        "otherwise) whether it stores packs of the station; the value is minutes since it was asked.",
    },
)


@strawberry.type(description="How many stations are in which state.")
class LiveStations:
    """Stations now."""

    open: NonNegativeInt = strawberry.field(
        description="Stations that hand out packs now: open by their operator, and by their hours where those are known."
    )
    closed: NonNegativeInt = strawberry.field(
        description="Stations closed by the operator, or by their hours."
    )
    out_of_service: NonNegativeInt = strawberry.field(description="Stations that are broken.")
    without_free_packs: NonNegativeInt = strawberry.field(
        description="Open stations with no pack to promise."
    )


@strawberry.type(description="How many packs are where; those in slots by what can be done with them.")
class LivePacks:
    """Packs now."""

    charged: NonNegativeInt = strawberry.field(
        description="In slots, fit, charged to the promise; held ones included."
    )
    held: NonNegativeInt = strawberry.field(description="In slots, charged, and held for a rider.")
    charging: NonNegativeInt = strawberry.field(description="In slots, fit, below the promised charge.")
    faulty: NonNegativeInt = strawberry.field(description="In slots, never handed out.")
    blocked: NonNegativeInt = strawberry.field(description="Fit, in a locked or faulted slot.")
    with_riders: NonNegativeInt = strawberry.field(description="With riders.")
    in_shops: NonNegativeInt = strawberry.field(description="Stored at partner shops.")
    with_transporters: NonNegativeInt = strawberry.field(description="On the way with transporters.")
    in_depots: NonNegativeInt = strawberry.field(description="In depots.")
    recalled: NonNegativeInt = strawberry.field(description="Recalled, wherever they are; counted there too.")
    retired: NonNegativeInt = strawberry.field(description="Retired, wherever they are; counted there too.")


@strawberry.type(description="A station with a queue.")
class LiveQueue:
    """A queue in a list."""

    length: NonNegativeInt = strawberry.field(
        description="Riders in the queue, those on the way included; above 0."
    )
    station_key: strawberry.Private[str]

    @classmethod
    def of(cls, queue: Queue) -> Self:
        """Build the view of a queue."""
        return cls(length=queue.length, station_key=queue.station_id)

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other queues."""
        return await load_station(info.context, self.station_key)


@strawberry.type(description="Who waits, and how long against the promise.")
class LiveQueues:
    """Queues now."""

    on_the_way: NonNegativeInt = strawberry.field(description="Riders with a hold who have not arrived.")
    waiting: NonNegativeInt = strawberry.field(
        description="Riders at a station whose code was not scanned yet."
    )
    swapping: NonNegativeInt = strawberry.field(description="Riders whose code was scanned.")
    late_stations: NonNegativeInt = strawberry.field(
        description="Stations where a rider waits longer than promised."
    )
    longest_wait_minutes: Minutes = strawberry.field(
        description="What the rider who waits longest has waited since arriving; 0 where none waits. The time on the way is no "
        "wait."
    )
    promised_wait_minutes: Minutes = strawberry.field(
        description="The longest wait that riders are promised; above 0."
    )
    longest: list[LiveQueue] = strawberry.field(description="The longest queues, at most 10, longest first.")


@strawberry.type(description="The swaps of the last 60 minutes.")
class LiveSwaps:
    """Swaps now."""

    swaps: NonNegativeInt = strawberry.field(description="Swaps completed.")
    walk_ins: NonNegativeInt = strawberry.field(
        description="Those of riders who stood at the station already."
    )
    minutes_p50: Minutes | None = strawberry.field(
        description="Median of the minutes from the hold to the ride off, to the second; null without swaps."
    )
    minutes_p90: Minutes | None = strawberry.field(
        description="90 % quantile of the same minutes; null without swaps."
    )


@strawberry.type(description="The transport jobs that are not over.")
class LiveTransports:
    """Jobs now."""

    open: NonNegativeInt = strawberry.field(description="Jobs without a transporter.")
    accepted: NonNegativeInt = strawberry.field(description="Jobs whose transporter fetches the packs.")
    in_transit: NonNegativeInt = strawberry.field(description="Jobs whose packs are on the way.")
    overdue: NonNegativeInt = strawberry.field(description="Jobs past their deadline; counted above too.")


@strawberry.type(description="The tickets that are not resolved.")
class LiveTickets:
    """Tickets now."""

    critical: NonNegativeInt = strawberry.field(description="Tickets of critical faults.")
    major: NonNegativeInt = strawberry.field(description="Tickets of major faults.")
    minor: NonNegativeInt = strawberry.field(description="Tickets of minor faults.")
    overdue: NonNegativeInt = strawberry.field(description="Tickets past their SLA time; counted above too.")


@strawberry.type(description="The staff.")
class LiveStaff:
    """Staff now."""

    people: NonNegativeInt = strawberry.field(description="Members of staff.")
    on_shift: NonNegativeInt = strawberry.field(description="Those on shift now.")
    proposed: NonNegativeInt = strawberry.field(
        description="Members of staff asked to go to another station."
    )
    on_the_way: NonNegativeInt = strawberry.field(
        description="Members of staff on their way to another station."
    )
    diverted: NonNegativeInt = strawberry.field(
        description="Members of staff who work at another station than usual."
    )


@strawberry.type(description="Events that have not gone the whole way yet.")
class LiveEvents:
    """Events now."""

    pending: NonNegativeInt = strawberry.field(description="Events that wait for Kafka.")
    oldest_seconds: Seconds = strawberry.field(
        description="How long the oldest has waited; 0 where none does."
    )
    dead_lettered: NonNegativeInt = strawberry.field(
        description="Events that no consumer could process and that wait for an operator."
    )


@strawberry.type(description="Something that deserves attention.")
class Alert:
    """An alert as clients see it."""

    kind: AlertKind = strawberry.field(description="What it is.")
    value: float = strawberry.field(description="How much, in the unit that the kind says; at least 0.")
    station_key: strawberry.Private[str | None]
    subject_key: strawberry.Private[tuple[str, str] | None]

    @classmethod
    def of(cls, alert: FoundAlert) -> Self:
        """Build the view of an alert."""
        return cls(
            kind=alert.kind,
            value=alert.value,
            station_key=alert.station_id,
            subject_key=alert.subject,
        )

    @strawberry.field(description="The station; null where it is not about one.")
    async def station(self, info: Info) -> Station | None:
        """Load the station with those of the other alerts."""
        return None if self.station_key is None else await find_node(info.context, Station, self.station_key)

    @strawberry.field(
        description="The ticket, transport job or storage request that it is about; null for other kinds."
    )
    async def subject(self, info: Info) -> relay.Node | None:
        """Load the subject with those of the other alerts."""
        return None if self.subject_key is None else await find_node_named(info, *self.subject_key)


@strawberry.type(description="The network at one time.")
class AdminLive:
    """The network as clients see it."""

    as_of: datetime = strawberry.field(description="When it was read (UTC).")
    stations: LiveStations = strawberry.field(description="Stations by state.")
    packs: LivePacks = strawberry.field(description="Packs by place and state.")
    queues: LiveQueues = strawberry.field(description="Riders who wait.")
    swaps: LiveSwaps = strawberry.field(description="Swaps of the last 60 minutes.")
    transports: LiveTransports = strawberry.field(description="Transport jobs that are not over.")
    tickets: LiveTickets = strawberry.field(description="Tickets that are not resolved.")
    staff: LiveStaff = strawberry.field(description="Staff.")
    events: LiveEvents = strawberry.field(description="Events that have not gone the whole way.")
    alerts: list[Alert] = strawberry.field(
        description="What deserves attention: by kind, in the order of AlertKind, the worst of each kind first; at "
        "most 200."
    )
    alert_count: NonNegativeInt = strawberry.field(
        description="How many alerts there are in all; of late tickets, jobs and requests, and of shed "
        "feeders, the first 200 each count."
    )

    @classmethod
    def of(cls, now: NetworkNow) -> Self:
        """Build the view of the network."""
        queues = asdict(now.queues) | {"longest": [LiveQueue.of(queue) for queue in now.queues.longest]}
        return cls(
            as_of=now.as_of,
            stations=LiveStations(**asdict(now.stations)),
            packs=LivePacks(**asdict(now.packs)),
            queues=LiveQueues(**queues),
            swaps=LiveSwaps(**asdict(now.swaps)),
            transports=LiveTransports(
                open=now.transports.by_state.get(JobState.OPEN, 0),
                accepted=now.transports.by_state.get(JobState.ACCEPTED, 0),
                in_transit=now.transports.by_state.get(JobState.IN_TRANSIT, 0),
                overdue=now.transports.overdue,
            ),
            tickets=LiveTickets(
                critical=now.tickets.by_severity.get(Severity.CRITICAL, 0),
                major=now.tickets.by_severity.get(Severity.MAJOR, 0),
                minor=now.tickets.by_severity.get(Severity.MINOR, 0),
                overdue=now.tickets.overdue,
            ),
            staff=LiveStaff(**asdict(now.staff)),
            events=LiveEvents(**asdict(now.events)),
            alerts=[Alert.of(alert) for alert in now.alerts[:MOST_ALERTS]],
            alert_count=len(now.alerts),
        )
