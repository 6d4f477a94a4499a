"""The views of the network now."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.features.faults.service import Severity
from navswap.features.network.rules import MOST_ALERTS, AlertKind
from navswap.features.network.rules import Alert as FoundAlert
from navswap.features.network.service import NetworkNow
from navswap.features.stations.graphql import Station
from navswap.features.stations.service import StationNow
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import relay_id

describe_enum(
    AlertKind,
    "What deserves attention.",
    {
        "STATION_OUT_OF_SERVICE": "A station is broken; the value is the riders in its queue.",
        "WAIT_OVER_PROMISE": "Somebody waits at a station longer than promised; the value is minutes.",
        "NO_FREE_PACKS": "An open station has no pack to promise; the value is the riders in its queue.",
        "EVENTS_DEAD_LETTERED": "Events could not be worked on; the value is how many.",
        "EVENTS_DELAYED": "Events wait for Kafka, so what is shown live is old; the value is seconds.",
        "TICKET_OVERDUE": "A ticket is past its SLA time; the value is minutes.",
        "JOB_OVERDUE": "A transport job to the station is past its deadline; the value is minutes.",
        "FEEDER_SHED": "The station is ordered to draw less; the value is the power that it may draw, kW.",
        "STORAGE_REQUEST_WAITING": "A partner shop has not answered for an hour whether it stores packs of the "
        "station; the value is minutes since it was asked.",
    },
)


@strawberry.type(description="How many stations are in which state.")
class LiveStations:
    """Stations now."""

    open: int = strawberry.field(description="Stations that hand out packs; at least 0.")
    closed: int = strawberry.field(description="Stations closed by the operator; at least 0.")
    out_of_service: int = strawberry.field(description="Stations that are broken; at least 0.")
    without_free_packs: int = strawberry.field(
        description="Open stations with no pack to promise; at least 0."
    )


@strawberry.type(description="How many packs are where; those in slots by what can be done with them.")
class LivePacks:
    """Packs now."""

    charged: int = strawberry.field(
        description="In slots, fit, charged to the promise, at least 0; held ones included."
    )
    held: int = strawberry.field(description="In slots, charged, and held for a rider; at least 0.")
    charging: int = strawberry.field(description="In slots, fit, below the promised charge; at least 0.")
    faulty: int = strawberry.field(description="In slots, never handed out; at least 0.")
    blocked: int = strawberry.field(description="Fit, in a locked or faulted slot; at least 0.")
    with_riders: int = strawberry.field(description="With riders; at least 0.")
    in_shops: int = strawberry.field(description="Stored at partner shops; at least 0.")
    with_transporters: int = strawberry.field(description="On the way with transporters; at least 0.")
    in_depots: int = strawberry.field(description="In depots; at least 0.")
    recalled: int = strawberry.field(
        description="Recalled, wherever they are, at least 0; counted there too."
    )
    retired: int = strawberry.field(description="Retired, wherever they are, at least 0; counted there too.")


@strawberry.type(description="A station with a queue.")
class LiveQueue:
    """A queue in a list."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    name: str = strawberry.field(description="Name of the station.")
    length: int = strawberry.field(description="Riders in the queue, those on the way included; at least 1.")

    @classmethod
    def of(cls, station: StationNow) -> Self:
        """Build the view of the queue of a station."""
        return cls(
            station_id=relay_id(Station, station.id),
            name=station.name,
            length=station.status.queue_length,
        )


@strawberry.type(description="Who waits, and how long against the promise.")
class LiveQueues:
    """Queues now."""

    on_the_way: int = strawberry.field(description="Riders with a hold who have not arrived; at least 0.")
    waiting: int = strawberry.field(
        description="Riders at a station whose code was not scanned yet; at least 0."
    )
    swapping: int = strawberry.field(description="Riders whose code was scanned; at least 0.")
    late_stations: int = strawberry.field(
        description="Stations where somebody waits longer than promised; at least 0."
    )
    longest_wait_minutes: float = strawberry.field(
        description="Minutes that the rider who waits longest has waited, at least 0; 0 where nobody waits."
    )
    promised_wait_minutes: float = strawberry.field(
        description="Minutes that nobody is to wait longer; at least 0."
    )
    longest: list[LiveQueue] = strawberry.field(description="The longest queues, at most 10, longest first.")


@strawberry.type(description="The swaps of the last 60 minutes.")
class LiveSwaps:
    """Swaps now."""

    swaps: int = strawberry.field(description="Swaps completed; at least 0.")
    walk_ins: int = strawberry.field(
        description="Those of riders who stood at the station already; at least 0."
    )
    minutes_p50: int | None = strawberry.field(
        description="Median of the whole minutes from the hold to the ride off, at least 0; null without swaps."
    )
    minutes_p90: int | None = strawberry.field(
        description="90 % quantile of the same minutes, at least 0; null without swaps."
    )


@strawberry.type(description="The transport jobs that are not over.")
class LiveTransports:
    """Jobs now."""

    open: int = strawberry.field(description="Jobs without a transporter; at least 0.")
    accepted: int = strawberry.field(description="Jobs whose transporter fetches the packs; at least 0.")
    in_transit: int = strawberry.field(description="Jobs whose packs are on the way; at least 0.")
    overdue: int = strawberry.field(description="Jobs past their deadline, at least 0; counted above too.")


@strawberry.type(description="The tickets that are not resolved.")
class LiveTickets:
    """Tickets now."""

    critical: int = strawberry.field(description="Tickets of critical faults; at least 0.")
    major: int = strawberry.field(description="Tickets of major faults; at least 0.")
    minor: int = strawberry.field(description="Tickets of minor faults; at least 0.")
    overdue: int = strawberry.field(description="Tickets past their SLA time, at least 0; counted above too.")


@strawberry.type(description="The staff.")
class LiveStaff:
    """Staff now."""

    people: int = strawberry.field(description="Everybody who works at stations; at least 0.")
    on_shift: int = strawberry.field(description="Those on shift now; at least 0.")
    proposed: int = strawberry.field(description="People asked to go to another station; at least 0.")
    on_the_way: int = strawberry.field(description="People on their way to another station; at least 0.")
    diverted: int = strawberry.field(description="People who work at another station than usual; at least 0.")


@strawberry.type(description="Events that have not gone the whole way yet.")
class LiveEvents:
    """Events now."""

    pending: int = strawberry.field(description="Events that wait for Kafka; at least 0.")
    oldest_seconds: float = strawberry.field(
        description="Seconds that the oldest waits, at least 0; 0 where none does."
    )
    dead_lettered: int = strawberry.field(
        description="Events that could not be worked on and wait for a person; at least 0."
    )


@strawberry.type(description="Something that deserves attention.")
class Alert:
    """An alert as clients see it."""

    kind: AlertKind = strawberry.field(description="What it is.")
    station_id: strawberry.ID | None = strawberry.field(
        description="Id of the station; null where it is not about one."
    )
    station_name: str | None = strawberry.field(description="Name of that station.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="Id of the ticket, job or request that it is about; null for other kinds."
    )
    value: float = strawberry.field(description="How much, in the unit that the kind tells; at least 0.")


@strawberry.type(description="The network at one moment.")
class AdminLive:
    """The network as clients see it."""

    as_of: datetime = strawberry.field(description="The moment (UTC).")
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
    alert_count: int = strawberry.field(
        description="How many alerts there are in all, at least 0; of late tickets, jobs and requests, and of shed "
        "feeders, the first 200 each count."
    )

    @classmethod
    def of(cls, now: NetworkNow) -> Self:
        """Build the view of the network."""
        queues = {name: getattr(now.queues, name) for name in now.queues.__slots__ if name != "longest"}
        return cls(
            as_of=now.as_of,
            stations=LiveStations(**asdict(now.stations)),
            packs=LivePacks(**asdict(now.packs)),
            queues=LiveQueues(longest=[LiveQueue.of(one) for one in now.queues.longest], **queues),
            swaps=LiveSwaps(**asdict(now.swaps)),
            transports=LiveTransports(**asdict(now.transports)),
            tickets=LiveTickets(
                critical=now.tickets.by_severity.get(Severity.CRITICAL, 0),
                major=now.tickets.by_severity.get(Severity.MAJOR, 0),
                minor=now.tickets.by_severity.get(Severity.MINOR, 0),
                overdue=now.tickets.overdue,
            ),
            staff=LiveStaff(**asdict(now.staff)),
            events=LiveEvents(**asdict(now.events)),
            alerts=[_alert(one, now) for one in now.alerts[:MOST_ALERTS]],
            alert_count=len(now.alerts),
        )


def _alert(alert: FoundAlert, now: NetworkNow) -> Alert:
    station_id = alert.station_id
    return Alert(
        kind=alert.kind,
        station_id=None if station_id is None else relay_id(Station, station_id),
        station_name=None if station_id is None else now.station_names.get(station_id),
        subject_id=None if alert.subject is None else strawberry.ID(relay.to_base64(*alert.subject)),
        value=alert.value,
    )
