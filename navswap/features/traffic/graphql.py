"""The traffic map at the edge."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.events.stream import ResyncMessage
from navswap.features.traffic.domain.cells import TrafficCell as StoredCell
from navswap.features.traffic.service import TrafficServices, boundary_of
from navswap.features.traffic.service.stream import Message, SnapshotMessage, UpdateMessage, follow_traffic
from navswap.graphql.context import Info
from navswap.graphql.forecasts import Source
from navswap.graphql.geography import AreaInput, Coordinates
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, until_session_ends
from navswap.graphql.permissions import signed_in
from navswap.graphql.scalars import KilometresPerHour
from navswap.kit.errors import inside
from navswap.kit.geo import Area

MAX_CELLS = 5_000

TrafficArea = Annotated[
    AreaInput, strawberry.argument(description="The cells whose centre lies in this box.")
]


@strawberry.type(description="The traffic of one H3 cell of resolution 8 (0.74 km², about 1 km across).")
class TrafficCell:
    """A cell as clients see it."""

    cell: str = strawberry.field(description="H3 index of the cell, 15 hexadecimal digits.")
    centre: Coordinates = strawberry.field(description="Centre of the cell.")
    speed: KilometresPerHour = strawberry.field(
        description="Speed of the vehicles in it over the last minutes with any."
    )
    free_flow: KilometresPerHour = strawberry.field(
        description="Speed when its roads are free: what 85 % of its vehicles do not exceed, or the default while there "
        "were too few."
    )
    congestion: float = strawberry.field(
        description="Share of the free flow that is lost, 0 to 1: 0 is free, at 1 nothing moves. A few vehicles count "
        "less than many, and it fades to 0 within 20 minutes after the last of them."
    )
    probes: int = strawberry.field(
        description="Legs of vehicles that the speed is measured by, each of 10 to 70 seconds; at least 1."
    )
    observed_at: datetime = strawberry.field(description="Minute of the newest of these legs (UTC).")
    source: Source = strawberry.field(description="Where the congestion comes from.")

    @classmethod
    def of(cls, cell: StoredCell) -> Self:
        """Build the view of a cell."""
        published = cell.published
        return cls(
            cell=cell.id,
            centre=Coordinates.of(cell.centre),
            speed=published.speed_kmh,
            free_flow=published.free_flow_kmh,
            congestion=published.congestion,
            probes=published.probes,
            observed_at=published.as_of,
            source=published.source,
        )

    @strawberry.field(description="Corners of the cell, against the clock: 6, or 5 for the pentagons of H3.")
    def boundary(self) -> list[Coordinates]:
        """Work the corners out from the index."""
        return [Coordinates.of(corner) for corner in boundary_of(self.cell)]


@strawberry.type(
    description="The traffic of an area as it is now. Where there is no cell, no vehicle has moved lately."
)
class Traffic:
    """A map as clients see it."""

    updated_at: datetime = strawberry.field(description="When the map was brought up to date last (UTC).")
    cells: list[TrafficCell] = strawberry.field(
        description="The cells with probes of the last 20 minutes, by index; at most 5,000."
    )
    is_complete: bool = strawberry.field(description="False where the area has more cells than are listed.")


SEQUENCE = "Counts the updates of this subscription: 0 in the snapshot, grows by 1 with each."


@strawberry.type(description="The traffic of the area when the subscription began, or started again.")
class TrafficSnapshot(StreamMoment):
    """The first message of trafficChanged."""

    sequence: int = strawberry.field(description=SEQUENCE)
    cells: list[TrafficCell] = strawberry.field(
        description="The cells with probes of the last 20 minutes, by index."
    )


@strawberry.type(description="Some cells changed. Replace what you hold of each of them.")
class TrafficUpdate(StreamMoment):
    """A later message of trafficChanged."""

    sequence: int = strawberry.field(description=SEQUENCE)
    cells: list[TrafficCell] = strawberry.field(
        description="The cells that changed, by index; what was overtaken before you read it is left out."
    )
    cleared_cells: list[str] = strawberry.field(
        description="H3 indexes of cells without probes for 20 minutes, which count as free: drop them if you hold them."
    )


TrafficChange = Annotated[
    TrafficSnapshot | TrafficUpdate | Resync,
    strawberry.union("TrafficChange", description="A message of trafficChanged."),
]


@strawberry.type
class TrafficQuery:
    """The traffic map."""

    @strawberry.field(
        description="The traffic of an area by H3 cell, worked out from the positions of moving vehicles. No cell says "
        "anything of a person.",
        extensions=signed_in(),
    )
    async def traffic(self, info: Info, area: TrafficArea) -> Traffic | None:
        """Read the map."""
        now = await TrafficServices.of(info.context).traffic.read(_box(area))
        return Traffic(
            updated_at=now.as_of,
            cells=[TrafficCell.of(cell) for cell in now.cells[:MAX_CELLS]],
            is_complete=len(now.cells) <= MAX_CELLS,
        )


@strawberry.type
class TrafficSubscription:
    """The traffic map, followed."""

    @strawberry.subscription(
        description="The traffic of an area, live: a snapshot, then the cells that changed, several times a minute. A "
        "slow reader gets the newest of each cell, never a backlog.",
        extensions=signed_in(),
    )
    async def traffic_changed(
        self, info: Info, area: TrafficArea, after: AfterCursor = None
    ) -> AsyncGenerator[TrafficChange, None]:
        """Follow the map."""
        context = info.context
        messages = follow_traffic(TrafficServices.of(context).traffic, context.hub, _box(area), after)
        async for message in until_session_ends(context, info.field_name, messages):
            yield _view(message)


def _box(area: AreaInput) -> Area:
    with inside("area"):
        return area.to_area()


def _view(message: Message) -> TrafficSnapshot | TrafficUpdate | Resync:
    match message:
        case SnapshotMessage():
            return TrafficSnapshot(
                cursor=message.cursor, sequence=0, cells=[TrafficCell.of(cell) for cell in message.cells]
            )
        case UpdateMessage():
            return TrafficUpdate(
                cursor=message.cursor,
                sequence=message.sequence,
                cells=[TrafficCell.of(cell) for cell in message.cells],
                cleared_cells=message.cleared,
            )
        case ResyncMessage():
            return Resync(reason=message.reason)
