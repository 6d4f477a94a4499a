"""The refusal of who is not seen at a place."""

from typing import ClassVar, Self

import strawberry

from navswap.features.positions.errors import NotAtPlaceError
from navswap.graphql.enums import describe_enum
from navswap.graphql.refusals import Refusal
from navswap.kit.errors import NavSwapError
from navswap.kit.presence import AbsenceReason

describe_enum(
    AbsenceReason,
    "Why the newest position of a user does not prove that the user is at a place.",
    {
        "NO_POSITION": "No position of the last 24 hours is known.",
        "TOO_OLD": "It is too old; for a rider more than 5 minutes, unless the operator has set it otherwise.",
        "TOO_FAR": "It lies outside the fence; for a station 500 m, unless the operator has set it otherwise.",
    },
)


@strawberry.type(description=" ".join((NotAtPlaceError.__doc__ or "").split()))
class NotAtPlace(Refusal):
    """The refusal of an act at a place by a user who is not seen there."""

    error: ClassVar[type[NavSwapError]] = NotAtPlaceError

    reason: AbsenceReason = strawberry.field(
        description="Why the newest position of the user does not prove it."
    )

    @classmethod
    def of(cls, error: NotAtPlaceError) -> Self:
        """Build the answer to an error."""
        return cls(code=cls.error.code, message=error.message, reason=error.absence.reason)
