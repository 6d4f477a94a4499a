"""The traffic map at the edge."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.events.stream import ResyncMoment
from navswap.features.traffic.service import TrafficCell as CellDocument
from navswap.features.traffic.service import TrafficServices, boundary_of
from navswap.features.traffic.service.stream import CellsMoment, MapMoment, TrafficMoment, follow_traffic
from navswap.graphql.context import Info
from navswap.graphql.forecasts import Source
from navswap.graphql.geography import AreaInput, Coordinates
from navswap.graphql.permissions import signed_in
from navswap.graphql.streams import AfterCursor, Resync, guarded, resync_of

MAX_CELLS = 5_000

TrafficArea = Annotated[
    AreaInput, strawberry.argument(description="The cells whose centre lies in this box.")
]


@strawberry.type(description="The traffic of one H3 cell of resolution 8 (0.74 km², about 1 km across).")
class TrafficCell:
    """A cell as clients see it."""

    cell: str = strawberry.field(description="H3 index of the cell, 15 hexadecimal digits.")
    centre: Coordinates = strawberry.field(description="Centre of the cell.")
    speed_kmh: float = strawberry.field(
        description="Speed of the vehicles in it over the last minutes with any, km/h, 0 to 180."
    )
    free_flow_kmh: float = strawberry.field(
        description="Speed when its roads are free, km/h, above 0: what 85 % of its vehicles do not exceed, or the "
        "default while too few have told."
    )
    congestion: float = strawberry.field(
        description="Share of the free flow that is lost, 0 to 1: 0 is free, at 1 nobody moves. What few vehicles tell counts "
        "less, and it fades to 0 within 20 minutes after the last of them."
    )
    probes: int = strawberry.field(
        description="Legs of vehicles that the speed rests on, each of 10 to 70 seconds; at least 1."
    )
    as_of: datetime = strawberry.field(description="Minute of the newest of these legs (UTC).")
    source: Source = strawberry.field(description="Where the congestion comes from.")

    @classmethod
    def of(cls, cell: CellDocument) -> Self:
        """Build the view of a cell."""
        told = cell.told
        return cls(
            cell=cell.id,
            centre=Coordinates.of(cell.centre),
            speed_kmh=told.speed_kmh,
            free_flow_kmh=told.free_flow_kmh,
            congestion=told.congestion,
            probes=told.probes,
            as_of=told.as_of,
            source=told.source,
        )

    @strawberry.field(description="Corners of the cell, against the clock: 6, or 5 for the pentagons of H3.")
    def boundary(self) -> list[Coordinates]:
        """Work the corners out from the index."""
        return [Coordinates.of(corner) for corner in boundary_of(self.cell)]


@strawberry.type(
    description="The traffic of an area as it is now. Where there is no cell, nobody was heard lately."
)
class Traffic:
    """A map as clients see it."""

    as_of: datetime = strawberry.field(description="When the map was brought up to date last (UTC).")
    cells: list[TrafficCell] = strawberry.field(
        description="The cells with news of the last 20 minutes, by index; at most 5,000."
    )
    is_complete: bool = strawberry.field(description="False where the area has more cells than are listed.")


@strawberry.type(description="The traffic of the area when the subscription began, or began anew.")
class TrafficSnapshot:
    """The first moment of trafficChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    cells: list[TrafficCell] = strawberry.field(
        description="The cells with news of the last 20 minutes, by index."
    )


@strawberry.type(description="Some cells changed. Replace what you hold of each of them.")
class TrafficUpdate:
    """A later moment of trafficChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(
        description="Counts the updates of this subscription, from 1, gapless; what was overtaken before you read it "
        "is left out."
    )
    cells: list[TrafficCell] = strawberry.field(description="The cells that changed, by index.")
    cleared_cells: list[str] = strawberry.field(
        description="H3 indexes of cells without news for 20 minutes, which count as free: drop them if you hold them."
    )


TrafficChange = Annotated[
    TrafficSnapshot | TrafficUpdate | Resync,
    strawberry.union("TrafficChange", description="A moment of trafficChanged."),
]


@strawberry.type
class TrafficQuery:
    """The traffic map."""

    @strawberry.field(
        description="The traffic of an area as moving vehicles tell it, by H3 cell. A cell tells of no person.",
        extensions=signed_in(),
    )
    async def traffic(self, info: Info, area: TrafficArea) -> Traffic:
        """Read the map."""
        now = await TrafficServices.of(info.context).traffic.read(area.to_area())
        return Traffic(
            as_of=now.as_of,
            cells=[TrafficCell.of(cell) for cell in now.cells[:MAX_CELLS]],
            is_complete=len(now.cells) <= MAX_CELLS,
        )


@strawberry.type
class TrafficSubscription:
    """The traffic map, followed."""

    @strawberry.subscription(
        description="The traffic of an area, live: a snapshot, then the cells that changed, several times a minute. A "
        "slow reader is told the newest of each cell, never a backlog.",
        extensions=signed_in(),
    )
    async def traffic_changed(
        self, info: Info, area: TrafficArea, after: AfterCursor = None
    ) -> AsyncGenerator[TrafficChange, None]:
        """Follow the map."""
        context = info.context
        moments = follow_traffic(TrafficServices.of(context).traffic, context.hub, area.to_area(), after)
        async for moment in guarded(context, "trafficChanged", moments):
            yield _change(moment)


def _change(moment: MapMoment) -> TrafficSnapshot | TrafficUpdate | Resync:
    match moment:
        case TrafficMoment():
            return TrafficSnapshot(
                cursor=moment.cursor, cells=[TrafficCell.of(cell) for cell in moment.cells]
            )
        case CellsMoment():
            return TrafficUpdate(
                cursor=moment.cursor,
                sequence=moment.sequence,
                cells=[TrafficCell.of(cell) for cell in moment.cells],
                cleared_cells=moment.cleared,
            )
        case ResyncMoment():
            return resync_of(moment)
