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


@strawberry.type(description="What a rider who arrives at an open station now has to expect.")
class StationOutlook:
    """An outlook as clients see it."""

    buffer_packs: int = strawberry.field(
        description="Charged packs that are kept back for riders on site; at least 0."
    )
    wait_p50_minutes: float | None = strawberry.field(
        description="Wait from arrival to service that half of the riders do not exceed, minutes, at least 0; null where no pack "
        "charges."
    )
    wait_p90_minutes: float | None = strawberry.field(
        description="Wait that nine of ten riders do not exceed, minutes, at least 0; null where no pack charges."
    )
    promised_wait_minutes: float = strawberry.field(
        description="Minutes that nobody is to wait longer; above 0."
    )
    source: Source = strawberry.field(description="Where the waits come from.")


@strawberry.type(description="What those who run the network know of a station now.")
class StationOperations:
    """Operations as clients see them."""

    faulty_packs: int = strawberry.field(description="Packs in its slots that wait for a repair; at least 0.")
    recalled_packs: int = strawberry.field(
        description="Packs in its slots that are to be carried to a depot; at least 0."
    )
    retired_packs: int = strawberry.field(description="Retired packs in its slots; at least 0.")
    open_faults: int = strawberry.field(description="Faults that are not over; at least 0.")
    open_tickets: int = strawberry.field(description="Tickets that are not resolved; at least 0.")
    overdue_tickets: int = strawberry.field(description="Those of them past their SLA time; at least 0.")
    staff_on_shift: int = strawberry.field(
        description="People who work there now, by the roster and by diversions; at least 0."
    )
    last_seen_at: datetime | None = strawberry.field(
        description="When it was last seen, by its telemetry (UTC); null before the first time."
    )
    heartbeat_age_seconds: float | None = strawberry.field(
        description="Seconds since then, at least 0; null before the first time."
    )
    charging_kw: float = strawberry.field(
        description="Power that its chargers are told to draw, kW; at least 0."
    )
    load_kw: float | None = strawberry.field(
        description="Mean power of the newest meter reading, kW, as measured; null without one."
    )
    limit_kw: float | None = strawberry.field(
        description="What it may draw in all, a shed included, kW, at least 0; null where no limit is known."
    )
    shed_until: datetime | None = strawberry.field(
        description="Until when it is ordered to draw less (UTC); null where it is not."
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
