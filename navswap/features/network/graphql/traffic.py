"""The traffic of the network now."""

from datetime import datetime
from typing import Self

import strawberry

from navswap.auth.roles import AUDITORS, Role
from navswap.features.network.service import NetworkServices, TrafficOverview, VehiclesNow
from navswap.features.network.service import ZoneTraffic as ZoneSum
from navswap.features.traffic.graphql import TrafficCell
from navswap.graphql.context import Info
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import KilometresPerHour, NonNegativeInt


@strawberry.type(description="The traffic of several cells together, each counted by its probes.")
class TrafficSummary:
    """A sum as clients see it."""

    cells: NonNegativeInt = strawberry.field(description="H3 cells with probes of the last 20 minutes.")
    probes: NonNegativeInt = strawberry.field(description="Legs of vehicles that it is computed from.")
    congestion: float = strawberry.field(
        description="Share of the free flow that is lost, 0 to 1: 0 is free, at 1 nothing moves; 0 where no vehicle was seen."
    )
    speed: KilometresPerHour | None = strawberry.field(
        description="Mean speed, each cell counted by its probes; null where no vehicle was seen."
    )
    free_flow: KilometresPerHour | None = strawberry.field(
        description="Mean speed of the same cells when their roads are free, counted by the same probes, above 0; null where no vehicle was seen."
    )
    eta_factor: float = strawberry.field(
        description="How many times as long the ways of these probes take as on free roads, 1 to 6.7: the mean of the cells by "
        "probes."
    )

    @classmethod
    def of(cls, traffic: ZoneSum) -> Self:
        """Build the view of a sum."""
        return cls(
            cells=traffic.cells,
            probes=traffic.probes,
            congestion=traffic.congestion,
            speed=traffic.speed_kmh,
            free_flow=traffic.free_flow_kmh,
            eta_factor=traffic.eta_factor,
        )


@strawberry.type(description="The traffic of a zone: the cells whose nearest station is in that district.")
class ZoneTraffic:
    """A zone as clients see it."""

    zone: str = strawberry.field(
        description="The zone, as stations name their district; empty where unknown."
    )
    traffic: TrafficSummary = strawberry.field(description="The traffic of its cells.")

    @classmethod
    def of(cls, traffic: ZoneSum) -> Self:
        """Build the view of a ztraffic."""
        return cls(zone=traffic.zone, traffic=TrafficSummary.of(traffic))


@strawberry.type(description="A cell with congestion.")
class CongestedCell:
    """A cell of the worst as clients see it."""

    cell: TrafficCell = strawberry.field(description="The cell.")
    zone: str | None = strawberry.field(description="Its zone; null where no station is within about 2 km.")


@strawberry.type(description="The users of one role who reported positions in the last full minute.")
class VehiclesByRole:
    """Vehicles as clients see them."""

    role: Role = strawberry.field(description="Their role.")
    moving: NonNegativeInt = strawberry.field(
        description="How many had left a place of 40 m within the last 3 minutes."
    )
    parked: NonNegativeInt = strawberry.field(
        description="How many had been within 40 m for 3 minutes or longer."
    )

    @classmethod
    def of(cls, vehicles: VehiclesNow) -> Self:
        """Build the view of a role."""
        return cls(role=vehicles.role, moving=vehicles.moving, parked=vehicles.parked)


@strawberry.type(description="The traffic of the whole network now.")
class AdminTraffic:
    """The overview as clients see it."""

    as_of: datetime = strawberry.field(description="When the traffic map was brought up to date last (UTC).")
    network: TrafficSummary = strawberry.field(description="All cells together, also those in no ztraffic.")
    zones: list[ZoneTraffic] = strawberry.field(
        description="Every district that has stations, the most congested first."
    )
    worst_cells: list[CongestedCell] = strawberry.field(
        description="The cells with the most congestion, the worst first; at most 20, none without any."
    )
    vehicles: list[VehiclesByRole] = strawberry.field(
        description="Who moves and who is parked, for riders, staff and transporters."
    )
    positions_per_minute: NonNegativeInt = strawberry.field(
        description="Positions recorded in the last full minute that have been logged."
    )
    probes_per_minute: NonNegativeInt = strawberry.field(
        description="Legs of moving vehicles that ended in the last full minute. Those of vehicles that "
        "stand still come up to 3 minutes later."
    )

    @classmethod
    def of(cls, overview: TrafficOverview) -> Self:
        """Build the view of an overview."""
        return cls(
            as_of=overview.as_of,
            network=TrafficSummary.of(overview.network),
            zones=[ZoneTraffic.of(zone) for zone in overview.zones],
            worst_cells=[
                CongestedCell(cell=TrafficCell.of(cell), zone=zone) for cell, zone in overview.worst
            ],
            vehicles=[VehiclesByRole.of(vehicles) for vehicles in overview.vehicles],
            positions_per_minute=overview.positions_per_minute,
            probes_per_minute=overview.probes_per_minute,
        )


@strawberry.type
class AdminTrafficQuery:
    """The traffic of the network."""

    @strawberry.field(
        description="The traffic of the whole network now: zones, the worst cells, vehicles, what comes in.",
        extensions=roles(*AUDITORS),
    )
    async def admin_traffic(self, info: Info) -> AdminTraffic | None:
        """Read the traffic."""
        return AdminTraffic.of(await NetworkServices.of(info.context).traffic.read())
