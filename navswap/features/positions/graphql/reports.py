"""Reports of positions: a batch goes in, and what became of each of its elements comes out."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import Role
from navswap.features.positions import errors
from navswap.features.positions.domain.filter import Rejection
from navswap.features.positions.service import MAX_BATCH, PositionReport, PositionsServices
from navswap.features.users.graphql import User
from navswap.graphql.batches import (
    RefusedElement,
    given,
    judged_by_itself,
    needed_field,
    read_device_time,
    read_each,
)
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import MOMENT_EXAMPLE, DeviceTime, NonNegativeInt
from navswap.kit.errors import InvalidInputError
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint

describe_enum(
    Rejection,
    "Why a position is rejected.",
    {
        "INACCURATE": "Its accuracy is worse than 100 m.",
        "TOO_OLD": "It was recorded more than 24 hours ago.",
        "FUTURE": "It was recorded more than 30 seconds ahead of the server's clock, and the phone's clock is not known to be "
        "wrong: others of its batch are not ahead, or it is ahead by more than 24 hours.",
        "DUPLICATE": "One of that time was accepted before.",
        "NO_FIX": "Its place is 0, 0: what receivers report before they know where they are.",
        "IMPLAUSIBLE_SPEED": "It lies more than 50 m/s away from its neighbours in time; the third in a row "
        "that agrees with the others is accepted, against a longer track once they have agreed for a minute or are accurate to 15 m.",
    },
)


_PLACE = "longitude or latitude"
_FASTEST = 100.0
"""Metres per second; faster than any vehicle on a road, but not than receivers whose unknown is 65,535."""


@judged_by_itself
@strawberry.input(description="One position that a receiver took (WGS 84).")
class PositionInput:
    """A GPS point as clients give it."""

    longitude: float | None = needed_field("Degrees east, -180 to 180.")
    latitude: float | None = needed_field("Degrees north, -90 to 90.")
    recorded_at: DeviceTime | None = needed_field(
        "When the receiver took the position, with its time zone; compared to the millisecond. Late positions of up to "
        "24 hours are welcome."
    )
    accuracy: float | None = strawberry.field(
        default=None,
        description="Radius of 68 % confidence, metres, 0 to 100; beyond 100 the position is rejected, below 0 stands for "
        "unknown, as with iOS.",
    )
    speed_metres_per_second: float | None = strawberry.field(
        default=None, description="Measured speed, m/s, 0 to 100; any other number stands for unknown."
    )
    heading_degrees: float | None = strawberry.field(
        default=None,
        description="Direction of travel, 0 to 360 degrees clockwise from north; any other number stands for unknown.",
    )
    subject_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Id of the user whose position it is; your own where left out. Only a device gateway (role "
        "ADMIN) may name others.",
    )

    def to_point(self, reporter_id: str) -> GpsPoint:
        """Return the point; raises InvalidInputError."""
        subject_id = reporter_id
        if self.subject_id is not None:
            subject_id = database_id(self.subject_id, User, "subject_id")
        recorded_at = read_device_time(self.recorded_at, "recorded_at")
        return GpsPoint(
            subject_id=subject_id,
            point=self._point(),
            recorded_at=recorded_at,
            accuracy_metres=_known(self.accuracy),
            speed_metres_per_second=_known(self.speed_metres_per_second, most=_FASTEST),
            heading_degrees=_known(self.heading_degrees, most=360),
        )

    def _point(self) -> Point:
        """Return the place; raises InvalidInputError."""
        longitude, latitude = given(self.longitude, _PLACE), given(self.latitude, _PLACE)
        try:
            return Point(longitude, latitude)
        except ValueError as error:
            raise InvalidInputError(_PLACE, f"{error}.") from error


@strawberry.input(description="A batch of positions, in any order.")
class ReportPositionsInput:
    """The input of reportPositions."""

    positions: list[PositionInput | None] = strawberry.field(description="1 to 500 positions.")
    sent_at: DeviceTime | None = strawberry.field(
        default=None,
        description="When the phone sends the batch, by the same clock as the positions, with its time zone; new for each try. "
        "Where that clock is wrong by 30 seconds to 24 hours, the positions are corrected by it. Left out: only what the times "
        "of the positions show is corrected.",
    )

    def read_sent_at(self) -> datetime | None:
        """Return when the batch was sent; raises InvalidInputError."""
        return None if self.sent_at is None else read_device_time(self.sent_at, "sent_at")


@strawberry.type(description="The positions of a batch that were rejected for one reason.")
class RejectedPositions:
    """Rejections as clients see them."""

    reason: Rejection = strawberry.field(description="Why they were rejected.")
    count: int = strawberry.field(description="How many, at least 1.")
    indexes: list[int] = strawberry.field(description="Their positions in the batch, from 0, ascending.")


@strawberry.type(description="What became of a batch. Do not send it again.")
class ReportPositionsPayload:
    """The answer of reportPositions."""

    accepted: NonNegativeInt = strawberry.field(description="How many positions were accepted and passed on.")
    clock_correction: float = strawberry.field(
        description="Seconds that were added to the times of the positions, for the clock of the phone is wrong: below 0 where it "
        "is ahead, 0 where it is right, -86,400 to 86,400. Where a gateway reports for several phones, the largest of them."
    )
    rejected: list[RejectedPositions] = strawberry.field(
        description="Those that were read and are not believed or not needed, one item for each reason; empty where there "
        "are none."
    )
    refused: list[RefusedElement] = strawberry.field(
        description="Those that could not be read, in the order of the batch; empty where there are none."
    )

    @classmethod
    def of(cls, report: PositionReport, places: Sequence[int], refused: list[RefusedElement]) -> Self:
        """Build the view of a report; `places` are where its points stand in the batch."""
        indexes: dict[Rejection, list[int]] = {}
        for rejection in report.rejected:
            indexes.setdefault(rejection.reason, []).append(places[rejection.index])
        return cls(
            refused=refused,
            accepted=report.accepted,
            clock_correction=report.correction.total_seconds(),
            rejected=[
                RejectedPositions(reason=reason, count=len(found), indexes=found)
                for reason, found in indexes.items()
            ],
        )


ReportPositionsResult = Annotated[
    ReportPositionsPayload
    | InvalidInput
    | Refused[errors.StreamUnavailableError]
    | Refused[errors.NotYourPositionError]
    | Refused[errors.SubjectNotFoundError],
    strawberry.union(
        "ReportPositionsResult", description="What became of the batch, or why none of it was taken."
    ),
]


@strawberry.type
class PositionsMutation:
    """Mutations of the positions slice."""

    @strawberry.mutation(
        description="Report positions, in any order and as late as 24 hours. Each is judged by itself, and a malformed one "
        "costs no other; what is accepted is passed on at once. After StreamUnavailable send the same batch again.",
        extensions=roles(Role.CONSUMER, Role.STAFF, Role.TRANSPORTER, Role.ADMIN),
    )
    async def report_positions(
        self,
        info: Info,
        input: Annotated[ReportPositionsInput, strawberry.argument(description="The positions.")],
    ) -> ReportPositionsResult:
        """Report positions."""
        principal = info.context.signed_in()
        if len(input.positions) > MAX_BATCH:
            raise InvalidInputError(
                "positions", f"Report 1 to {MAX_BATCH} positions at once, not {len(input.positions)}."
            )
        sent_at = input.read_sent_at()
        points, refused = read_each(
            "positions", input.positions, lambda position: position.to_point(principal.user_id), _EXAMPLES
        )
        report = PositionReport(0, ())
        if points or not refused:
            report = await PositionsServices.of(info.context).positions.report(
                principal, list(points.values()), sent_at
            )
        return ReportPositionsPayload.of(report, list(points), refused)


_EXAMPLES = {
    "positions": '{longitude: 71.22, latitude: 27.11, recordedAt: "2026-03-02T08:00:00Z"}',
    "recordedAt": MOMENT_EXAMPLE,
    _PLACE: "longitude 71.22, latitude 27.11",
    "longitude": "71.22",
    "latitude": "27.11",
    "accuracy": "8.5",
    "speedMetresPerSecond": "6.2",
    "headingDegrees": "270",
    "subjectId": "leave it out for your own",
}


def _known(measured: float | None, most: float = math.inf) -> float | None:
    """Return what a receiver measured; None for what it marks as unknown by a number out of bounds, such as -1 or 511."""
    return measured if measured is not None and 0 <= measured <= most else None
