"""Statistics over time."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import AUDITORS
from navswap.features.network.service import Grouping, NetworkServices, StationRow, SwapRow
from navswap.features.stations.graphql import Station
from navswap.features.swapping.service import Bucket, Span
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import database_id, relay_id
from navswap.graphql.permissions import roles

describe_enum(
    Bucket,
    "How long one row of statistics is.",
    {
        "HOUR": "An hour of the time zone.",
        "DAY": "A day of the time zone, from midnight to midnight.",
        "WEEK": "A week of the time zone, from Monday to Sunday.",
        "MONTH": "A calendar month of the time zone.",
    },
    name="StatisticsBucket",
)
describe_enum(
    Grouping,
    "What a row of statistics is about.",
    {
        "NETWORK": "The whole network, or all the stations named together.",
        "ZONE": "A zone: the stations of one district.",
        "STATION": "A station.",
    },
    name="StatisticsGrouping",
)


@strawberry.input(description="A span of time, cut into hours or days.")
class StatisticsSpanInput:
    """A span as clients give it."""

    since: datetime = strawberry.field(description="The first moment.")
    until: datetime = strawberry.field(
        description="The moment before which it ends: at most 31 days later by hour, 366 days by day, 1,827 days by week or month."
    )
    bucket: Bucket = strawberry.field(default=Bucket.DAY, description="How long one row is.")
    time_zone: str = strawberry.field(
        default="UTC",
        description="IANA time zone in which hours, days, weeks and months begin, such as Asia/Kolkata.",
    )

    def to_span(self) -> Span:
        """Return the span."""
        return Span(self.since, self.until, self.bucket, self.time_zone)


@strawberry.type(description="The swaps of one bucket in the network, a zone or a station.")
class SwapStatistics:
    """A row of swapStatistics."""

    bucket_start: datetime = strawberry.field(description="When the hour or day began (UTC).")
    zone: str | None = strawberry.field(description="The zone, where grouped by zone; empty where unknown.")
    station_id: strawberry.ID | None = strawberry.field(
        description="Id of the station, where grouped by station."
    )
    swaps: int = strawberry.field(description="Swaps completed; at least 1.")
    walk_ins: int = strawberry.field(
        description="Those of riders who stood at the station already; at least 0."
    )
    first_packs: int = strawberry.field(description="Those of riders who returned no pack; at least 0.")
    minutes_p50: int = strawberry.field(
        description="Median of the whole minutes from the hold to the ride off, 0 to 240."
    )
    minutes_p90: int = strawberry.field(description="90 % quantile of the same minutes, 0 to 240.")
    mean_soc_out_percent: float = strawberry.field(
        description="Mean state of charge of the packs handed out, 0 to 100 %."
    )
    mean_soc_in_percent: float | None = strawberry.field(
        description="Mean state of charge of the packs returned, 0 to 100 %; null where none was."
    )

    @classmethod
    def of(cls, row: SwapRow) -> Self:
        """Build the view of a row."""
        fields = {name: getattr(row, name) for name in row.__slots__ if name != "station_id"}
        station_id = None if row.station_id is None else relay_id(Station, row.station_id)
        return cls(station_id=station_id, **fields)


@strawberry.type(
    description="What became of the holds that were confirmed in one hour or day at one station."
)
class StationStatistics:
    """A row of stationStatistics."""

    bucket_start: datetime = strawberry.field(description="When the hour or day began (UTC).")
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    holds: int = strawberry.field(description="Holds confirmed; at least 1.")
    walk_ins: int = strawberry.field(
        description="Those of riders who stood at the station already; at least 0."
    )
    fulfilled: int = strawberry.field(description="Holds that ended in a swap; at least 0.")
    cancelled: int = strawberry.field(description="Holds that riders, or a fault, took back; at least 0.")
    expired: int = strawberry.field(description="Holds whose rider came, but whose time ran out; at least 0.")
    no_shows: int = strawberry.field(description="Holds whose rider never came; at least 0.")
    compensated: int = strawberry.field(
        description="Holds that could not be kept, and whose rider was paid for it; at least 0."
    )
    active: int = strawberry.field(description="Holds that still stand; at least 0.")
    minutes_to_arrive_p50: int | None = strawberry.field(
        description="Median of the whole minutes from the hold to the arrival, 0 to 240; null where nobody came."
    )
    minutes_to_arrive_p90: int | None = strawberry.field(
        description="90 % quantile of the same minutes, 0 to 240; null where nobody came."
    )

    @classmethod
    def of(cls, row: StationRow) -> Self:
        """Build the view of a row."""
        fields = {name: getattr(row, name) for name in row.__slots__ if name != "station_id"}
        return cls(station_id=relay_id(Station, row.station_id), **fields)


StatisticsSpan = Annotated[StatisticsSpanInput, strawberry.argument(description="The span of time.")]


@strawberry.type
class StatisticsQuery:
    """Statistics over time."""

    @strawberry.field(
        description="Swaps by hour or day, in the network, by zone or by station; hours and days without any are "
        "left out. At most 10,000 rows.",
        extensions=roles(*AUDITORS),
    )
    async def swap_statistics(
        self,
        info: Info,
        span: StatisticsSpan,
        group_by: Annotated[
            Grouping, strawberry.argument(description="What a row is about.")
        ] = Grouping.NETWORK,
        station_ids: Annotated[
            list[relay.GlobalID] | None,
            strawberry.argument(description="Only at these stations, 1 to 100; all if left out."),
        ] = None,
    ) -> list[SwapStatistics]:
        """Count swaps."""
        ids = None if station_ids is None else [database_id(one, Station) for one in station_ids]
        rows = await NetworkServices.of(info.context).statistics.swaps(span.to_span(), group_by, ids)
        return [SwapStatistics.of(row) for row in rows]

    @strawberry.field(
        description="What became of the holds of some stations, by the hour or day in which they were confirmed; "
        "hours and days without any are left out. At most 10,000 rows.",
        extensions=roles(*AUDITORS),
    )
    async def station_statistics(
        self,
        info: Info,
        span: StatisticsSpan,
        station_ids: Annotated[
            list[relay.GlobalID], strawberry.argument(description="The stations, 1 to 100.")
        ],
    ) -> list[StationStatistics]:
        """Count holds."""
        ids = [database_id(one, Station) for one in station_ids]
        rows = await NetworkServices.of(info.context).statistics.stations(span.to_span(), ids)
        return [StationStatistics.of(row) for row in rows]
