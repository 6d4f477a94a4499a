"""The status of a station, completed by what the slices above stations know."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.network.service import NetworkServices
from navswap.features.stations.graphql import StationStatus
from navswap.graphql.context import Info
from navswap.graphql.extending import extends
from navswap.graphql.forecasts import Source
from navswap.graphql.permissions import public, roles
from navswap.graphql.scalars import Kilowatts, Minutes, NonNegativeInt, Seconds


@strawberry.type(
    description="What a rider who arrives at an open station now, without a hold, has to expect; where its slots take several "
    "pack models, the rider who waits longest. A wait is the time from the arrival until the riders who are there before "
    "have been served and the packs are charged, by the plan that the station charges by: feeder, sheds, derated chargers "
    "and cheap hours included. Riders with a hold who are still on the way do not make others wait."
)
class StationOutlook:
    """An outlook as clients see it."""

    buffer_packs: NonNegativeInt = strawberry.field(
        description="Charged packs that are kept back for riders on site, of all its pack models."
    )
    wait_p50_minutes: Minutes | None = strawberry.field(
        description="Wait that half of the riders do not exceed; null where too few packs will be charged within the "
        "charging plan."
    )
    wait_p90_minutes: Minutes | None = strawberry.field(
        description="Wait that nine of ten riders do not exceed; null where that of half of them is."
    )
    promised_wait_minutes: Minutes = strawberry.field(
        description="The longest wait that riders are promised; above 0."
    )
    source: Source = strawberry.field(description="Where the waits come from.")


@strawberry.type(description="What those who run the network know of a station now.")
class StationOperations:
    """Operations as clients see them."""

    faulty_packs: NonNegativeInt = strawberry.field(description="Packs in its slots that wait for a repair.")
    recalled_packs: NonNegativeInt = strawberry.field(
        description="Packs in its slots that are to be carried to a depot."
    )
    retired_packs: NonNegativeInt = strawberry.field(description="Retired packs in its slots.")
    open_faults: NonNegativeInt = strawberry.field(description="Faults that are not over.")
    open_tickets: NonNegativeInt = strawberry.field(description="Tickets that are not resolved.")
    overdue_tickets: NonNegativeInt = strawberry.field(description="Those of them past their SLA time.")
    staff_on_shift: NonNegativeInt = strawberry.field(
        description="Members of staff who work there now, by the roster and by diversions."
    )
    last_seen_at: datetime | None = strawberry.field(
        description="When it was last seen, by any report of it: telemetry, packs, meter, answers to commands (UTC); null before "
        "the first time."
    )
    heartbeat_age_seconds: Seconds | None = strawberry.field(
        description="Time since then; null before the first time."
    )
    charging_kw: Kilowatts = strawberry.field(description="Power that its chargers are set to draw.")
    load_kw: float | None = strawberry.field(
        description="Mean power of the newest meter reading, kW, as measured; null without one."
    )
    limit_kw: Kilowatts | None = strawberry.field(
        description="What it may draw in all, a shed included; null where no limit is known."
    )
    shed_ends_at: datetime | None = strawberry.field(
        description="When the order to draw less ends (UTC); null where there is none."
    )


@extends(StationStatus)
class StationStatusNow:
    """The fields that are joined to the status."""

    @strawberry.field(
        description="What a rider who arrives now has to expect; null where the station is not open.",
        extensions=public(),
    )
    async def outlook(self, info: Info, status: strawberry.Parent[StationStatus]) -> StationOutlook | None:
        """Load the outlook with those of the other stations."""
        service = NetworkServices.of(info.context).status
        found = await info.context.loader("station-outlooks", service.look_ahead).load(status.station_key)
        if found is None:
            return None
        return StationOutlook(promised_wait_minutes=service.promised_wait_minutes, **asdict(found))

    @strawberry.field(
        description="What those who run the network know of the station. An error, and null, for others.",
        extensions=roles(*OVERSEERS),
    )
    async def operations(
        self, info: Info, status: strawberry.Parent[StationStatus]
    ) -> StationOperations | None:
        """Load the operations with those of the other stations."""
        load = NetworkServices.of(info.context).status.read
        found = await info.context.loader("station-operations", load).load(status.station_key)
        return StationOperations(**asdict(found))
