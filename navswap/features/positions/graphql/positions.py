"""Positions at the edge."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.principal import NotAllowedError, Principal
from navswap.auth.roles import OVERSEERS, Role
from navswap.events.stream import ResyncMoment
from navswap.features.positions import errors
from navswap.features.positions.domain.filter import Rejection
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import MAX_BATCH, PositionReport, PositionsServices
from navswap.features.positions.service.hub import AreaScope, Scope, SubjectScope
from navswap.features.positions.service.stream import (
    ChangesMoment,
    PositionMoment,
    PositionsMoment,
    follow_positions,
)
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.geography import AreaInput
from navswap.graphql.nodes import BadId, database_id, relay_id
from navswap.graphql.permissions import roles, signed_in
from navswap.graphql.refusals import Refusal, refusal
from navswap.graphql.streams import AfterCursor, Resync, guarded, resync_of
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint

MAX_WATCHED_SUBJECTS = 200

describe_enum(
    Rejection,
    "Why a position is turned away.",
    {
        "INACCURATE": "Its accuracy is worse than 100 m.",
        "TOO_OLD": "It was recorded more than 24 hours ago.",
        "FUTURE": "It was recorded more than 30 seconds ahead of our clock.",
        "DUPLICATE": "One of that moment was taken before.",
        "IMPLAUSIBLE_SPEED": "It lies more than 50 m/s away from its neighbours in time; the third in a row "
        "that agrees with the others is believed.",
    },
)


@strawberry.type(description="Where somebody was last seen (WGS 84).")
class Position:
    """The latest position as clients see it."""

    subject_id: strawberry.ID = strawberry.field(description="Id of the user whose position it is.")
    role: Role = strawberry.field(description="Role of that user.")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    recorded_at: datetime = strawberry.field(
        description="When the receiver took the position (UTC, to the millisecond); at most 24 hours ago."
    )
    accuracy_metres: float | None = strawberry.field(
        description="Radius of 68 % confidence, metres, 0 to 100; null where the receiver did not tell."
    )
    speed_metres_per_second: float | None = strawberry.field(
        description="Speed that the receiver measured, m/s, 0 or more; null where it did not tell."
    )
    heading_degrees: float | None = strawberry.field(
        description="Direction of travel, 0 to 360 degrees clockwise from north; null where unknown."
    )

    @classmethod
    def of(cls, position: LatestPosition) -> Self:
        """Build the view of a latest position."""
        return cls(
            subject_id=relay_id(User, position.subject_id),
            role=position.role,
            longitude=position.longitude,
            latitude=position.latitude,
            recorded_at=position.recorded_at,
            accuracy_metres=position.accuracy_metres,
            speed_metres_per_second=position.speed_metres_per_second,
            heading_degrees=position.heading_degrees,
        )


@strawberry.input(description="One position that a receiver took (WGS 84).")
class PositionInput:
    """A GPS point as clients give it."""

    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    recorded_at: datetime = strawberry.field(
        description="When the receiver took the position, with its time zone; compared to the millisecond. Late "
        "positions of up to 24 hours are welcome."
    )
    accuracy_metres: float | None = strawberry.field(
        default=None,
        description="Radius of 68 % confidence, metres, 0 or more; beyond 100 the position is turned away.",
    )
    speed_metres_per_second: float | None = strawberry.field(
        default=None, description="Measured speed, m/s, 0 or more."
    )
    heading_degrees: float | None = strawberry.field(
        default=None, description="Direction of travel, 0 to 360 degrees clockwise from north."
    )
    subject_id: relay.GlobalID | None = strawberry.field(
        default=None,
        description="Id of the user whose position it is; your own where left out. Only a device gateway (role "
        "ADMIN) may name others.",
    )

    def to_point(self, reporter_id: str) -> GpsPoint:
        """Return the point; raises BadIdError, and ValueError for a value out of its bounds."""
        return GpsPoint(
            subject_id=reporter_id if self.subject_id is None else database_id(self.subject_id, User),
            point=Point(self.longitude, self.latitude),
            recorded_at=self.recorded_at,
            accuracy_metres=self.accuracy_metres,
            speed_metres_per_second=self.speed_metres_per_second,
            heading_degrees=self.heading_degrees,
        )


@strawberry.input(description="A batch of positions, in any order.")
class ReportPositionsInput:
    """The input of reportPositions."""

    positions: list[PositionInput] = strawberry.field(description="1 to 500 positions.")


@strawberry.type(description="The positions of a batch that were turned away for one reason.")
class RejectedPositions:
    """Rejections as clients see them."""

    reason: Rejection = strawberry.field(description="Why they were turned away.")
    count: int = strawberry.field(description="How many, at least 1.")
    indexes: list[int] = strawberry.field(description="Their places in the batch, from 0, ascending.")


@strawberry.type(description="What became of a batch. Do not send it again.")
class PositionsReported:
    """The result of reportPositions."""

    accepted: int = strawberry.field(
        description="How many positions were believed and passed on; at least 0."
    )
    rejected: list[RejectedPositions] = strawberry.field(
        description="Those turned away, one item for each reason; empty where all were accepted."
    )

    @classmethod
    def of(cls, report: PositionReport) -> Self:
        """Build the view of a report."""
        indexes: dict[Rejection, list[int]] = {}
        for one in report.rejected:
            indexes.setdefault(one.reason, []).append(one.index)
        return cls(
            accepted=report.accepted,
            rejected=[
                RejectedPositions(reason=reason, count=len(places), indexes=places)
                for reason, places in indexes.items()
            ],
        )


@refusal(errors.StreamUnavailableError)
class StreamUnavailable(Refusal):
    """The positions were not taken."""


@refusal(errors.BadPositionError)
class BadPosition(Refusal):
    """The batch is malformed."""


@refusal(errors.NotYourPositionError)
class NotYourPosition(Refusal):
    """The position is somebody else's."""


@refusal(errors.SubjectNotFoundError)
class SubjectNotFound(Refusal):
    """The subject is unknown."""


ReportPositionsResult = Annotated[
    PositionsReported | StreamUnavailable | BadPosition | NotYourPosition | SubjectNotFound | BadId,
    strawberry.union(
        "ReportPositionsResult", description="What became of the batch, or why none of it was taken."
    ),
]


@strawberry.type(description="Where everybody in the scope was last seen.")
class PositionsSnapshot:
    """The first moment of positionsChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    positions: list[Position] = strawberry.field(
        description="The latest position of each subject seen within 24 hours, newest first; at most 5,000."
    )
    is_complete: bool = strawberry.field(
        description="False where there are more subjects than are listed, or some may be unknown for now; those "
        "appear when they next report."
    )


@strawberry.type(description="Some subjects moved. Replace what you hold of each of them.")
class PositionsUpdate:
    """A later moment of positionsChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="Counts the updates of this subscription, from 1, gapless.")
    positions: list[Position] = strawberry.field(
        description="The newest position of each subject that moved, at most 500; what was overtaken before you "
        "read it is left out."
    )
    departed_subject_ids: list[strawberry.ID] = strawberry.field(
        description="Subjects that are outside the area now; drop them if you hold them. At most 500; always "
        "empty where subjects are watched by id."
    )


PositionChange = Annotated[
    PositionsSnapshot | PositionsUpdate | Resync,
    strawberry.union("PositionChange", description="A moment of positionsChanged."),
]
SubjectId = Annotated[relay.GlobalID, strawberry.argument(description="Id of the user.")]


@strawberry.type
class PositionsQuery:
    """Queries of the positions slice."""

    @strawberry.field(
        description="Where a user was last seen; null when not within 24 hours, or when it is not yours to see. "
        "ADMIN, STAFF and ANALYST see everybody, others themselves.",
        extensions=signed_in(),
    )
    async def position(self, info: Info, subject_id: SubjectId) -> Position | None:
        """Return the latest position of a user."""
        identifier = database_id(subject_id, User)
        if not info.context.signed_in().may_see_rider(identifier):
            return None
        found = await PositionsServices.of(info.context).positions.find_latest([identifier])
        return Position.of(found[identifier]) if identifier in found else None


@strawberry.type
class PositionsMutation:
    """Mutations of the positions slice."""

    @strawberry.mutation(
        description="Report positions, in any order and as late as 24 hours. Each is judged by itself; what is "
        "believed is passed on at once. After StreamUnavailable send the same batch again.",
        extensions=roles(Role.CONSUMER, Role.STAFF, Role.TRANSPORTER, Role.ADMIN),
    )
    async def report_positions(
        self,
        info: Info,
        input: Annotated[ReportPositionsInput, strawberry.argument(description="The positions.")],
    ) -> ReportPositionsResult:
        """Report positions."""
        principal = info.context.signed_in()
        points = _points(input.positions, principal.user_id)
        return PositionsReported.of(
            await PositionsServices.of(info.context).positions.report(principal, points)
        )


@strawberry.type
class PositionsSubscription:
    """Subscriptions of the positions slice."""

    @strawberry.subscription(
        description="Live positions in an area, or of some subjects: a snapshot, then updates. A slow reader is "
        "told the newest position of each subject, never a backlog. Give exactly one of `area` and `subjectIds`. "
        "ADMIN, STAFF and ANALYST see everybody, others may watch themselves by id.",
        extensions=signed_in(),
    )
    async def positions_changed(
        self,
        info: Info,
        area: Annotated[
            AreaInput | None, strawberry.argument(description="Watch everybody in this box.")
        ] = None,
        subject_ids: Annotated[
            list[relay.GlobalID] | None,
            strawberry.argument(description="Watch these users wherever they are, 1 to 200."),
        ] = None,
        after: AfterCursor = None,
    ) -> AsyncGenerator[PositionChange, None]:
        """Watch positions."""
        context = info.context
        scope = _scope(context.signed_in(), area, subject_ids)
        moments = follow_positions(
            PositionsServices.of(context).hub,
            PositionsServices.of(context).positions,
            context.clock,
            scope,
            after,
        )
        async for moment in guarded(context, "positionsChanged", moments):
            yield _change(moment)


def _points(positions: Sequence[PositionInput], reporter_id: str) -> list[GpsPoint]:
    """Return the points of a batch; raises BadPositionError that names the first malformed one."""
    if len(positions) > MAX_BATCH:
        raise errors.BadPositionError(f"Report 1 to {MAX_BATCH} positions at once, not {len(positions)}.")
    points = []
    for index, position in enumerate(positions):
        try:
            points.append(position.to_point(reporter_id))
        except ValueError as error:
            raise errors.BadPositionError(f"Position {index}: {error}.") from error
    return points


def _scope(
    principal: Principal, area: AreaInput | None, subject_ids: Sequence[relay.GlobalID] | None
) -> Scope:
    """Decide once what a subscriber may watch; raises BadScopeError, NotAllowedError, BadIdError, InvalidInputError."""
    if (area is None) == (subject_ids is None):
        raise errors.BadScopeError("Give exactly one of `area` and `subjectIds`.")
    if area is not None:
        if principal.role not in OVERSEERS:
            raise NotAllowedError(
                f"Your role {principal.role} may watch itself by `subjectIds`, not an area."
            )
        return AreaScope(area.to_area())
    ids = frozenset(database_id(one, User) for one in subject_ids or ())
    if not 1 <= len(ids) <= MAX_WATCHED_SUBJECTS:
        raise errors.BadScopeError(f"Watch 1 to {MAX_WATCHED_SUBJECTS} subjects in one subscription.")
    if not all(principal.may_see_rider(one) for one in ids):
        raise NotAllowedError(f"Your role {principal.role} may watch its own position only.")
    return SubjectScope(ids)


def _change(moment: PositionMoment) -> PositionsSnapshot | PositionsUpdate | Resync:
    match moment:
        case PositionsMoment():
            return PositionsSnapshot(
                cursor=moment.cursor,
                positions=[Position.of(one) for one in moment.positions],
                is_complete=moment.is_complete,
            )
        case ChangesMoment():
            return PositionsUpdate(
                cursor=moment.cursor,
                sequence=moment.sequence,
                positions=[Position.of(one) for one in moment.positions],
                departed_subject_ids=[relay_id(User, one) for one in moment.departed],
            )
        case ResyncMoment():
            return resync_of(moment)
