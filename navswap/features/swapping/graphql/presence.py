"""The views of whether a rider is seen at a station, and of the refusal of one who is not."""

from datetime import datetime
from typing import ClassVar, Self

import strawberry

from navswap.features.positions.service import Rejection
from navswap.features.swapping import errors
from navswap.features.swapping.domain import presence
from navswap.graphql.refusals import Refusal
from navswap.graphql.scalars import Metres
from navswap.kit.errors import NavSwapError
from navswap.kit.presence import AbsenceReason

REJECTION = "Why the newest position of the phone's last report did not count; null where it did, or nothing is known of it."


@strawberry.type(description="Whether a rider is seen at a station, by the newest position.")
class Presence:
    """Presence as clients see it."""

    is_at_station: bool = strawberry.field(description="Whether the newest position proves it.")
    reason: AbsenceReason | None = strawberry.field(description="Why not; null where it does.")
    seen_at: datetime | None = strawberry.field(
        description="When the newest position was taken (UTC); null without one of the last 24 hours."
    )
    distance: Metres | None = strawberry.field(
        description="How far it is from the station, straight; null without one of the last 24 hours."
    )
    rejection: Rejection | None = strawberry.field(description=REJECTION)

    @classmethod
    def of(cls, seen: presence.Presence) -> Self:
        """Build the view of a presence."""
        return cls(
            is_at_station=seen.absence is None,
            reason=None if seen.absence is None else seen.absence.reason,
            seen_at=None if seen.latest is None else seen.latest.recorded_at,
            distance=seen.metres,
            rejection=None if seen.rejection is None else Rejection(seen.rejection),
        )


@strawberry.type(description=" ".join((errors.RiderNotAtStationError.__doc__ or "").split()))
class RiderNotAtStation(Refusal):
    """The refusal of a scan whose rider is not seen at the station."""

    error: ClassVar[type[NavSwapError]] = errors.RiderNotAtStationError

    reason: AbsenceReason = strawberry.field(
        description="Why the newest position of the rider does not prove it."
    )
    rejection: Rejection | None = strawberry.field(description=REJECTION)

    @classmethod
    def of(cls, error: errors.RiderNotAtStationError) -> Self:
        """Build the answer to an error."""
        return cls(
            code=cls.error.code,
            message=error.message,
            reason=error.absence.reason,
            rejection=None if error.rejection is None else Rejection(error.rejection),
        )
