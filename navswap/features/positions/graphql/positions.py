"""Positions at the edge."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.principal import NotAllowedError, Principal
from navswap.auth.roles import OVERSEERS, Role
from navswap.events.stream import ResyncMessage
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import (
    AreaScope,
    PositionsServices,
    Scope,
    SubjectScope,
)
from navswap.features.positions.service.stream import (
    Message,
    SnapshotMessage,
    UpdateMessage,
    follow_positions,
)
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.geography import AreaInput
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, until_session_ends
from navswap.graphql.nodes import database_id, database_ids, find_node, relay_id
from navswap.graphql.permissions import signed_in
from navswap.graphql.scalars import Metres
from navswap.kit.errors import InvalidInputError, inside

MAX_WATCHED_SUBJECTS = 200


@strawberry.type(description="Where a user was last seen (WGS 84).")
class Position:
    """The latest position as clients see it."""

    subject_key: strawberry.Private[str]
    subject_id: strawberry.ID = strawberry.field(
        description="Id of the user whose position it is; what departedSubjectIds refers to."
    )
    role: Role = strawberry.field(description="Role of that user.")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    recorded_at: datetime = strawberry.field(
        description="When the receiver took the position (UTC, to the millisecond); at most 24 hours ago."
    )
    accuracy: Metres | None = strawberry.field(
        description="Radius of 68 % confidence, at most 100; null where the receiver did not report it."
    )
    speed_metres_per_second: float | None = strawberry.field(
        description="Speed that the receiver measured, m/s, 0 or more; null where it did not report one."
    )
    heading_degrees: float | None = strawberry.field(
        description="Direction of travel, 0 to 360 degrees clockwise from north; null where unknown."
    )

    @classmethod
    def of(cls, position: LatestPosition) -> Self:
        """Build the view of a latest position."""
        return cls(
            subject_key=position.subject_id,
            subject_id=relay_id(User, position.subject_id),
            role=position.role,
            longitude=position.longitude,
            latitude=position.latitude,
            recorded_at=position.recorded_at,
            accuracy=position.accuracy_metres,
            speed_metres_per_second=position.speed_metres_per_second,
            heading_degrees=position.heading_degrees,
        )

    @strawberry.field(
        description="The user whose position it is; null where the account is gone or not yours to see."
    )
    async def subject(self, info: Info) -> User | None:
        """Load the user."""
        return await find_node(info.context, User, self.subject_key)


SEQUENCE = "Counts the updates of this subscription: 0 before the first, grows by 1 with each."


@strawberry.type(description="Where all in the scope were last seen.")
class PositionsSnapshot(StreamMoment):
    """The first message of positionsChanged, and the one behind a Resync."""

    sequence: int = strawberry.field(description=SEQUENCE)
    positions: list[Position] = strawberry.field(
        description="The latest position of each subject seen within 24 hours, newest first; at most 5,000."
    )
    is_complete: bool = strawberry.field(
        description="False where there are more subjects than are listed, or some may be unknown for now; those "
        "appear when they next report."
    )


@strawberry.type(description="Some subjects moved. Replace what you hold of each of them.")
class PositionsUpdate(StreamMoment):
    """A later message of positionsChanged."""

    sequence: int = strawberry.field(description=SEQUENCE)
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
    strawberry.union("PositionChange", description="A message of positionsChanged."),
]
SubjectId = Annotated[strawberry.ID, strawberry.argument(description="Id of the user.")]


@strawberry.type
class PositionsQuery:
    """Queries of the positions slice."""

    @strawberry.field(
        description="Where a user was last seen; null when not within 24 hours, or when it is not yours to see. "
        "ADMIN, STAFF and ANALYST see all users, others themselves.",
        extensions=signed_in(),
    )
    async def position(self, info: Info, subject_id: SubjectId) -> Position | None:
        """Return the latest position of a user."""
        identifier = database_id(subject_id, User, "subject_id")
        if not info.context.signed_in().may_see_rider(identifier):
            return None
        found = await PositionsServices.of(info.context).positions.find_latest([identifier])
        return Position.of(found[identifier]) if identifier in found else None


@strawberry.input(one_of=True, description="Whose positions are watched: give one of the two.")
class PositionsScopeInput:
    """The scope of positionsChanged."""

    area: strawberry.Maybe[AreaInput] = strawberry.field(description="All subjects in this box.")
    subject_ids: strawberry.Maybe[list[strawberry.ID]] = strawberry.field(
        description="These users wherever they are, 1 to 200."
    )


@strawberry.type
class PositionsSubscription:
    """Subscriptions of the positions slice."""

    @strawberry.subscription(
        description="Live positions in an area, or of some subjects: a snapshot, then updates. A slow reader gets "
        "the newest position of each subject, never a backlog. "
        "ADMIN, STAFF and ANALYST see all users, others may watch themselves by id.",
        extensions=signed_in(),
    )
    async def positions_changed(
        self,
        info: Info,
        scope: Annotated[
            PositionsScopeInput, strawberry.argument(description="Whose positions are watched.")
        ],
        after: AfterCursor = None,
    ) -> AsyncGenerator[PositionChange, None]:
        """Watch positions."""
        context = info.context
        watched = _scope(context.signed_in(), scope)
        own = PositionsServices.of(context)
        messages = follow_positions(own.hub, own.positions, context.clock, watched, after)
        async for message in until_session_ends(context, info.field_name, messages):
            yield _view(message)


def _scope(principal: Principal, wanted: PositionsScopeInput) -> Scope:
    """Decide once what a subscriber may watch; raises InvalidInputError, NotAllowedError."""
    if wanted.area is not None:
        if principal.role not in OVERSEERS:
            raise NotAllowedError(
                f"Your role {principal.role} may watch itself by `subjectIds`, not an area."
            )
        with inside("scope.area"):
            return AreaScope(wanted.area.value.to_area())
    subject_ids = () if wanted.subject_ids is None else wanted.subject_ids.value
    ids = frozenset(database_ids(subject_ids, User, "scope.subject_ids"))
    if not 1 <= len(ids) <= MAX_WATCHED_SUBJECTS:
        raise InvalidInputError(
            "scope.subject_ids", f"Watch 1 to {MAX_WATCHED_SUBJECTS} subjects in one subscription."
        )
    if not all(principal.may_see_rider(subject_id) for subject_id in ids):
        raise NotAllowedError(f"Your role {principal.role} may watch its own position only.")
    return SubjectScope(ids)


def _view(message: Message) -> PositionsSnapshot | PositionsUpdate | Resync:
    match message:
        case SnapshotMessage():
            return PositionsSnapshot(
                cursor=message.cursor,
                sequence=message.sequence,
                positions=[Position.of(position) for position in message.positions],
                is_complete=message.is_complete,
            )
        case UpdateMessage():
            return PositionsUpdate(
                cursor=message.cursor,
                sequence=message.sequence,
                positions=[Position.of(position) for position in message.positions],
                departed_subject_ids=[relay_id(User, subject_id) for subject_id in message.departed],
            )
        case ResyncMessage():
            return Resync(reason=message.reason)
