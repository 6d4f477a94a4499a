"""Trails at the edge."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.features.positions.graphql.positions import SubjectId
from navswap.features.positions.service import PositionsServices
from navswap.features.positions.service import Trail as FoundTrail
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.permissions import signed_in
from navswap.graphql.scalars import NonNegativeInt
from navswap.kit.gps import GpsPoint


@strawberry.type(description="Where a user was at one time (WGS 84).")
class TrailPoint:
    """A logged position as clients see it."""

    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    recorded_at: datetime = strawberry.field(description="When the receiver took the position (UTC).")
    speed_metres_per_second: float | None = strawberry.field(
        description="Speed that the receiver measured, m/s, 0 or more; null where it did not report one."
    )

    @classmethod
    def of(cls, point: GpsPoint) -> Self:
        """Build the view of a logged point."""
        return cls(
            longitude=point.point.longitude,
            latitude=point.point.latitude,
            recorded_at=point.recorded_at,
            speed_metres_per_second=point.speed_metres_per_second,
        )


@strawberry.type(description="Where a user was during a span of time.")
class Trail:
    """A trail as clients see it."""

    subject_key: strawberry.Private[str]
    points: list[TrailPoint] = strawberry.field(
        description="Positions by time, spread evenly over the span; at most as many as were asked for."
    )
    recorded_points: NonNegativeInt = strawberry.field(
        description="Positions that were logged in the span, of which `points` are a selection. Right after a report "
        "the newest are not logged yet."
    )

    @classmethod
    def of(cls, trail: FoundTrail) -> Self:
        """Build the view of a trail."""
        return cls(
            subject_key=trail.subject_id,
            points=[TrailPoint.of(point) for point in trail.points],
            recorded_points=trail.recorded_points,
        )

    @strawberry.field(
        description="The user whose trail it is; null where the account is gone or not yours to see."
    )
    async def subject(self, info: Info) -> User | None:
        """Load the user."""
        return await find_node(info.context, User, self.subject_key)


@strawberry.type
class TrailQuery:
    """Trails."""

    @strawberry.field(
        description="Where a user was during a span of at most 24 hours; null when it is not yours to see. All users "
        "see their own trail, ADMIN all of them, STAFF and ANALYST those of staff and transporters.",
        extensions=signed_in(),
    )
    async def trail(
        self,
        info: Info,
        subject_id: SubjectId,
        since: Annotated[datetime, strawberry.argument(description="Beginning of the span, included.")],
        until: Annotated[
            datetime,
            strawberry.argument(description="End of the span, not included; at most 24 hours later."),
        ],
        max_points: Annotated[
            int, strawberry.argument(description="Most positions to return, 1 to 2,000.")
        ] = 500,
    ) -> Trail | None:
        """Return a trail; raises InvalidInputError."""
        found = await PositionsServices.of(info.context).trails.find(
            info.context.signed_in(), database_id(subject_id, User, "subject_id"), since, until, max_points
        )
        return None if found is None else Trail.of(found)
