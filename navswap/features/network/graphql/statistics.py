"""Statistics over time."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import AUDITORS
from navswap.features.network.service import Grouping, NetworkServices, StationRow, SwapRow
from navswap.features.stations.graphql import Station
from navswap.features.swapping.service import Bucket, Span
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import database_ids, find_node
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import Minutes, NonNegativeInt, Percent

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


@strawberry.input(description="A span of time, cut into hours, days, weeks or months.")
class StatisticsSpanInput:
    """A span as clients give it."""

    since: datetime = strawberry.field(description="When it begins.")
    until: datetime = strawberry.field(
        description="When it ends, itself not included: at most 31 days later by hour, 366 days by day, 1,827 days by week or month."
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

    starts_at: datetime = strawberry.field(description="When the bucket begins (UTC).")
    zone: str | None = strawberry.field(description="The zone, where grouped by zone; empty where unknown.")
    swaps: int = strawberry.field(description="Swaps completed; at least 1.")
    walk_ins: NonNegativeInt = strawberry.field(
        description="Those of riders who stood at the station already."
    )
    first_packs: NonNegativeInt = strawberry.field(description="Those of riders who returned no pack.")
    minutes_p50: Minutes = strawberry.field(
        description="Median of the minutes from the hold to the ride off, to the second; 240 for longer ones."
    )
    minutes_p90: Minutes = strawberry.field(description="90 % quantile of the same minutes.")
    mean_soc_out_percent: Percent = strawberry.field(
        description="Mean state of charge of the packs handed out, each pack counted once, at whichever station."
    )
    mean_soc_in_percent: Percent | None = strawberry.field(
        description="Mean state of charge of the packs returned, each pack counted once; null where none was."
    )
    station_id: strawberry.Private[str | None]

    @classmethod
    def of(cls, row: SwapRow) -> Self:
        """Build the view of a row."""
        return cls(**asdict(row))

    @strawberry.field(description="The station, where grouped by station.")
    async def station(self, info: Info) -> Station | None:
        """Load the station with those of the other rows."""
        return None if self.station_id is None else await find_node(info.context, Station, self.station_id)


@strawberry.type(
    description="What became of the holds that were confirmed in one bucket and were at one station; one that moved counts at both."
)
class StationStatistics:
    """A row of stationStatistics."""

    starts_at: datetime = strawberry.field(description="When the bucket begins (UTC).")
    holds: int = strawberry.field(
        description="Holds confirmed in the bucket that are or were at this station; at least 1."
    )
    walk_ins: NonNegativeInt = strawberry.field(
        description="Those of riders who stood at the station already."
    )
    fulfilled: NonNegativeInt = strawberry.field(description="Holds that ended in a swap.")
    cancelled: NonNegativeInt = strawberry.field(description="Holds that riders, or a fault, took back.")
    expired: NonNegativeInt = strawberry.field(description="Holds whose rider came, but whose time ran out.")
    no_shows: NonNegativeInt = strawberry.field(description="Holds whose rider never came.")
    compensated: NonNegativeInt = strawberry.field(
        description="Holds that could not be kept, and whose rider was paid for it."
    )
    moved: NonNegativeInt = strawberry.field(
        description="Holds that could not be kept here and were moved to another station."
    )
    active: NonNegativeInt = strawberry.field(description="Holds that still stand.")
    minutes_to_arrive_p50: Minutes | None = strawberry.field(
        description="Median of the minutes from the hold to the arrival, to the second, 240 for longer ones; null where no rider came."
    )
    minutes_to_arrive_p90: Minutes | None = strawberry.field(
        description="90 % quantile of the same minutes; null where no rider came."
    )
    station_id: strawberry.Private[str]

    @classmethod
    def of(cls, row: StationRow) -> Self:
        """Build the view of a row."""
        return cls(**asdict(row))

    @strawberry.field(description="The station; null where there is no such station.")
    async def station(self, info: Info) -> Station | None:
        """Load the station with those of the other rows."""
        return await find_node(info.context, Station, self.station_id)


StatisticsSpan = Annotated[StatisticsSpanInput, strawberry.argument(description="The span of time.")]


@strawberry.type
class StatisticsQuery:
    """Statistics over time."""

    @strawberry.field(
        description="Swaps by bucket of time, in the network, by zone or by station; buckets without any are "
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
            list[strawberry.ID] | None,
            strawberry.argument(description="Only at these stations, 1 to 100; all if left out."),
        ] = None,
    ) -> list[SwapStatistics] | None:
        """Count swaps."""
        ids = None if station_ids is None else database_ids(station_ids, Station, "station_ids")
        rows = await NetworkServices.of(info.context).statistics.swaps(span.to_span(), group_by, ids)
        return [SwapStatistics.of(row) for row in rows]

    @strawberry.field(
        description="What became of the holds of some stations, by the bucket in which they were confirmed; "
        "buckets without any are left out. At most 10,000 rows.",
        extensions=roles(*AUDITORS),
    )
    async def station_statistics(
        self,
        info: Info,
        span: StatisticsSpan,
        station_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The stations, 1 to 100.")
        ],
    ) -> list[StationStatistics] | None:
        """Count holds."""
        ids = database_ids(station_ids, Station, "station_ids")
        rows = await NetworkServices.of(info.context).statistics.stations(span.to_span(), ids)
        return [StationStatistics.of(row) for row in rows]
